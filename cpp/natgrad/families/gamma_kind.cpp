#include "natgrad/families/gamma_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::GammaKind)
