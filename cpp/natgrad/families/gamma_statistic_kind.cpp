#include "natgrad/families/gamma_statistic_kind.hpp"

#include <cmath>

#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/kind.hpp"

namespace natgrad {

namespace {
/// Below this shape log Gamma(k) is of the size of k and has nothing to cancel.
constexpr double large_shape = 2;
}  // namespace

GammaStatisticKind::GammaStatisticKind(const Words& in_words, double in_shape, double constant, double in_sign)
    : words(in_words),
      shape(in_shape),
      sign(in_sign),
      unit(shape > large_shape ? shape : 1),
      peak(constant +
           (shape > large_shape ? -lgamma_dual(shape) - shape * log_minus_digamma(shape) : shape + std::lgamma(shape))),
      mean_of_log(shape > large_shape ? -log_minus_digamma(shape) : digamma(shape)),
      log_shape(std::log(shape)),
      log_shape_over_unit(std::log(shape / unit)) {}

}  // namespace natgrad

NATGRAD_KIND(natgrad::GammaStatisticKind)
