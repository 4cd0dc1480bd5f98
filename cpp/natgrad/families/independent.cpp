#include <stdexcept>

#include "natgrad/families/combination.hpp"

namespace natgrad {
namespace {

/// n independent copies of a family: a point is their points one after the other, an observation (n, *event_shape).
std::shared_ptr<const Family> make(std::span<const Argument> values) {
  if (values[0].families.size() != 1) throw std::invalid_argument("Independent: family must be one family");
  const std::shared_ptr<const Family>& family = values[0].families.front();
  const auto copies = static_cast<Index>(values[1].values.front());
  const auto with_copies = [&](const Shape& shape) {
    Shape result{copies};
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
  };
  std::vector<Field> standard;
  for (const Field& field : family->standard) standard.push_back({field.name, with_copies(field.shape)});
  return combined_family("Independent", {{"family", values[0]}, {"copies", values[1]}}, {{family, copies}},
                         with_copies(family->event_shape), std::move(standard));
}

}  // namespace

FamilyEntry family_independent() {
  return {"Independent", {Parameter{.name = "family", .families = true}, Parameter{"copies", true, 1}}, make};
}

}  // namespace natgrad
