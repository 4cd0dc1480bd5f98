// Integers inside floating-point packs: rounding, exponents and error-free sums, with instructions every x86-64 level
// has.
#pragma once
#include <cstddef>
#include <cstdint>

#include "natgrad/base/pack.hpp"

namespace natgrad {

namespace detail {
template <class S>
inline constexpr int mantissa_bits = std::numeric_limits<S>::digits - 1;
template <class S>
inline constexpr int max_exponent = std::numeric_limits<S>::max_exponent - 1;
// 1.5 * 2^mantissa_bits: added to x it leaves round(x), in two's complement, in the low bits of the sum.
template <class S>
inline constexpr S rounder = S(1.5) / std::numeric_limits<S>::epsilon();
}  // namespace detail

// The integer nearest to x (ties to even), for |x| < 2^50 (double) or 2^21 (float).
template <class R>
NATGRAD_INLINE R round_small(R x) {
  constexpr auto shift = detail::rounder<scalar_of<R>>;
  return (x + shift) - shift;
}

// The integer-valued x as a two's complement word, in the same range.
template <class R>
NATGRAD_INLINE word_of<R> to_word(R x) {
  constexpr auto shift = detail::rounder<scalar_of<R>>;
  return to_bits(x + shift) - to_bits(shift);
}

// 2^n for integer-valued n in [1 - max_exponent, max_exponent]; one below gives 0, one above gives infinity.
template <class R>
NATGRAD_INLINE R power_of_two(R n) {
  using S = scalar_of<R>;
  // The rounder's own bits vanish in the shift; what is left is n, moved to the exponent field.
  return from_bits<R>((to_bits(n + detail::rounder<S>) << detail::mantissa_bits<S>)+to_bits(S(1)));
}

// p 2^n with gradual underflow and overflow, for any integer-valued |n| < 2 max_exponent.
template <class R>
NATGRAD_INLINE R scale_by_power_of_two(R p, R n) {
  using S = scalar_of<R>;
  const R half = round_small(n * S(0.5));
  return p * power_of_two(half) * power_of_two(n - half);
}

// The bits of the largest magnitude among some numbers, a NaN above infinity; without a branch, so that the compiler
// makes registers of it.
template <class S>
word_of<S> largest_bits(const S* numbers, std::ptrdiff_t count) {
  word_of<S> largest = 0;
  for (std::ptrdiff_t k = 0; k < count; ++k) {
    const word_of<S> bits = to_bits(abs(numbers[k]));
    largest = largest < bits ? bits : largest;
  }
  return largest;
}

template <class R>
struct Sum {
  R value, error;
};
// a + b = value + error exactly (Knuth 1997, TAOCP 4.2.2 theorem B), whatever the magnitudes.
template <class R>
NATGRAD_INLINE Sum<R> exact_sum(R a, R b) {
  const R sum = a + b, b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// a b = value + error exactly, unless it overflows or the error underflows (Dekker 1971 where nothing fuses).
template <class R>
NATGRAD_INLINE Sum<R> exact_product(R a, R b) {
  using S = scalar_of<R>;
  const R product = a * b;
  if constexpr (has_fma) {
    return {product, fma(a, b, -product)};
  } else {
    constexpr S splitter = S((std::int64_t(1) << ((std::numeric_limits<S>::digits + 1) / 2)) + 1);
    const R a_wide = splitter * a, b_wide = splitter * b;
    const R a_high = a_wide - (a_wide - a), b_high = b_wide - (b_wide - b);
    const R a_low = a - a_high, b_low = b - b_high;
    return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
  }
}

// c[0] + c[1] x + ... + c[N-1] x^(N-1), the even and odd powers in two independent chains.
template <class R, class S, int N>
NATGRAD_INLINE R polynomial(const S (&c)[N], R x) {
  static_assert(N >= 2);
  const R square = x * x;
  R top = broadcast<R>(c[N - 1]), next = broadcast<R>(c[N - 2]);
#if defined(__clang__)
#pragma clang loop unroll(full)
#elif defined(__GNUC__)
#pragma GCC unroll 16
#endif
  for (int i = N - 3; i >= 0; --i) {
    if ((N - 1 - i) % 2 == 0)
      top = fma(top, square, broadcast<R>(c[i]));
    else
      next = fma(next, square, broadcast<R>(c[i]));
  }
  return N % 2 == 1 ? fma(next, x, top) : fma(top, x, next);
}

// The same with the coefficients read the other way: c[0] x^(N-1) + ... + c[N-1].
template <class R, class S, int N>
NATGRAD_INLINE R reversed_polynomial(const S (&c)[N], R x) {
  static_assert(N >= 2);
  const R square = x * x;
  R top = broadcast<R>(c[0]), next = broadcast<R>(c[1]);
#if defined(__clang__)
#pragma clang loop unroll(full)
#elif defined(__GNUC__)
#pragma GCC unroll 16
#endif
  for (int i = 2; i < N; ++i) {
    if (i % 2 == 0)
      top = fma(top, square, broadcast<R>(c[i]));
    else
      next = fma(next, square, broadcast<R>(c[i]));
  }
  return N % 2 == 1 ? fma(next, x, top) : fma(top, x, next);
}

// The polynomial with the coefficients `yes` in the lanes of the mask, `no` in the others.
template <class R, class S, int N>
NATGRAD_INLINE R polynomial_of_two(mask_of<R> mask, const S (&yes)[N], const S (&no)[N], R x) {
  const R square = x * x;
  const auto c = [&](int i) { return select(mask, broadcast<R>(yes[i]), broadcast<R>(no[i])); };
  R top = c(N - 1), next = c(N - 2);
#pragma GCC unroll 1
  for (int i = N - 3; i >= 0; i -= 2) {
    top = fma(top, square, c(i));
    if (i > 0) next = fma(next, square, c(i - 1));
  }
  return N % 2 == 1 ? fma(next, x, top) : fma(top, x, next);
}

}  // namespace natgrad
