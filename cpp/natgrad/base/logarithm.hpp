// log, log1p and u - log(1 + u) on packs and scalars.
//
// x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) = f - gap with s = f/(2 + f), gap = f^2/2 - s (f^2/2 +
// s^2 LogTail(s^2)), the scheme of fdlibm's e_log.c (Sun Microsystems 1993).
#pragma once
#include "natgrad/base/exponential.hpp"

namespace natgrad {

namespace detail {
template <class R>
struct LogReduced {
  R k, f;
  word_of<R> exponent;  // k in the exponent field, for forming 2^-k
};
template <class R>
NATGRAD_INLINE LogReduced<R> reduce_logarithm(R x) {
  using S = scalar_of<R>;
  constexpr int shift = mantissa_bits<S>;
  const auto root_half = to_bits(S(0.70710678118654752440));
  const auto one = to_bits(S(1)), two_to_shift = to_bits(1 / epsilon<S>);
  const auto bits = to_bits(x);
  // Counted from sqrt(1/2), the exponent field of x is k + bias; it becomes a float by sitting in the mantissa of
  // 2^shift.
  const auto field = (bits + (one - root_half)) >> shift;
  const R k = from_bits<R>(field | two_to_shift) - (1 / epsilon<S> + S(max_exponent<S>));
  const auto exponent = (field << shift) - one;
  return {k, from_bits<R>(bits - exponent) - S(1), exponent};
}

template <class R>
struct LogGap {
  R s, gap;
};
// gap = f - log(1 + f), relative accuracy.
template <class R>
NATGRAD_INLINE LogGap<R> log_gap(R f) {
  using S = scalar_of<R>;
  const R s = f / (S(2) + f), z = s * s;
  const R half_square = S(0.5) * f * f;
  return {s, half_square - s * (half_square + z * polynomial(LogTail<S>::p, z))};
}

template <class R>
NATGRAD_INLINE mask_of<R> is_positive_normal(R x) {
  using S = scalar_of<R>;
  constexpr S least = std::numeric_limits<S>::min(), most = std::numeric_limits<S>::max();
  return (x >= least) & (x <= most);
}
// The values of log where x is not a positive finite number.
template <class R>
NATGRAD_INLINE R mend_logarithm(R x, R value) {
  using S = scalar_of<R>;
  value = select(x == infinity<S>, x, value);
  value = select(x == S(0), -infinity<S>, value);
  return select(x >= S(0), value, not_a_number<S>);
}
}  // namespace detail

// log x; -infinity at 0 and NaN below.
template <class R>
NATGRAD_INLINE R log(R x) {
  using S = scalar_of<R>;
  const bool plain = all(detail::is_positive_normal(x));
  R normal = x, shift = broadcast<R>(S(0));
  if (!plain) {
    const auto subnormal = x < std::numeric_limits<S>::min();
    normal = select(subnormal, x * (2 / epsilon<S>), x);
    shift = select(subnormal, broadcast<R>(S(detail::mantissa_bits<S> + 1)), S(0));
  }
  const auto [k_normal, f, exponent] = detail::reduce_logarithm(normal);
  const R k = k_normal - shift;
  const R value = k * detail::LogTwo<S>::high - ((detail::log_gap(f).gap - k * detail::LogTwo<S>::low) - f);
  return plain ? value : detail::mend_logarithm(x, value);
}

namespace detail {
// log(1 + u) = k log 2 + f - gap + c: c carries what 1 + u lost in rounding, |c| <= eps (1 + f).
template <class R>
struct Log1pParts {
  R k, f, gap, c, sum;  // sum = 1 + u, rounded
};
template <class R>
NATGRAD_INLINE Log1pParts<R> log1p_parts(R u, bool exact_near_zero) {
  using S = scalar_of<R>;
  const auto sum = exact_sum(broadcast<R>(S(1)), u);
  auto [k, f, exponent] = reduce_logarithm(sum.value);
  R lost = sum.error * from_bits<R>(to_bits(S(1)) - exponent);
  if (exact_near_zero) {  // with k = 0 let f be u itself
    lost = select((k != S(0)) & (k < S(100)), lost, S(0));
    f = select(k == S(0), u, f);
  } else {
    lost = select(k < S(100), lost, S(0));
  }
  const auto [s, gap] = log_gap(f);
  // lost / (1 + f), where 1/(1 + f) = (1 - s)/(1 + s) to 1%: the correction is below one rounding.
  return {k, f, gap, lost * (S(1) - S(2) * s * (S(1) - s)), sum.value};
}
}  // namespace detail

// log(1 + u) without cancellation near 0; -infinity at -1 and NaN below.
template <class R>
NATGRAD_INLINE R log1p(R u) {
  using S = scalar_of<R>;
  const auto [k, f, gap, c, sum] = detail::log1p_parts(u, false);
  R value = k * detail::LogTwo<S>::high - ((gap - (k * detail::LogTwo<S>::low + c)) - f);
  value = select(u == S(0), u, value);
  return all(detail::is_positive_normal(sum)) ? value : detail::mend_logarithm(sum, value);
}

// u - log(1 + u) = u^2/2 - u^3/3 + ... >= 0, to relative accuracy for every u > -1.
template <class R>
NATGRAD_INLINE R x_minus_log1p(R u) {
  using S = scalar_of<R>;
  const auto [k, f, gap, c, sum] = detail::log1p_parts(u, true);
  // u - k log 2 - f cancel when k is small: their sum is exact.
  const auto first = exact_sum(u, -(k * detail::LogTwo<S>::high));
  const auto head = exact_sum(first.value, -f);
  const R value = head.value + ((head.error + first.error) + (gap - (k * detail::LogTwo<S>::low + c)));
  if (all(detail::is_positive_normal(sum))) return value;
  return select(sum == infinity<S>, infinity<S>,
                select(sum == S(0), infinity<S>, select(sum > S(0), value, broadcast<R>(not_a_number<S>))));
}

}  // namespace natgrad
