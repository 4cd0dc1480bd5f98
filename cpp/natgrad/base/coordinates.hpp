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

template <class S>
NATGRAD_INLINE Pack<S> at(const S* data, Block block) {
  if (block.count == lanes<S>) return load<Pack<S>>(data + block.start);
  Pack<S> value = broadcast<Pack<S>>(data[block.start]);  // spare lanes repeat a coordinate, so they stay in the domain
  for (int i = 1; i < block.count; ++i) set_lane(value, i, data[block.start + i]);
  return value;
}
template <class S>
NATGRAD_INLINE void put(S* data, Block block, Pack<S> value) {
  if (block.count == lanes<S>) {
    store(data + block.start, value);
    return;
  }
  for (int i = 0; i < block.count; ++i) data[block.start + i] = lane(value, i);
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
      Pack<R> term = f(block);
      for (int i = block.count; i < lanes<R>; ++i) set_lane(term, i, R(0));
      sums.add(term);
    });
    CompensatedSum<R> sum;
    for (int i = 0; i < lanes<R>; ++i) sum.add(lane(sums.value(), i));
    return sum.value();
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
    R best = lane(result, 0);
    for (int i = 1; i < lanes<R>; ++i) best = std::max(best, lane(result, i));
    return best;
  }
}

/// <a, b>.
template <class R>
R dot(Index n, const R* a, const R* b) {
  return total<R>(n, [&](auto j) { return at(a, j) * at(b, j); });
}

}  // namespace natgrad
