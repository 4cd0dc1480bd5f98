#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Gamma of known shape a (Erlang where a is an integer): T(x) = x, theta = -rate < 0, A = log Gamma(a) - a log(rate),
/// h = x^(a-1).
struct GammaKnownShape : GammaStatisticKind {
  static constexpr const char* name = "GammaKnownShape";
  static constexpr std::array parameters{Parameter{"shape", false, 0}};

  double a;

  explicit GammaKnownShape(double in_shape)
      : GammaStatisticKind({"negative_rate", "rate must be > 0", "mean must be > 0", "rate", "rate must be > 0"},
                           in_shape, 0),
        a(in_shape) {}
  static GammaKnownShape from(std::span<const double> values) { return GammaKnownShape(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return S(a - 1) * log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(a - 1) * expected_log_statistic(theta);
  }
  template <class R>
  R entropy(const R* theta) const {
    return entropy_of_power(theta, a - 1);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    return density_of_power(theta, x[0], log(x[0]), a - 1);
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

FamilyEntry family_gamma_known_shape() { return family_entry<GammaKnownShape>(); }

}  // namespace natgrad
