#pragma once

#include "natgrad/base/dominant.hpp"
#include "natgrad/base/elementary.hpp"

namespace natgrad {

/// sum e^y = e^lead (1 + rest): `rest` holds every term but one of the largest, so log(1 + rest) keeps the digits of a
/// sum that one term makes up.
template <class R>
struct Softmax {
  Largest<R> lead;
  R rest;

  NATGRAD_INLINE R log_sum() const { return lead.value + log1p(rest); }
};

template <class R, class F>
NATGRAD_INLINE Softmax<R> softmax(Index n, const F& y) {
  const Largest<R> lead = find_largest<R>(n, y);
  const auto others = [&](auto j) {
    const auto power = exp(y(j) - lead.value);
    return select(lead.is(j), detail::widen<decltype(y(j))>(scalar_of<R>(0)), power);
  };
  return {lead, total<R>(n, others)};
}

}  // namespace natgrad
