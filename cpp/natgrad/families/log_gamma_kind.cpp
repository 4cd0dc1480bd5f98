#include "natgrad/families/log_gamma_kind.hpp"

#include "natgrad/families/kind.hpp"

NATGRAD_KIND(natgrad::LogGammaKind)
