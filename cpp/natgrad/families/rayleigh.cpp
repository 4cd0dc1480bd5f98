#include "natgrad/families/normal_length.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Rayleigh, the length of a vector of two: A = -log(-2 theta), h = x on x > 0.
struct Rayleigh : NormalLength {
  static constexpr const char* name = "Rayleigh";

  Rayleigh() : NormalLength(2) {}
};

}  // namespace

FamilyEntry family_rayleigh() { return family_entry<Rayleigh>(); }

}  // namespace natgrad
