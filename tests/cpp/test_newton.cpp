// find_root: known roots, hard brackets, lanes that do not disturb each other, and the step count of a plain Newton
// where that suffices.
#include <cmath>
#include <initializer_list>
#include <limits>

#include "check.hpp"
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/newton.hpp"

namespace ng = natgrad;
using ng::Pack;

namespace {

template <class R>
struct ValueAndSlope {
  R value, derivative;
};

template <class R>
constexpr auto tolerance = 4 * std::numeric_limits<ng::scalar_of<R>>::epsilon();

template <class R>
R all_lanes(double x) {
  return ng::broadcast<R>(static_cast<ng::scalar_of<R>>(x));
}

// Each lane solves e^x = target for its own target.
template <class R>
void exponentials() {
  using S = ng::scalar_of<R>;
  R target = all_lanes<R>(1);
  for (int i = 0; i < ng::width<R>; ++i) ng::set_lane(target, i, std::pow(S(7), S(i - 2)));
  const auto f = [&](R x) {
    const R e = ng::exp(x);
    return ValueAndSlope<R>{e - target, e};
  };
  const auto root = ng::find_root(f, all_lanes<R>(-80), all_lanes<R>(80), all_lanes<R>(0.3), tolerance<R>);
  CHECK(ng::all(root.converged));
  for (int i = 0; i < ng::width<R>; ++i) {
    const S expected = std::log(ng::lane(target, i)), got = ng::lane(root.x, i);
    CHECK_AT("log by newton", expected, std::abs(got - expected) <= 4 * ng::epsilon<S> * (1 + std::abs(expected)));
    // A lane alone takes the same path as in company.
    const S t = ng::lane(target, i);
    const auto alone = ng::find_root<S>([t](S x) { return ValueAndSlope<S>{ng::exp(x) - t, ng::exp(x)}; }, S(-80),
                                        S(80), S(0.3), tolerance<R>);
    CHECK_AT("iterations alone", t, alone.iterations == ng::lane(root.iterations, i));
    CHECK_AT("x alone", t, std::abs(alone.x - got) <= 2 * ng::epsilon<S> * std::abs(got));
  }
}

template <class R>
void hard_cases() {
  using S = ng::scalar_of<R>;
  constexpr double tiny = sizeof(S) == 8 ? 1e-200 : 1e-30;
  const auto at = [](const auto& root, int i = 0) { return static_cast<double>(ng::lane(root.x, i)); };

  // Decreasing, the root many decades below the start; then the same where 1/x^2 overflows and only bisection is left.
  const auto logarithm = [](R x) { return ValueAndSlope<R>{ng::log(all_lanes<R>(tiny)) - ng::log(x), S(-1) / x}; };
  const auto small =
      ng::find_root(logarithm, all_lanes<R>(tiny * 1e-3), all_lanes<R>(1), all_lanes<R>(0.5), tolerance<R>);
  CHECK_AT("log", at(small), ng::all(small.converged) && std::abs(at(small) / tiny - 1) < 1e-5);
  CHECK_AT("log iterations", ng::lane(small.iterations, 0), ng::lane(small.iterations, 0) < 20);
  const auto inverse = [](R x) { return ValueAndSlope<R>{S(1) / x - S(1 / tiny), S(-1) / (x * x)}; };
  const auto steep =
      ng::find_root(inverse, all_lanes<R>(tiny * 1e-3), all_lanes<R>(1), all_lanes<R>(0.5), tolerance<R>);
  CHECK_AT("1/x", at(steep), ng::all(steep.converged) && std::abs(at(steep) / tiny - 1) < 1e-5);

  // atan: plain Newton diverges from |start| > 1.4.
  const auto arctangent = [](R x) {
    R value = x;
    for (int i = 0; i < ng::width<R>; ++i) ng::set_lane(value, i, std::atan(ng::lane(x, i) - S(0.25)));
    return ValueAndSlope<R>{value, S(1) / (S(1) + (x - S(0.25)) * (x - S(0.25)))};
  };
  const auto middle =
      ng::find_root(arctangent, all_lanes<R>(-1000), all_lanes<R>(900), all_lanes<R>(700), tolerance<R>);
  CHECK_AT("atan", at(middle), ng::all(middle.converged) && std::abs(at(middle) - 0.25) < 1e-6);

  // A triple root converges linearly under Newton, but converges.
  const auto cube = [](R x) {
    return ValueAndSlope<R>{(x - S(2)) * (x - S(2)) * (x - S(2)), S(3) * (x - S(2)) * (x - S(2))};
  };
  const auto triple = ng::find_root(cube, all_lanes<R>(0), all_lanes<R>(5), all_lanes<R>(4.3), tolerance<R>);
  CHECK_AT("cube", at(triple), std::abs(at(triple) - 2) < 1e-2);

  // Roots at an end, a start outside the bracket, a linear function in one step.
  const auto line = [](R x) { return ValueAndSlope<R>{S(3) - x, all_lanes<R>(-1)}; };
  for (const double start : {3.0, 4.5, -100.0, 1e6}) {
    const auto root = ng::find_root(line, all_lanes<R>(3), all_lanes<R>(5), all_lanes<R>(start), tolerance<R>);
    CHECK_AT("line", start, at(root) == 3 && ng::all(root.converged) && ng::lane(root.iterations, 0) <= 3);
  }
  // No root inside: the nearest end.
  const auto outside = ng::find_root(line, all_lanes<R>(4), all_lanes<R>(5), all_lanes<R>(4.5), tolerance<R>);
  CHECK_AT("no root", at(outside), std::abs(at(outside) - 4) < 1e-5);
}

// A lane that is NaN, or has a bad bracket, says so and leaves the others alone.
template <class R>
void sick_lanes() {
  using S = ng::scalar_of<R>;
  if constexpr (ng::width<R> > 1) {
    R target = all_lanes<R>(9);
    ng::set_lane(target, 0, ng::not_a_number<S>);
    R low = all_lanes<R>(1);
    ng::set_lane(low, 1, S(50));  // above high
    const auto square = [&](R x) { return ValueAndSlope<R>{x * x - target, S(2) * x}; };
    const auto root = ng::find_root(square, low, all_lanes<R>(10), all_lanes<R>(5), tolerance<R>);
    for (int i = 0; i < ng::width<R>; ++i) {
      CHECK_AT("converged", i, (ng::lane(root.converged, i) != 0) == (i > 1));
      if (i > 1) CHECK_AT("square root", ng::lane(root.x, i), std::abs(ng::lane(root.x, i) - 3) < 1e-5);
    }
  }
  const auto square = [](R x) { return ValueAndSlope<R>{x * x - S(2), S(2) * x}; };
  const auto stopped = ng::find_root(square, all_lanes<R>(0), all_lanes<R>(9), all_lanes<R>(9), tolerance<R>, 2);
  CHECK_AT("bounded", ng::lane(stopped.iterations, 0),
           !ng::any(stopped.converged) && ng::lane(stopped.iterations, 0) == 2);
}

template <class R>
void run() {
  exponentials<R>();
  hard_cases<R>();
  sick_lanes<R>();
}

}  // namespace

int main() {
  run<double>();
  run<float>();
  run<Pack<double>>();
  run<Pack<float>>();
  return check::report();
}
