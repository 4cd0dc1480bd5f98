#include "natgrad/base/expected_softplus.hpp"
#include "natgrad/families/normal_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Softplus-normal: y = log(e^x - 1), h = 1 / (1 - e^-x) on x > 0, which is 1 + e^-y.
struct SoftplusNormal : NormalKind {
  static constexpr const char* name = "SoftplusNormal";

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics_of(variate(x[0]), statistics);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    const mask_of<R> large = x[0] > S(0.5);
    const R lost = expm1(-x[0]);
    return -select(large, log1p(-exp(-x[0])), log(select(large, broadcast<R>(1), -lost)));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    R c[2];
    to_centred(theta, c);
    return expected_softplus(-c[0], sqrt(c[1]));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    return log_density_of(theta, variate(x[0])) + log_base_measure(x);
  }

 private:
  /// log(e^x - 1); about its zero, x = log 2, from 2 (e^(x - log 2) - 1), above from x + log(1 - e^-x).
  template <class R>
  static R variate(R x) {
    using S = scalar_of<R>;
    const mask_of<R> near = (x > S(0.4)) & (x < S(1.3));
    const mask_of<R> large = x >= S(1.3);
    // log 2 as the nearest number, which is subtracted exactly, and what that leaves.
    constexpr S nearest = S(log_two);
    constexpr S left = sizeof(S) == 8 ? S(2.3190468138462996e-17) : S(-1.9046542121259336e-09);
    const R distance = (x - nearest) - left;
    const R rise = expm1(select(near, distance, select(large, -x, x)));
    const R above = log1p(select(near, S(2) * rise, broadcast<R>(0)));
    const R beside = log(select(near, broadcast<R>(1), abs(rise)));
    return select(near, above, beside + select(large, x, S(0)));
  }
};

}  // namespace

FamilyEntry family_softplus_normal() { return family_entry<SoftplusNormal>(); }

}  // namespace natgrad
