#include "natgrad/families/normal_wishart_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NormalWishart on x = (mean, precision): Y = X.
struct NormalWishart : NormalWishartKind {
  static constexpr const char* name = "NormalWishart";

  static NormalWishart from(std::span<const double> values) {
    return {{{static_cast<Index>(values[0]),
              1,
              {"E precision must be positive definite", "log det E precision - E log det precision must be > 0"}}}};
  }
};

}  // namespace

FamilyEntry family_normal_wishart() { return family_entry<NormalWishart>(); }

}  // namespace natgrad
