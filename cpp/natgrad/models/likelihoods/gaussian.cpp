#include "natgrad/base/elementary.hpp"
#include "natgrad/models/likelihood.hpp"

namespace natgrad {
namespace {

/// log p = -(y - eta)^2 / 2 s^2 - log(2 pi s^2) / 2, s^2 = noise_variance; closed forms.
struct Gaussian {
  static constexpr const char* name = "gaussian";
  static constexpr std::array parameters{"noise_variance"};

  template <class R>
  static Expectations<R> expectations(const double* parameters, R y, R mean, R variance) {
    const double noise = parameters[0];
    const R residual = y - mean;
    const double constant = log(6.283185307179586476925 * noise);
    return {-0.5 * ((residual * residual + variance) / noise + constant), residual / noise, broadcast<R>(-1.0 / noise)};
  }
};

}  // namespace

LikelihoodEntry likelihood_gaussian() { return likelihood_entry<Gaussian>(); }

}  // namespace natgrad
