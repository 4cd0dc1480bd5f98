// x^y on packs and scalars.
#pragma once
#include "natgrad/base/exponential.hpp"
#include "natgrad/base/logarithm.hpp"

namespace natgrad {

// An exponent held to twice the digits of S: value + error, as of a quotient or of a number given in more digits.
template <class S>
struct Exponent {
  S value, error;
};

// y and 1 / y in S, with what their rounding leaves.
template <class S>
Exponent<S> exactly(double y) {
  const S nearest = static_cast<S>(y);
  return {nearest, static_cast<S>(y - static_cast<double>(nearest))};
}
template <class S>
Exponent<S> reciprocal(double y) {
  const double quotient = 1 / y;
  const auto product = exact_product(quotient, y);
  const double error = ((1 - product.value) - product.error) / y;
  const S nearest = static_cast<S>(quotient);
  return {nearest, static_cast<S>((quotient - static_cast<double>(nearest)) + error)};
}

// x^y for x > 0, to about one rounding of the result: log x is taken to twelve bits more than S has, so that y log x
// may be large (the scheme of fdlibm's e_pow.c, Sun Microsystems 1993, with a division in place of its table).
// Infinity and 0 past the range of S; x = infinity and x = 0 give their limits.
template <class R>
NATGRAD_INLINE R power(R x, Exponent<scalar_of<R>> y) {
  using S = scalar_of<R>;
  const auto subnormal = x < std::numeric_limits<S>::min();
  const auto [k_normal, f, exponent] = detail::reduce_logarithm(select(subnormal, x * (2 / epsilon<S>), x));
  const R k = k_normal - select(subnormal, broadcast<R>(S(detail::mantissa_bits<S> + 1)), S(0));
  // log(1 + f) = 2 s + s z LogTail(z), z = s^2, s = f / (2 + f) = head + rest.
  const auto below = exact_sum(broadcast<R>(S(2)), f);
  const R head = f / below.value;
  const auto back = exact_product(head, below.value);
  const R rest = (((f - back.value) - back.error) - head * below.error) / below.value;
  const R z = head * head;
  const auto high = exact_sum(k * detail::LogTwo<S>::high, S(2) * head);
  const R low =
      high.error + (k * detail::LogTwo<S>::low + (S(2) * rest + head * (z * polynomial(detail::LogTail<S>::p, z))));
  const auto log_x = exact_sum(high.value, low);
  // y log x = whole + part.
  const auto whole = exact_product(log_x.value, broadcast<R>(y.value));
  const R part = whole.error + (y.value * log_x.error + y.error * log_x.value);
  const R result = exp(whole.value);
  const mask_of<R> plain = abs(whole.value) < detail::exp_high<S>;
  const R mended = select(plain, result + result * part, result);
  const bool grows = y.value > S(0);
  const R at_zero = broadcast<R>(grows ? S(0) : infinity<S>);
  const R at_infinity = broadcast<R>(grows ? infinity<S> : S(0));
  return select(x > S(0), select(x == infinity<S>, at_infinity, mended),
                select(x == S(0), at_zero, broadcast<R>(not_a_number<S>)));
}

}  // namespace natgrad
