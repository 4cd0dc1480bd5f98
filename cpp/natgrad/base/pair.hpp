// Numbers with twice the digits, as unevaluated sums of two (Dekker 1971, A floating-point technique for extending the
// available precision): for differences of exponentials that leave next to nothing.
#pragma once
#include "natgrad/base/bits.hpp"
#include "natgrad/base/exponential.hpp"

namespace natgrad {

template <class R>
NATGRAD_INLINE Sum<R> pair_sum(Sum<R> a, Sum<R> b) {
  const Sum<R> high = exact_sum(a.value, b.value);
  return exact_sum(high.value, high.error + (a.error + b.error));
}
template <class R>
NATGRAD_INLINE Sum<R> pair_product(Sum<R> a, Sum<R> b) {
  const Sum<R> high = exact_product(a.value, b.value);
  return exact_sum(high.value, high.error + (a.value * b.error + a.error * b.value));
}

/// a b - 1, rounded once.
template <class R>
NATGRAD_INLINE R product_minus_one(R a, R b) {
  using S = scalar_of<R>;
  if constexpr (has_fma) {
    return fma(a, b, broadcast<R>(-1));
  } else {
    const auto [product, error] = exact_product(a, b);
    const mask_of<R> near = (product > S(0.5)) & (product < S(2)) & is_finite(error);
    return (product - S(1)) + select(near, error, S(0));
  }
}

namespace detail {
/// log 2 less LogTwo's high and low.
template <class S>
inline constexpr S log_two_rest = sizeof(S) == 8 ? S(1.16122272293625318507e-26) : S(5.4979230187083711747e-14);

/// 1/24, 1/6, 1/2 and 1, each with what its rounding leaves.
inline constexpr double pair_reciprocals[][2] = {
    {1.0 / 24, 2.3129646346357427e-18}, {1.0 / 6, 9.25185853854297e-18}, {0.5, 0}, {1, 0}};

template <class R>
NATGRAD_INLINE Sum<R> pair_of(const double (&number)[2]) {
  using S = scalar_of<R>;
  const S nearest = static_cast<S>(number[0]);
  const double rest = (number[0] - static_cast<double>(nearest)) + number[1];
  return {broadcast<R>(nearest), broadcast<R>(static_cast<S>(rest))};
}
}  // namespace detail

/// e^x = 2^power + 2^power less_one.
template <class R>
struct PairExponential {
  R power;
  Sum<R> less_one;
};
/// For x <= 0. As in exponential.hpp, with the reduced argument halved again and again.
template <class R>
NATGRAD_CALLED PairExponential<R> pair_exponential(R x) {
  using S = scalar_of<R>;
  x = detail::hold(detail::exp_low<S>, x, S(0));
  const R n = round_small(x * S(1.44269504088896340736));
  const Sum<R> low = exact_product(n, broadcast<R>(detail::LogTwo<S>::low));
  const Sum<R> high = exact_sum(x - n * detail::LogTwo<S>::high, -low.value);
  Sum<R> r = exact_sum(high.value, high.error - (low.error + n * detail::log_two_rest<S>));
  constexpr int halvings = 7;
  constexpr S part = S(1) / (1 << halvings);
  r = {r.value * part, r.error * part};
  // x^5/120 and on need the digits of one number only.
  const S tail[] = {S(1.0 / 120), S(1.0 / 720), S(1.0 / 5040), S(1.0 / 40320), S(1.0 / 362880)};
  const Sum<R> last{r.value * polynomial(tail, r.value), broadcast<R>(0)};
  Sum<R> series = pair_sum(detail::pair_of<R>(detail::pair_reciprocals[0]), last);
#pragma GCC unroll 1
  for (int k = 1; k < 4; ++k) {
    series = pair_sum(detail::pair_of<R>(detail::pair_reciprocals[k]), pair_product(r, series));
  }
  Sum<R> less_one = pair_product(r, series);
#pragma GCC unroll 1
  for (int k = 0; k < halvings; ++k) {  // (1 + e)^2 - 1
    less_one = pair_sum(Sum<R>{S(2) * less_one.value, S(2) * less_one.error}, pair_product(less_one, less_one));
  }
  return {detail::scale_exponential(broadcast<R>(1), n, x), less_one};
}

/// start - sum x_j.
template <class R>
NATGRAD_CALLED Sum<R> less_sum(Sum<R> start, std::ptrdiff_t count, const R* x) {
  for (std::ptrdiff_t j = 0; j < count; ++j) start = pair_sum(start, Sum<R>{-x[j], broadcast<R>(0)});
  return start;
}
/// 1 - sum x_j.
template <class R>
NATGRAD_INLINE Sum<R> one_less(std::ptrdiff_t count, const R* x) {
  return less_sum(Sum<R>{broadcast<R>(1), broadcast<R>(0)}, count, x);
}
/// 1 - sum x_j^2.
template <class R>
NATGRAD_CALLED Sum<R> one_less_squares(std::ptrdiff_t count, const R* x) {
  Sum<R> rest{broadcast<R>(1), broadcast<R>(0)};
  for (std::ptrdiff_t j = 0; j < count; ++j) rest = pair_sum(rest, exact_product(-x[j], x[j]));
  return rest;
}

/// 1 - sum e^x_j for x_j <= 0.
template <class R>
NATGRAD_CALLED Sum<R> one_less_exponentials(std::ptrdiff_t count, const R* x) {
  R largest = x[0];
  for (std::ptrdiff_t j = 1; j < count; ++j) largest = max(largest, x[j]);
  mask_of<R> first = largest == largest;
  Sum<R> rest{broadcast<R>(0), broadcast<R>(0)};
  for (std::ptrdiff_t j = 0; j < count; ++j) {
    const auto [power, less_one] = pair_exponential(x[j]);
    // 1 - e^x of the largest x, which may be near 0; -e^x of the others.
    const mask_of<R> lead = first & (x[j] == largest);
    first = first & !lead;
    const R whole = select(lead, broadcast<R>(1), broadcast<R>(0));
    rest = pair_sum(rest, pair_sum(exact_sum(whole, -power), Sum<R>{-power * less_one.value, -power * less_one.error}));
  }
  return rest;
}

}  // namespace natgrad
