#include "natgrad/families/independent_kind.hpp"

#include "natgrad/families/beta_kind.hpp"
#include "natgrad/families/kind.hpp"
#include "natgrad/families/normal_kind.hpp"

NATGRAD_KIND(natgrad::IndependentKind<natgrad::NormalKind>)
NATGRAD_KIND_OF_LONG_ROWS(natgrad::IndependentKind<natgrad::NormalKind>)
NATGRAD_KIND(natgrad::IndependentKind<natgrad::BetaKind>)
NATGRAD_KIND_OF_LONG_ROWS(natgrad::IndependentKind<natgrad::BetaKind>)
