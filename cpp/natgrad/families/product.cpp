#include "natgrad/families/combination.hpp"

namespace natgrad {
namespace {

/// Unlike families, independent of each other: a point is their points one after the other, an observation the numbers
/// of their observations.
std::shared_ptr<const Family> make(std::span<const Argument> values) {
  std::vector<Part> parts;
  Index event_size = 0;
  for (const std::shared_ptr<const Family>& family : values[0].families) {
    parts.push_back({family});
    event_size += natgrad::product(family->event_shape);
  }
  return combined_family("Product", {{"families", values[0]}}, std::move(parts), {event_size}, {});
}

}  // namespace

FamilyEntry family_product() { return {"Product", {Parameter{.name = "families", .families = true}}, make}; }

}  // namespace natgrad
