#include <cmath>

#include "natgrad/base/power.hpp"
#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Weibull of known shape k: T(x) = x^k, theta = -scale^-k < 0, A = -log(-k theta), h = x^(k-1) on x > 0.
struct Weibull : GammaStatisticKind {
  static constexpr const char* name = "Weibull";
  static constexpr std::array parameters{Parameter{"shape", false, 0}};

  double k;

  explicit Weibull(double in_shape)
      : GammaStatisticKind({"negative_rate", "rate must be > 0", "E x^shape must be > 0", "scale", "scale must be > 0"},
                           1, -std::log(in_shape)),
        k(in_shape) {}
  static Weibull from(std::span<const double> values) { return Weibull(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = power(x[0], exactly<scalar_of<R>>(k));
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return S(k - 1) * log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>((k - 1) / k) * expected_log_statistic(theta);
  }
  template <class R>
  R entropy(const R* theta) const {
    return entropy_of_power(theta, (k - 1) / k);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = -power(fields[0][0], exactly<scalar_of<R>>(-k));
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = power(-theta[0], reciprocal<scalar_of<R>>(-k));
  }
};

}  // namespace

FamilyEntry family_weibull() { return family_entry<Weibull>(); }

}  // namespace natgrad
