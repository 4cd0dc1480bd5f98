#include "natgrad/families/normal_wishart_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NormalInverseWishart on x = (mean, covariance): Y = X^-1.
struct NormalInverseWishart : NormalWishartKind {
  static constexpr const char* name = "NormalInverseWishart";

  static NormalInverseWishart from(std::span<const double> values) {
    return {{{static_cast<Index>(values[0]),
              -1,
              {"E inverse covariance must be positive definite",
               "log det E inverse covariance + E log det covariance must be > 0"}}}};
  }
};

}  // namespace

FamilyEntry family_normal_inverse_wishart() { return family_entry<NormalInverseWishart>(); }

}  // namespace natgrad
