#include "natgrad/families/wishart_kind.hpp"

#include "natgrad/families/kind.hpp"

namespace natgrad {
#define NATGRAD_HERE
NATGRAD_WISHARTS(NATGRAD_HERE)
}  // namespace natgrad

NATGRAD_KIND(natgrad::WishartKind)
NATGRAD_KIND_OF_LONG_ROWS(natgrad::WishartKind)
