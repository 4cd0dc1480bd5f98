#include "natgrad/families/table.hpp"
#include "natgrad/families/wishart_kind.hpp"

namespace natgrad {
namespace {

/// Inverse Wishart: Y = X^-1, N = its own scale matrix.
struct InverseWishart : WishartKind {
  static constexpr const char* name = "InverseWishart";

  static InverseWishart from(std::span<const double> values) {
    return {{static_cast<Index>(values[0]),
             -1,
             {"E inverse x must be positive definite", "log det E inverse x + E log det x must be > 0"}}};
  }
};

}  // namespace

FamilyEntry family_inverse_wishart() { return family_entry<InverseWishart>(); }

}  // namespace natgrad
