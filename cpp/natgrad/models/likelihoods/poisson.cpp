#include "natgrad/base/elementary.hpp"
#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/models/likelihood.hpp"

namespace natgrad {
namespace {

/// log p = y eta - e^eta - log y!; E e^eta = e^(m + v/2), the mean of a log-normal distribution.
struct Poisson {
  static constexpr const char* name = "poisson";
  static constexpr std::array<const char*, 0> parameters{};

  template <class R>
  static Expectations<R> expectations(const double*, R y, R mean, R variance) {
    const R rate = exp(mean + 0.5 * variance);
    return {y * mean - rate - lgamma(y + 1.0), y - rate, -rate};
  }
};

}  // namespace

LikelihoodEntry likelihood_poisson() { return likelihood_entry<Poisson>(); }

}  // namespace natgrad
