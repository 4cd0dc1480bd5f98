#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Normal of known mean: T(x) = (x - mean)^2, theta = -1 / 2 variance < 0, A = log(pi / -theta) / 2, h = 1.
struct NormalKnownMean : GammaStatisticKind {
  static constexpr const char* name = "NormalKnownMean";
  static constexpr std::array parameters{Parameter{"mean", false, -infinity<double>}};

  double mean;

  explicit NormalKnownMean(double in_mean)
      : GammaStatisticKind({"negative_half_precision", "half the precision must be > 0",
                            "mean square deviation must be > 0", "variance", "variance must be > 0"},
                           0.5, 0),
        mean(in_mean) {}
  static NormalKnownMean from(std::span<const double> values) { return NormalKnownMean(values[0]); }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    require(is_finite(x[0]), x[0], "x must be finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = less(x[0], mean) * less(x[0], mean);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = S(-0.5) / fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    fields[0][0] = S(-0.5) / theta[0];
  }
};

}  // namespace

FamilyEntry family_normal_known_mean() { return family_entry<NormalKnownMean>(); }

}  // namespace natgrad
