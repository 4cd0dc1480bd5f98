#pragma once

#include "natgrad/families/count_entropy.hpp"
#include "natgrad/families/log_series.hpp"

namespace natgrad {

/// Entropy of a NegativeBinomial of r > 0 successes: a sum or a series where CountEntropy has one, an integral below 64
/// successes.
class NegativeBinomialEntropy {
 public:
  explicit NegativeBinomialEntropy(double r) : r_(r), count_entropy_(-r), excess_(r) {}

  /// H in nats, given theta = log of the probability of a failure, its odds m, the mean r m and r log(1 + m).
  template <class R>
  NATGRAD_CALLED R operator()(R theta, R m, R mu, R log_partition) const {
    using S = scalar_of<R>;
    if (r_ >= 64) return count_entropy_(mu, mu * (S(1) + m), -log_partition);
    // Below 1e-6 the table of the sum would leave the range of a float.
    const mask_of<R> summed = (m <= S(1)) & (broadcast<R>(S(r_)) > S(1e-6));
    const R none = broadcast<R>(0);
    R value = none;
    if (any(summed)) {
      const R variance = select(summed, mu * (S(1) + m), broadcast<R>(1));
      value = count_entropy_(select(summed, mu, none), variance, select(summed, -log_partition, none));
    }
    if (all(summed)) return value;
    return select(summed, value, integrated(theta, m, mu));
  }

 private:
  /// -A* - E log h, in which terms of both have been put together.
  template <class R>
  R integrated(R theta, R m, R mu) const {
    using S = scalar_of<R>;
    const R total = log1p(m);
    const R rest = -theta * mu - excess_(m);
    if (r_ >= 1) return total + rest;
    const R a = S(r_) * total;
    const R seen = expm1(-a) * S(std::log(r_));  // -P(x > 0) log r
    return a + seen + (((S(1) - S(r_)) * total) * -remainder_share(-a) + rest);
  }

  double r_;
  CountEntropy count_entropy_;
  NegativeBinomialExcess excess_;
};

}  // namespace natgrad
