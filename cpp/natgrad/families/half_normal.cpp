#include "natgrad/families/normal_length.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Half-normal, |N(0, scale^2)|: A = log(pi / -4 theta) / 2, h = 1 on x >= 0.
struct HalfNormal : NormalLength {
  static constexpr const char* name = "HalfNormal";

  HalfNormal() : NormalLength(1) {}
};

}  // namespace

FamilyEntry family_half_normal() { return family_entry<HalfNormal>(); }

}  // namespace natgrad
