#include "natgrad/families/normal_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::NormalKind)
