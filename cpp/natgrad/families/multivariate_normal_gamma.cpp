#include "natgrad/families/gamma_kind.hpp"
#include "natgrad/families/normal_wishart_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MultivariateNormalGamma on x = (mean, precision): one row, whose precision is a Gamma's variate. A point of the
/// Gamma is one of the Wishart in one dimension.
struct MultivariateNormalGamma : NormalWishartKind {
  static constexpr const char* name = "MultivariateNormalGamma";

  GammaKind gamma{{"shape", "negative_rate_about_zero", "rate must be > 0", "E precision must be > 0",
                   "log E precision - E log precision must be > 0"},
                  1};

  explicit MultivariateNormalGamma(Index dimension)
      : NormalWishartKind{
            {1, 1, {"E precision must be > 0", "log E precision - E log precision must be > 0"}},
            dimension,
            {"precision_scale must be positive definite", "inverse precision_scale must be positive definite"},
            true} {}
  static MultivariateNormalGamma from(std::span<const double> values) {
    return MultivariateNormalGamma(static_cast<Index>(values[0]));
  }

  std::string coordinate(Index j) const {
    if (j < 2) return j == 0 ? gamma.words.first : gamma.words.second;
    if (j >= last() && q == 1) return "negative_half_precision_scale[0,0]";
    return NormalWishartKind::coordinate(j);
  }
  Shape event_shape() const { return {q + 1}; }
  std::vector<Field> standard() const {
    return {{"location", {q}}, {"precision_scale", {q, q}}, {"shape", {}}, {"rate", {}}};
  }

  // The same conditions as the kind's, in the words of a Gamma.
  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    Point<R> at(*this, theta);
    require(at.pivot > scalar_of<R>(0), at.pivot, words.scale);
    gamma.natural_domain(static_cast<const R*>(at.w.data()), require);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    Buffer<R, 64> k(across());
    definite::symmetrised(q, fields[1], k.data(), "precision_scale must be symmetric", require);
    definite_or(words.scale, k.data(), require);
    require(fields[2][0] > S(0), fields[2][0], "shape must be > 0");
    require(fields[3][0] > S(0), fields[3][0], gamma.words.rate);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < q; ++j) require(is_finite(x[j]), x[j], "x must have a finite mean");
    require((x[q] > S(0)) & (x[q] < infinity<S>), x[q], "x must have a finite precision > 0");
  }
};

}  // namespace

FamilyEntry family_multivariate_normal_gamma() { return family_entry<MultivariateNormalGamma>(); }

}  // namespace natgrad
