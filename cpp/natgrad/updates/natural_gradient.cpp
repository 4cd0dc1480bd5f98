#include "natgrad/base/buffer.hpp"
#include "natgrad/updates/update.hpp"

namespace natgrad {
namespace {

/// theta + beta F(theta)^-1 dL/dtheta: the argmax of <theta, dL/dtheta> - |theta - theta_t|_F^2 / (2 beta).
struct NaturalGradient {
  static constexpr const char* name = "natural_gradient";
  static constexpr bool gradient_in_mean = false;
  static constexpr bool unit_step = true;

  template <class S>
  static void step(const StepTile<S>& tile) {
    const Index rows = tile.groups * tile.family.template operations<S>().lanes;
    Buffer<S, 512> undamped(rows);
    Buffer<S, 512> direction(rows * tile.family.size);
    for (Index r = 0; r < rows; ++r) undamped[r] = S(0);
    Tile<S> solve;
    solve.groups = tile.groups;
    solve.in = {tile.theta, tile.gradient, undamped.data()};
    solve.in_width = {tile.family.size, tile.family.size, 1};
    solve.out[0] = direction.data();
    solve.out_width[0] = tile.family.size;
    solve.status = tile.status;
    tile.family.template kernel<S>(Operation::fisher_solve)(tile.family.self.get(), solve);
    move_along(tile, direction.data());
  }
};

}  // namespace

Update update_natural_gradient() { return update_entry<NaturalGradient>(); }

}  // namespace natgrad
