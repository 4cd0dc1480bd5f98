#include <cmath>

#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Power function up to a known maximum: T(x) = log(x / maximum), theta = shape > 0, A = -log(shape), h = 1 / x on
/// 0 < x <= maximum.
struct PowerFunction : GammaStatisticKind {
  static constexpr const char* name = "PowerFunction";
  static constexpr std::array parameters{Parameter{"maximum", false, 0}};

  double maximum;

  explicit PowerFunction(double in_maximum)
      : GammaStatisticKind(
            {"shape", "shape must be > 0", "E log(x / maximum) must be < 0", "shape", "shape must be > 0"}, 1, 0, -1),
        maximum(in_maximum) {}
  static PowerFunction from(std::span<const double> values) { return PowerFunction(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (less(x[0], maximum) <= S(0)), x[0], "x must be > 0 and <= maximum");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = log_ratio(x[0], maximum);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    using S = scalar_of<R>;
    return S(1) / theta[0] - S(std::log(maximum));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = theta[0];
  }
};

}  // namespace

FamilyEntry family_power_function() { return family_entry<PowerFunction>(); }

}  // namespace natgrad
