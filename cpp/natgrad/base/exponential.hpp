// exp, expm1 and e^x - 1 - x on packs and scalars.
//
// x = n log 2 + r + c with integer n, |r| <= log(2)/2 and c the rounding of r (Cody and Waite 1980, Software Manual for
// the Elementary Functions, ch. 6), then e^x = 2^n (1 + r + t), t = r^2 ExpTail(r) + c.
#pragma once
#include "natgrad/base/bits.hpp"
#include "natgrad/base/elementary_coefficients.hpp"

namespace natgrad {

namespace detail {
// log 2 = high + low; high has so few bits that n * high is exact for every exponent n.
template <class S>
struct LogTwo;
template <>
struct LogTwo<double> {
  static constexpr double high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
};
template <>
struct LogTwo<float> {
  static constexpr float high = 22713.0F / 32768.0F, low = 1.42860682030941723e-06F;
};

template <class R>
struct ExpReduced {
  R n, r, c;
};
template <class R>
NATGRAD_INLINE ExpReduced<R> reduce_exponent(R x) {
  using S = scalar_of<R>;
  const R n = round_small(x * S(1.44269504088896340736));  // 1 / log 2
  const R high = x - n * LogTwo<S>::high, low = n * LogTwo<S>::low;
  const R r = high - low;
  return {n, r, (high - r) - low};
}

// Where 2^n is a normal number: |x| below this. Elsewhere the scaling takes two steps.
template <class S>
inline constexpr S exp_plain_limit = S(max_exponent<S> - 1) * S(0.693);
// Past these ends e^x is 0 or infinity in S; arguments are held there so that n stays small.
template <class S>
inline constexpr S exp_low = -S(max_exponent<S> + mantissa_bits<S> + 2) * S(0.6932);
template <class S>
inline constexpr S exp_high = S(max_exponent<S> + 2) * S(0.6932);

template <class R>
NATGRAD_INLINE R scale_exponential(R p, R n, R x) {
  if (any(abs(x) > exp_plain_limit<scalar_of<R>>)) return scale_by_power_of_two(p, n);
  return p * power_of_two(n);
}
// Held between the ends; a NaN stays a NaN (min and max give their second operand then).
template <class R>
NATGRAD_INLINE R hold(scalar_of<R> low, R x, scalar_of<R> high) {
  return max(low, min(high, x));
}
}  // namespace detail

// e^x. Overflow gives infinity, underflow is gradual.
template <class R>
NATGRAD_INLINE R exp(R x) {
  using S = scalar_of<R>;
  x = detail::hold(detail::exp_low<S>, x, detail::exp_high<S>);
  const auto [n, r, c] = detail::reduce_exponent(x);
  const R p = S(1) + (r + (r * r) * polynomial(detail::ExpTail<S>::p, r));
  return detail::scale_exponential(p, n, x);
}

// e^x - 1 without cancellation near 0.
template <class R>
NATGRAD_INLINE R expm1(R x) {
  using S = scalar_of<R>;
  const R held = detail::hold(S(-80), x, detail::exp_high<S>);
  const auto [n, r, c] = detail::reduce_exponent(held);
  const R t = (r * r) * polynomial(detail::ExpTail<S>::p, r) + (c + c * r);
  // 2^n ((1 - 2^-n) + r + t); past n = 60 the 2^-n is below any rounding.
  const auto head = exact_sum(S(1) - power_of_two(-min(n, S(60))), r);
  const R p = head.value + (head.error + t);
  return select(abs(x) < epsilon<S> / 4, x, detail::scale_exponential(p, n, held));
}

// e^x - 1 - x = x^2/2 + x^3/6 + ..., to relative accuracy for every x.
template <class R>
NATGRAD_INLINE R exp_minus_one_minus_x(R x) {
  using S = scalar_of<R>;
  const R held = detail::hold(S(-50), x, detail::exp_high<S>);
  const auto [n, r, c] = detail::reduce_exponent(held);
  const R t = (r * r) * polynomial(detail::ExpTail<S>::p, r) + (c + c * r);
  // 2^n ((1 - 2^-n) - 2^-n x + r + t): the first three cancel, so they are added exactly.
  const R inverse = power_of_two(-min(n, S(100)));
  const auto constant = exact_sum(S(1) - inverse, -(inverse * held));
  const auto head = exact_sum(constant.value, r);
  const R p = head.value + ((head.error + constant.error) + t);
  return select(x < S(-50), S(-1) - x, detail::scale_exponential(p, n, held));
}

}  // namespace natgrad
