#include "natgrad/families/normal_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Normal: y = x, h = 1.
struct Normal : NormalKind {
  static constexpr const char* name = "Normal";

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    require(is_finite(x[0]), x[0], "x must be finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics_of(x[0], statistics);
  }
  template <class R>
  R log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R expected_log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    return log_density_of(theta, x[0]);
  }
};

}  // namespace

FamilyEntry family_normal() { return family_entry<Normal>(); }

}  // namespace natgrad
