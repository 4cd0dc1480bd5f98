#include "natgrad/families/known_covariance_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MatrixNormal of known covariances of its rows and columns.
struct MatrixNormal : KnownCovarianceKind {
  static constexpr const char* name = "MatrixNormal";
  static constexpr std::array parameters{Parameter{"row_covariance", false, 0, 2},
                                         Parameter{"column_covariance", false, 0, 2}};

  static MatrixNormal from(std::span<const Argument> values) {
    return {{KnownMatrix(name, "row_covariance", values[0]), KnownMatrix(name, "column_covariance", values[1]), true}};
  }
};

}  // namespace

FamilyEntry family_matrix_normal() { return family_entry<MatrixNormal>(); }

}  // namespace natgrad
