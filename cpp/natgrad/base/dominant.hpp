#pragma once

#include "natgrad/base/coordinates.hpp"

namespace natgrad {

// Sums over all coordinates but one keep their digits where that one is almost the whole sum, if the largest term is
// kept apart from the others from the start.

/// Coordinate j as a number, or a register of them.
template <class R>
NATGRAD_INLINE R number_of(Index j) {
  return broadcast<R>(static_cast<scalar_of<R>>(j));
}
template <class S>
NATGRAD_CALLED Pack<S> number_of(Block block) {
  Pack<S> number = broadcast<Pack<S>>(static_cast<S>(block.start));  // spare lanes repeat a coordinate, as in at()
  for (int i = 1; i < block.count; ++i) set_lane(number, i, static_cast<S>(block.start + i));
  return number;
}

/// The largest of some terms, one a coordinate, and where it stands (the first, if several are equal).
template <class R>
struct Largest {
  R value;
  R where;

  template <class J>
  NATGRAD_INLINE auto is(J j) const {
    return number_of<R>(j) == where;
  }
};

namespace detail {
template <bool by_magnitude, class R>
NATGRAD_INLINE R rank(R term) {
  if constexpr (by_magnitude) return abs(term);
  return term;
}
}  // namespace detail

namespace detail {
template <bool by_magnitude, class V>
NATGRAD_INLINE auto beats(V a, V b) {
  return rank<by_magnitude>(a) > rank<by_magnitude>(b);
}
template <bool by_magnitude, class S>
NATGRAD_CALLED Largest<S> largest_of_lanes(const Largest<Pack<S>>& best) {
  Largest<S> result{lane(best.value, 0), lane(best.where, 0)};
  for (int i = 1; i < lanes<S>; ++i) {
    const S term = lane(best.value, i);
    const S where = lane(best.where, i);
    const bool tie = !beats<by_magnitude>(result.value, term) && where < result.where;
    if (beats<by_magnitude>(term, result.value) || tie) result = {term, where};
  }
  return result;
}
}  // namespace detail

template <class R, bool by_magnitude = false, class F>
NATGRAD_INLINE Largest<R> find_largest(Index n, const F& f) {
  if constexpr (is_pack<R>) {
    Largest<R> best{f(Index{0}), broadcast<R>(0)};
    for (Index j = 1; j < n; ++j) {
      const R term = f(j);
      const mask_of<R> better = detail::beats<by_magnitude>(term, best.value);
      best = {select(better, term, best.value), select(better, number_of<R>(j), best.where)};
    }
    return best;
  } else {
    const Block first{0, static_cast<int>(std::min<Index>(lanes<R>, n))};
    Largest<Pack<R>> best{f(first), number_of<R>(first)};
    each<R>(n, [&](Block block) {
      const Pack<R> term = f(block);
      const mask_of<Pack<R>> better = detail::beats<by_magnitude>(term, best.value);
      best = {select(better, term, best.value), select(better, number_of<R>(block), best.where)};
    });
    return detail::largest_of_lanes<by_magnitude, R>(best);
  }
}

/// A sum of terms: the one of largest magnitude, and the sum of the others.
template <class R>
struct Dominant {
  Largest<R> lead;
  R rest;

  NATGRAD_INLINE R sum() const { return lead.value + rest; }
  /// The sum without coordinate j, whose term is `term`.
  template <class J, class V>
  NATGRAD_INLINE V without(J j, V term) const {
    return select(lead.is(j), detail::widen<V>(rest), rest + (lead.value - term));
  }
};

template <class R, class F>
NATGRAD_INLINE Dominant<R> find_dominant(Index n, const F& f) {
  const Largest<R> lead = find_largest<R, true>(n, f);
  const auto others = [&](auto j) {
    const auto term = f(j);
    return select(lead.is(j), detail::widen<decltype(f(j))>(scalar_of<R>(0)), term);
  };
  return {lead, total<R>(n, others)};
}

}  // namespace natgrad
