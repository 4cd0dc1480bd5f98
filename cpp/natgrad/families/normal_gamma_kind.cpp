#include "natgrad/families/normal_gamma_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::NormalGammaKind)
