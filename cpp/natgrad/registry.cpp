#include "natgrad/registry.hpp"

#include <array>

namespace natgrad {

#define FAMILY(name) FamilyEntry family_##name();
#define UPDATE(name)
#define LIKELIHOOD(name)
#include "natgrad/registry.def"
#undef FAMILY
#undef UPDATE
#define FAMILY(name)
#define UPDATE(name) Update update_##name();
#include "natgrad/registry.def"
#undef UPDATE
#undef LIKELIHOOD
#define UPDATE(name)
#define LIKELIHOOD(name) LikelihoodEntry likelihood_##name();
#include "natgrad/registry.def"
#undef FAMILY
#undef UPDATE
#undef LIKELIHOOD

std::span<const FamilyEntry> families() {
  static const std::array entries{
#define FAMILY(name) family_##name(),
#define UPDATE(name)
#define LIKELIHOOD(name)
#include "natgrad/registry.def"
#undef FAMILY
#undef UPDATE
#undef LIKELIHOOD
  };
  return entries;
}

std::span<const Update> updates() {
  static const std::array entries{
#define FAMILY(name)
#define UPDATE(name) update_##name(),
#define LIKELIHOOD(name)
#include "natgrad/registry.def"
#undef FAMILY
#undef UPDATE
#undef LIKELIHOOD
  };
  return entries;
}

std::span<const LikelihoodEntry> likelihoods() {
  static const std::array entries{
#define FAMILY(name)
#define UPDATE(name)
#define LIKELIHOOD(name) likelihood_##name(),
#include "natgrad/registry.def"
#undef FAMILY
#undef UPDATE
#undef LIKELIHOOD
  };
  return entries;
}

}  // namespace natgrad
