#include "natgrad/updates/update.hpp"

namespace natgrad {
namespace {

/// theta + beta dL/dtheta: the argmax of <theta, dL/dtheta> - |theta - theta_t|^2 / (2 beta).
struct GradientDescent {
  static constexpr const char* name = "gradient_descent";
  static constexpr bool gradient_in_mean = false;
  static constexpr bool unit_step = false;

  template <class S>
  static void step(const StepTile<S>& tile) {
    move_along(tile, tile.gradient);
  }
};

}  // namespace

Update update_gradient_descent() { return update_entry<GradientDescent>(); }

}  // namespace natgrad
