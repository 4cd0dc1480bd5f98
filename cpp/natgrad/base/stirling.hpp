#pragma once
#include "natgrad/base/lgamma.hpp"

namespace natgrad {

namespace detail {
template <class R>
NATGRAD_CALLED R stirling_remainder_by_lgamma(R x) {
  using S = scalar_of<R>;
  return lgamma(x) - ((x - S(0.5)) * log(x) - x + half_log_two_pi<S>);
}
}  // namespace detail

// log Gamma(x) - (x - 1/2) log x + x - log(2 pi)/2 > 0 for x > 0 (DLMF 5.11.1), with small absolute error.
template <class R>
NATGRAD_INLINE R stirling_remainder(R x) {
  using S = scalar_of<R>;
  const mask_of<R> near = x < S(2.5);
  const R y = max(x, S(2.5));
  const R inner = min(y, detail::asymptotic_start<S>);
  const auto [p, q] = detail::tail<detail::BinetTail>(inner * inner);
  const auto huge = y > detail::asymptotic_start<S>;
  const R beyond = select(huge, S(1), inner * p) / select(huge, S(12) * y, q);
  if (!any(near)) return beyond;
  return select(near, detail::stirling_remainder_by_lgamma(select(near, x, broadcast<R>(1))), beyond);
}

}  // namespace natgrad
