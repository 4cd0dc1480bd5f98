#include "natgrad/families/negative_binomial_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Geometric (failures before the first success): T(x) = x, theta = log(1 - p) < 0, A = -log(1 - e^theta), h = 1.
struct Geometric : NegativeBinomialKind<One> {
  static constexpr const char* name = "Geometric";

  template <class R>
  R log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R expected_log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
};

}  // namespace

FamilyEntry family_geometric() { return family_entry<Geometric>(); }

}  // namespace natgrad
