#include "natgrad/families/beta_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::BetaKind)
