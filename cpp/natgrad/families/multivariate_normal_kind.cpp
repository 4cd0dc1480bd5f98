#include "natgrad/families/multivariate_normal_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::MultivariateNormalKind)
NATGRAD_KIND_OF_LONG_ROWS(natgrad::MultivariateNormalKind)
