#include "natgrad/families/normal_gamma_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NormalInverseGamma on x = (mean, variance): y = 1 / x_2, h = x_2^(-3/2).
struct NormalInverseGamma : NormalGammaKind {
  static constexpr const char* name = "NormalInverseGamma";

  NormalInverseGamma()
      : NormalGammaKind({"negative_shape", "negative_scale_about_zero", "scale must be > 0", "E 1/variance must be > 0",
                         "log E 1/variance + E log variance must be > 0"},
                        -1, "x must have a finite variance > 0") {}

  std::vector<Field> standard() const {
    return {{"location", {}}, {"precision_scale", {}}, {"shape", {}}, {"scale", {}}};
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics_of(x[0], scalar_of<R>(1) / x[1], log(x[1]), statistics);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return scalar_of<R>(-1.5) * log(x[1]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(1.5) * mean_of_log(theta);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    const R log_x = log(x[1]);
    return log_density_of(theta, x[0], scalar_of<R>(1) / x[1], -log_x) - log_x;
  }
};

}  // namespace

FamilyEntry family_normal_inverse_gamma() { return family_entry<NormalInverseGamma>(); }

}  // namespace natgrad
