#pragma once

#include <span>

#include "natgrad/families/family.hpp"
#include "natgrad/models/likelihood.hpp"
#include "natgrad/updates/update.hpp"

namespace natgrad {

/// What registry.def lists, in its order.
std::span<const FamilyEntry> families();
std::span<const Update> updates();
std::span<const LikelihoodEntry> likelihoods();

}  // namespace natgrad
