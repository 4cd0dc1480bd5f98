#include "natgrad/families/normal_wishart_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MatrixNormalWishart on x = (mean, precision of its rows): a matrix of rows x columns, Y = X.
struct MatrixNormalWishart : NormalWishartKind {
  static constexpr const char* name = "MatrixNormalWishart";
  static constexpr std::array parameters{Parameter{"rows", true, 1}, Parameter{"columns", true, 1}};

  static MatrixNormalWishart from(std::span<const double> values) {
    return {{{static_cast<Index>(values[0]),
              1,
              {"E precision must be positive definite", "log det E precision - E log det precision must be > 0"}},
             static_cast<Index>(values[1]),
             {"precision_scale must be positive definite", "inverse precision_scale must be positive definite"}}};
  }

  std::string coordinate(Index j) const {
    return j >= last() && q == 1 ? "negative_half_precision_scale[0,0]" : NormalWishartKind::coordinate(j);
  }
  std::vector<Field> standard() const {
    return {{"location", {p, q}}, {"precision_scale", {q, q}}, {"degrees_of_freedom", {}}, {"scale", {p, p}}};
  }
};

}  // namespace

FamilyEntry family_matrix_normal_wishart() { return family_entry<MatrixNormalWishart>(); }

}  // namespace natgrad
