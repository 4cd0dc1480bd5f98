// The exponential integral E1 in the form that a logarithm's expectation takes, on packs and scalars.
#pragma once
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/exponential_integral_coefficients.hpp"

namespace natgrad {

// e^z E1(z) for z >= 1, e^z E1(z) + log z below, for z > 0 (DLMF 6.2.1): bounded by 0.6 either way, to an absolute
// error of an epsilon. E1(z) + log z + Euler is entire (DLMF 6.2.3), so below 1 the logarithm counts with e^z - 1
// alone; where e^z E1(z) is added to log(c / z) the caller has one logarithm less.
template <class R>
NATGRAD_INLINE R scaled_exponential_integral(R z) {
  using S = scalar_of<R>;
  const mask_of<R> large = z >= S(1);
  const R t = S(1) / max(z, S(1));
  const mask_of<R> far = t <= S(0.25);
  const R v = select(far, S(8) * t - S(1), (S(8) * t - S(5)) / S(3));
  const R above = t * polynomial_of_two(far, detail::ScaledIntegralFar<S>::p, detail::ScaledIntegralNear<S>::p, v);
  if (all(large)) return above;
  const R held = select(large, broadcast<R>(1), max(z, std::numeric_limits<S>::min()));
  const R part = held * polynomial(detail::IntegralEntirePart<S>::p, S(2) * held - S(1));
  const R below = exp(held) * (part - S(0.57721566490153286061)) - expm1(held) * log(held);
  return select(large, above, below);
}

}  // namespace natgrad
