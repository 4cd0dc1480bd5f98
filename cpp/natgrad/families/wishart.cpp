#include "natgrad/families/table.hpp"
#include "natgrad/families/wishart_kind.hpp"

namespace natgrad {
namespace {

/// Wishart: Y = X, N = V^-1.
struct Wishart : WishartKind {
  static constexpr const char* name = "Wishart";

  static Wishart from(std::span<const double> values) {
    return {
        {static_cast<Index>(values[0]), 1, {"E x must be positive definite", "log det E x - E log det x must be > 0"}}};
  }
};

}  // namespace

FamilyEntry family_wishart() { return family_entry<Wishart>(); }

}  // namespace natgrad
