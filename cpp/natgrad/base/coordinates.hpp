#pragma once

#include <algorithm>

#include "natgrad/base/pack.hpp"
#include "natgrad/base/status.hpp"

namespace natgrad {

// A point is worked in one of two ways, and a formula over its coordinates is written once for both:
//   across rows        R is a pack: coordinate j of several rows in one register, at(theta, j) is theta[j];
//   along coordinates  R is a scalar: one long row, a register of its consecutive coordinates at a time.
// each(n, f) calls f with an Index (across) or a Block (along); at() and put() take either.

/// A register of `count` consecutive coordinates of one row, from `start`.
struct Block {
  Index start;
  int count;
};

template <class R>
NATGRAD_INLINE R at(const R* data, Index j) {
  return data[j];
}
template <class R>
NATGRAD_INLINE void put(R* data, Index j, R value) {
  data[j] = value;
}

namespace detail {
// What happens once at the end of a row is called: it would be most of the code of every loop.
/// The first `count` lanes from memory; spare lanes repeat a coordinate, so they stay in the domain.
template <class S>
NATGRAD_CALLED Pack<S> load_first(const S* data, int count) {
  Pack<S> value = broadcast<Pack<S>>(data[0]);
  for (int i = 1; i < count; ++i) set_lane(value, i, data[i]);
  return value;
}
template <class S>
NATGRAD_CALLED void store_first(S* data, int count, Pack<S> value) {
  for (int i = 0; i < count; ++i) data[i] = lane(value, i);
}
template <class S>
NATGRAD_CALLED Pack<S> first_or_zero(Pack<S> value, int count) {
  for (int i = count; i < lanes<S>; ++i) set_lane(value, i, S(0));
  return value;
}
}  // namespace detail

template <class S>
NATGRAD_INLINE Pack<S> at(const S* data, Block block) {
  if (block.count == lanes<S>) return load<Pack<S>>(data + block.start);
  return detail::load_first(data + block.start, block.count);
}
template <class S>
NATGRAD_INLINE void put(S* data, Block block, Pack<S> value) {
  if (block.count == lanes<S>) {
    store(data + block.start, value);
    return;
  }
  detail::store_first<S>(data + block.start, block.count, value);
}

/// f(j) for every coordinate j of a row of n.
template <class R, class F>
NATGRAD_INLINE void each(Index n, const F& f) {
  if constexpr (is_pack<R>) {
    for (Index j = 0; j < n; ++j) f(j);
  } else {
    constexpr Index width = lanes<R>;
    for (Index j = 0; j < n; j += width) f(Block{j, static_cast<int>(std::min<Index>(width, n - j))});
  }
}

/// Kahan's compensated sum: a row may have 10^5 coordinates.
template <class R>
class CompensatedSum {
 public:
  NATGRAD_INLINE void add(R term) {
    const R corrected = term - lost_;
    const R next = total_ + corrected;
    lost_ = (next - total_) - corrected;
    total_ = next;
  }
  NATGRAD_INLINE R value() const { return total_; }

 private:
  R total_ = broadcast<R>(0);
  R lost_ = broadcast<R>(0);
};

namespace detail {
template <class S>
NATGRAD_CALLED S sum_of_lanes(Pack<S> terms) {
  CompensatedSum<S> sum;
  for (int i = 0; i < lanes<S>; ++i) sum.add(lane(terms, i));
  return sum.value();
}
template <class S>
NATGRAD_CALLED S largest_of_lanes(Pack<S> terms) {
  S best = lane(terms, 0);
  for (int i = 1; i < lanes<S>; ++i) best = std::max(best, lane(terms, i));
  return best;
}
}  // namespace detail

/// The sum of f(j) over the coordinates of a row of n: one number a row, so an R.
template <class R, class F>
NATGRAD_INLINE R total(Index n, const F& f) {
  if constexpr (is_pack<R>) {
    CompensatedSum<R> sum;
    for (Index j = 0; j < n; ++j) sum.add(f(j));
    return sum.value();
  } else {
    CompensatedSum<Pack<R>> sums;
    each<R>(n, [&](Block block) {
      const Pack<R> term = f(block);
      sums.add(block.count == lanes<R> ? term : detail::first_or_zero<R>(term, block.count));
    });
    return detail::sum_of_lanes<R>(sums.value());
  }
}

/// The largest f(j) over the coordinates of a row of n >= 1.
template <class R, class F>
NATGRAD_INLINE R largest(Index n, const F& f) {
  if constexpr (is_pack<R>) {
    R result = f(Index{0});
    for (Index j = 1; j < n; ++j) result = max(result, f(j));
    return result;
  } else {
    Pack<R> result = broadcast<Pack<R>>(-infinity<R>);
    each<R>(n, [&](Block block) { result = max(result, f(block)); });
    return detail::largest_of_lanes<R>(result);
  }
}

/// <a, b>.
template <class R>
R dot(Index n, const R* a, const R* b) {
  return total<R>(n, [&](auto j) { return at(a, j) * at(b, j); });
}

}  // namespace natgrad
