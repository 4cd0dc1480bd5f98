#include <cmath>

#include "natgrad/base/elementary.hpp"
#include "natgrad/models/likelihood.hpp"
#include "natgrad/models/quadrature.hpp"

namespace natgrad {
namespace {

template <class R>
Expectations<R> softplus_derivatives(R eta) {
  const R small = exp(-abs(eta));
  const R whole = 1.0 + small;
  const R sigmoid = select(eta >= 0.0, 1.0 / whole, small / whole);
  return {max(eta, broadcast<R>(0)) + log1p(small), sigmoid, small / (whole * whole)};
}

/// eta Phi(eta / c) + c phi(eta / c), Phi(eta / c), phi(eta / c) / c: softplus with Phi(. / c) in the sigmoid's place.
template <class R>
Expectations<R> smooth_derivatives(R eta, R width) {
  const R ratio = eta / width;
  R cdf = ratio;
  for (int i = 0; i < natgrad::width<R>; ++i) {
    set_lane(cdf, i, 0.5 * std::erfc(-0.70710678118654752440 * lane(ratio, i)));
  }
  const R pdf = 0.39894228040143267794 * exp(-0.5 * ratio * ratio);
  return {eta * cdf + width * pdf, cdf, pdf / width};
}

/// For a wide normal distribution, sd > 1: softplus is its smooth twin, whose expectation is closed, and a remainder
/// that falls like e^-|eta|, integrated by the trapezoidal rule at fixed eta. c = 1.6 is close to sqrt(8 / pi), where
/// both have slope 1/4 at 0; the rule's error is e^(-2 pi^2 / h) (Trefethen & Weideman 2014, theorem 5.1).
struct Remainders {
  static constexpr double width = 1.6;
  static constexpr double spacing = 0.5;
  static constexpr int first_node = -128;
  static constexpr int count = 201;
  std::array<double, count> value;
  std::array<double, count> first;
  std::array<double, count> second;

  Remainders() {
    for (int k = 0; k < count; ++k) {
      const double node = spacing * (first_node + k);
      const double left = -std::abs(node);  // where neither function is large, so that the difference keeps its digits
      const auto exact = softplus_derivatives<double>(left);
      const auto smooth = smooth_derivatives<double>(left, width);
      const auto at = static_cast<std::size_t>(k);
      value[at] = spacing * (exact.value - smooth.value);
      first[at] = spacing * (exact.first - smooth.first) * (node <= 0 ? 1 : -1);
      second[at] = spacing * (exact.second - smooth.second);
    }
  }
};

template <class R>
Expectations<R> wide(R mean, R sd) {
  static const Remainders rest;
  const R fold = -abs(mean);  // softplus(eta) - softplus(-eta) = eta: one half line is enough
  Expectations<R> sum = smooth_derivatives<R>(fold, sqrt(Remainders::width * Remainders::width + sd * sd));
  const R scale = 0.39894228040143267794 / sd;
  for (int k = 0; k < Remainders::count; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const R z = (Remainders::spacing * (Remainders::first_node + k) - fold) / sd;
    const R density = scale * exp(-0.5 * z * z);
    sum.value += density * rest.value[at];
    sum.first += density * rest.first[at];
    sum.second += density * rest.second[at];
  }
  const mask_of<R> positive = mean > 0.0;
  return {select(positive, mean + sum.value, sum.value), select(positive, 1.0 - sum.first, sum.first), sum.second};
}

/// log p = y eta - log(1 + e^eta) = -softplus(-t eta) with t = 2y - 1; quadrature, to 1e-12 relative.
struct Bernoulli {
  static constexpr const char* name = "bernoulli";
  static constexpr std::array<const char*, 0> parameters{};

  template <class R>
  static Expectations<R> expectations(const double*, R y, R mean, R variance) {
    const R sign = 1.0 - 2.0 * y;
    const R sd = sqrt(variance);
    const auto expected = normal_expectations<R>(
        sign * mean, sd, [](R eta) { return softplus_derivatives(eta); }, [](R m, R s) { return wide(m, s); });
    return {-expected.value, -sign * expected.first, -expected.second};
  }
};

}  // namespace

LikelihoodEntry likelihood_bernoulli() { return likelihood_entry<Bernoulli>(); }

}  // namespace natgrad
