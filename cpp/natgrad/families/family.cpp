#include "natgrad/families/family.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace natgrad {

Shape Family::core_shape(Kind kind) const {
  switch (kind) {
    case Kind::natural:
    case Kind::mean:
    case Kind::centred:
    case Kind::vector:
      return {size};
    case Kind::observation:
    case Kind::anywhere:
      return event_shape;
    case Kind::matrix:
      return {size, size};
    case Kind::none:
    case Kind::scalar:
    case Kind::damping:
    case Kind::standard:
    case Kind::mask:
      break;
  }
  return {};
}

std::vector<std::string> Family::names() const {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(size));
  for (Index j = 0; j < size; ++j) names.push_back(coordinate(self.get(), j));
  return names;
}

namespace {

[[noreturn]] void refuse(const FamilyEntry& entry, const Parameter& parameter, const std::string& text) {
  throw std::invalid_argument(entry.name + ": " + parameter.name + " must be " + text);
}

void check_number(const FamilyEntry& entry, const Parameter& parameter, double value) {
  const bool valid = parameter.integer ? value >= parameter.minimum && value == std::floor(value) && value < 1e15
                                       : value > parameter.minimum && std::isfinite(value);
  if (valid) return;
  char text[64];
  std::snprintf(text, sizeof text, parameter.integer ? "an integer >= %g, got %.6g" : "> %g, got %.6g",
                parameter.minimum, value);
  refuse(entry, parameter, text);
}

}  // namespace

std::shared_ptr<const Family> make_family(const FamilyEntry& entry, std::span<const Argument> values) {
  if (values.size() != entry.parameters.size()) {
    throw std::invalid_argument(entry.name + " takes " + std::to_string(entry.parameters.size()) + " parameters, got " +
                                std::to_string(values.size()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Parameter& parameter = entry.parameters[i];
    const Argument& argument = values[i];
    if (parameter.families != !argument.families.empty())
      refuse(entry, parameter, parameter.families ? "one family or more" : "numbers");
    if (parameter.families) continue;
    if (argument.shape.size() != parameter.axes || argument.values.empty()) {
      refuse(entry, parameter,
             "an array with " + std::to_string(parameter.axes) + " axes, got " + std::to_string(argument.shape.size()));
    }
    for (const double value : argument.values) {
      if (parameter.axes == 0) {
        check_number(entry, parameter, value);
      } else if (!std::isfinite(value)) {
        refuse(entry, parameter, "finite");
      }
    }
  }
  return entry.make(values);
}

std::shared_ptr<const Family> make_family(const FamilyEntry& entry, std::span<const double> values) {
  std::vector<Argument> arguments;
  for (const double value : values) arguments.push_back({{value}, {}});
  return make_family(entry, std::span<const Argument>(arguments));
}

}  // namespace natgrad
