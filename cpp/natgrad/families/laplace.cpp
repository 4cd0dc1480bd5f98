#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Laplace around a known location: T(x) = |x - location|, theta = -1 / scale < 0, A = log(2 / -theta), h = 1.
struct Laplace : GammaStatisticKind {
  static constexpr const char* name = "Laplace";
  static constexpr std::array parameters{Parameter{"location", false, -infinity<double>}};

  double location;

  explicit Laplace(double in_location)
      : GammaStatisticKind(
            {"negative_rate", "rate must be > 0", "mean absolute deviation must be > 0", "scale", "scale must be > 0"},
            1, log_two),
        location(in_location) {}
  static Laplace from(std::span<const double> values) { return Laplace(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    require(is_finite(x[0]), x[0], "x must be finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = abs(less(x[0], location));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = S(-1) / fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    fields[0][0] = S(-1) / theta[0];
  }
};

}  // namespace

FamilyEntry family_laplace() { return family_entry<Laplace>(); }

}  // namespace natgrad
