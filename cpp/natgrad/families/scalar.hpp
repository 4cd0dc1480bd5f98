#pragma once

#include <array>

#include "natgrad/families/family.hpp"

namespace natgrad {

/// What families without hyperparameters and with a number as their observation have in common.
struct ScalarEvent {
  static constexpr std::array<Parameter, 0> parameters{};
  Shape event_shape() const { return {}; }
};

/// And those with one coordinate besides.
struct OneCoordinate : ScalarEvent {
  Index size() const { return 1; }
};

}  // namespace natgrad
