#include "natgrad/families/normal_length.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Maxwell-Boltzmann, the length of a vector of three: A = log(sqrt(pi) / 4) - 3/2 log(-theta), h = x^2 on x > 0.
struct MaxwellBoltzmann : NormalLength {
  static constexpr const char* name = "MaxwellBoltzmann";

  MaxwellBoltzmann() : NormalLength(3) {}
};

}  // namespace

FamilyEntry family_maxwell_boltzmann() { return family_entry<MaxwellBoltzmann>(); }

}  // namespace natgrad
