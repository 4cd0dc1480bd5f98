#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Nakagami of known shape m: T(x) = x^2, theta = -m / spread < 0, A = log(Gamma(m) / 2) - m log(-theta),
/// h = x^(2m-1) on x > 0.
struct Nakagami : GammaStatisticKind {
  static constexpr const char* name = "Nakagami";
  static constexpr std::array parameters{Parameter{"shape", false, 0}};

  double m;

  explicit Nakagami(double in_shape)
      : GammaStatisticKind(
            {"negative_rate", "shape / spread must be > 0", "mean square must be > 0", "spread", "spread must be > 0"},
            in_shape, -log_two),
        m(in_shape) {}
  static Nakagami from(std::span<const double> values) { return Nakagami(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0] * x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return S(2 * m - 1) * log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(m - 0.5) * expected_log_statistic(theta);
  }
  template <class R>
  R entropy(const R* theta) const {
    return entropy_of_power(theta, m - 0.5);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    return density_of_power(theta, x[0] * x[0], S(2) * log(x[0]), m - 0.5);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = S(-m) / fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    fields[0][0] = S(-m) / theta[0];
  }
};

}  // namespace

FamilyEntry family_nakagami() { return family_entry<Nakagami>(); }

}  // namespace natgrad
