// Sine, cosine and the angle of a vector on packs and scalars, by the C library lane by lane: right for every finite
// argument. For what is asked once an observation, not once a step.
#pragma once
#include <cmath>

#include "natgrad/base/pack.hpp"

namespace natgrad {

template <class R>
struct SineCosine {
  R sine, cosine;
};
template <class R>
NATGRAD_CALLED SineCosine<R> sine_cosine(R x) {
  SineCosine<R> found{};
  for (int i = 0; i < width<R>; ++i) {
    set_lane(found.sine, i, std::sin(lane(x, i)));
    set_lane(found.cosine, i, std::cos(lane(x, i)));
  }
  return found;
}

// The angle of (x, y) in [-pi, pi]; 0 for the zero vector, whatever the signs of its zeros.
template <class R>
NATGRAD_CALLED R angle_of(R x, R y) {
  R angle{};
  for (int i = 0; i < width<R>; ++i) set_lane(angle, i, std::atan2(lane(y, i), lane(x, i) + scalar_of<R>(0)));
  return angle;
}

template <class R>
struct Polar {
  R length, x, y;  // x^2 + y^2 = 1
};
// Length and direction, without overflow or underflow on the way; the first axis for the zero vector.
template <class R>
NATGRAD_INLINE Polar<R> polar(R x, R y) {
  using S = scalar_of<R>;
  const R largest = max(abs(x), abs(y));
  const mask_of<R> zero = largest == S(0);
  const R across = select(zero, broadcast<R>(1), x / largest);
  const R along = select(zero, broadcast<R>(0), y / largest);
  const R norm = sqrt(across * across + along * along);
  return {min(largest * norm, std::numeric_limits<S>::max()), across / norm, along / norm};
}

}  // namespace natgrad
