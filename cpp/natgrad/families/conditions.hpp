#pragma once

#include "natgrad/base/pack.hpp"
#include "natgrad/base/status.hpp"

namespace natgrad {

// A family states each of its domains once, as calls require(condition, value, text), and is asked in two ways:
// with Inside on packs of rows (which rows satisfy everything), and with FirstViolation on the one row to report.

/// The rows for which every condition holds.
template <class R>
struct Inside {
  mask_of<R> ok = broadcast<R>(0) == broadcast<R>(0);
  NATGRAD_INLINE void operator()(mask_of<R> condition, R, const char*, Index = -1) { ok = ok & condition; }
};

/// The first condition a row violates; `text` may hold one %d, for the coordinate.
template <class S>
struct FirstViolation {
  const char* text = nullptr;
  S value{};
  Index coordinate = -1;
  void operator()(bool condition, S got, const char* what, Index j = -1) {
    if (condition || text != nullptr) return;
    text = what;
    value = got;
    coordinate = j;
  }
};

/// Asks nothing: for a statement that can judge its point on the way, where that has been done.
struct Unasked {
  template <class... Question>
  NATGRAD_INLINE void operator()(const Question&...) const {}
};

template <class R, class Require>
NATGRAD_INLINE void require_finite(Index n, const R* data, Require& require) {
  for (Index j = 0; j < n; ++j) require(is_finite(data[j]), data[j], "coordinate %d must be finite", j);
}

}  // namespace natgrad
