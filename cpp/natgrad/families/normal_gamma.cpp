#include "natgrad/families/normal_gamma_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NormalGamma on x = (mean, precision): y = x_2, h = 1 / sqrt(x_2).
struct NormalGamma : NormalGammaKind {
  static constexpr const char* name = "NormalGamma";

  NormalGamma()
      : NormalGammaKind({"shape", "negative_rate_about_zero", "rate must be > 0", "E precision must be > 0",
                         "log E precision - E log precision must be > 0"},
                        1, "x must have a finite precision > 0") {}

  std::vector<Field> standard() const {
    return {{"location", {}}, {"precision_scale", {}}, {"shape", {}}, {"rate", {}}};
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics_of(x[0], x[1], log(x[1]), statistics);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return scalar_of<R>(-0.5) * log(x[1]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(-0.5) * mean_of_log(theta);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    const R log_y = log(x[1]);
    return log_density_of(theta, x[0], x[1], log_y) - log_y;
  }
};

}  // namespace

FamilyEntry family_normal_gamma() { return family_entry<NormalGamma>(); }

}  // namespace natgrad
