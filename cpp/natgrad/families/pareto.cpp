#include <cmath>

#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Pareto from a known minimum: T(x) = log(x / minimum), theta = -shape < 0, A = -log(shape), h = 1 / x on
/// x >= minimum.
struct Pareto : GammaStatisticKind {
  static constexpr const char* name = "Pareto";
  static constexpr std::array parameters{Parameter{"minimum", false, 0}};

  double minimum;

  explicit Pareto(double in_minimum)
      : GammaStatisticKind(
            {"negative_shape", "shape must be > 0", "E log(x / minimum) must be > 0", "shape", "shape must be > 0"}, 1,
            0),
        minimum(in_minimum) {}
  static Pareto from(std::span<const double> values) { return Pareto(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((less(x[0], minimum) >= S(0)) & (x[0] < infinity<S>), x[0], "x must be >= minimum and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = log_ratio(x[0], minimum);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    using S = scalar_of<R>;
    return S(1) / theta[0] - S(std::log(minimum));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = -fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = -theta[0];
  }
};

}  // namespace

FamilyEntry family_pareto() { return family_entry<Pareto>(); }

}  // namespace natgrad
