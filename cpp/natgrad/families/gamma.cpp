#include "natgrad/families/gamma_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Gamma: y = x, theta = (shape, -rate).
struct Gamma : GammaKind {
  static constexpr const char* name = "Gamma";

  Gamma()
      : GammaKind({"shape", "negative_rate", "rate must be > 0", "E x must be > 0", "log E x - E log x must be > 0"},
                  1) {}

  std::vector<Field> standard() const { return {{"shape", {}}, {"rate", {}}}; }

  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "shape must be > 0");
    require(fields[1][0] > S(0), fields[1][0], "rate must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  R log_density(const R* theta, const R* x) const {
    const R log_x = log(x[0]);
    return log_density_of(theta, x[0], log_x) - log_x;
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = log(x[0]);
    statistics[1] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -mean_of_log(theta);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = fields[0][0];
    theta[1] = -fields[1][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = theta[0];
    fields[1][0] = -theta[1];
  }
};

}  // namespace

FamilyEntry family_gamma() { return family_entry<Gamma>(); }

}  // namespace natgrad
