// Safeguarded Newton on packs: each lane has its own function, bracket and start, and stops on its own.
#pragma once
#include "natgrad/base/bits.hpp"

namespace natgrad {

template <class R>
struct Root {
  R x;
  R iterations;          // evaluations of f this lane used, as a number of type S
  mask_of<R> converged;  // false also where the bracket or a value was NaN
};

// The root of a monotone f in [low, high], lane by lane.
//
// f(x) returns something that unpacks as [value, derivative], both R; f may increase or decrease, lane by lane (the
// derivative's sign tells). A Newton step is taken when it stays inside the bracket and is at most half of the step
// before the last; otherwise the bracket is bisected (Press et al. 2007, Numerical Recipes 3rd ed., section 9.4,
// rtsafe), in the geometric mean where the bracket is positive and spans more than a factor of 4, so that a root at
// 1e-200 is reached too. A lane ends when its step is at most `tolerance` |x| or its value is 0; its x is then frozen.
// The ends must be finite. Where f has no root in the bracket, x tends to the end where |f| is least: test the value
// there if that can happen.
template <class R, class F>
NATGRAD_INLINE Root<R> find_root(F&& f, R low, R high, R start, scalar_of<R> tolerance, int max_iterations = 100) {
  using S = scalar_of<R>;
  const mask_of<R> valid = (low <= high) & is_finite(low) & is_finite(high);
  R x = min(max(start, low), high);
  mask_of<R> active = valid, converged = !(low == low);
  R iterations = broadcast<R>(S(0)), step = high - low, step_before = step;
  for (int i = 0; i < max_iterations && any(active); ++i) {
    const auto [value, derivative] = f(x);
    iterations = iterations + select(active, broadcast<R>(S(1)), S(0));
    const mask_of<R> right_of_root = (value > S(0)) == (derivative > S(0));
    high = select(active & right_of_root, x, high);
    low = select(active & (!right_of_root), x, low);

    const R newton = x - value / derivative;
    const mask_of<R> usable = is_finite(derivative) & (newton >= low) & (newton <= high);
    const mask_of<R> trusted = usable & (abs(newton - x) <= S(0.5) * step_before);
    const R middle = select((low > S(0)) & (high > S(4) * low), sqrt(low) * sqrt(high), low + S(0.5) * (high - low));
    const R next = select(value == S(0), x, select(trusted, newton, middle));

    const mask_of<R> done = (abs(next - x) <= tolerance * abs(next)) | (value == S(0));
    const mask_of<R> broken = is_nan(value) | is_nan(derivative);
    step_before = select(active, step, step_before);
    step = select(active, abs(next - x), step);
    x = select(active & (!broken), next, x);
    converged = converged | (active & done & (!broken));
    active = active & (!(done | broken));
  }
  return {x, iterations, converged};
}

}  // namespace natgrad
