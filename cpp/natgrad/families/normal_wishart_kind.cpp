#include "natgrad/families/normal_wishart_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::NormalWishartKind)
NATGRAD_KIND_OF_LONG_ROWS(natgrad::NormalWishartKind)
