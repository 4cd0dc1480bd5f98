#pragma once

#include <memory>

#include "natgrad/families/family.hpp"

namespace natgrad::bindings {

/// What Python holds of a family.
struct FamilyHandle {
  std::shared_ptr<const Family> family;
};

}  // namespace natgrad::bindings
