#include "natgrad/updates/update.hpp"

namespace natgrad {
namespace {

/// theta + beta dL/dmu: the argmax of <mu, dL/dmu> - KL(q_mu || q_mu_t) / beta.
struct MirrorDescent {
  static constexpr const char* name = "mirror_descent";
  static constexpr bool gradient_in_mean = true;
  static constexpr bool unit_step = true;

  template <class S>
  static void step(const StepTile<S>& tile) {
    move_along(tile, tile.gradient);
  }
};

}  // namespace

Update update_mirror_descent() { return update_entry<MirrorDescent>(); }

}  // namespace natgrad
