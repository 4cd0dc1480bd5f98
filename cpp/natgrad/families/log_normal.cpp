#include "natgrad/families/normal_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Log-normal: y = log x, h = 1 / x on x > 0.
struct LogNormal : NormalKind {
  static constexpr const char* name = "LogNormal";

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics_of(log(x[0]), statistics);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(0.5) * (theta[0] / theta[1]);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    return log_density_of(theta, log(x[0])) - log(x[0]);
  }
};

}  // namespace

FamilyEntry family_log_normal() { return family_entry<LogNormal>(); }

}  // namespace natgrad
