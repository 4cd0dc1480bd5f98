#pragma once

#include <array>
#include <string>
#include <vector>

#include "natgrad/base/status.hpp"

namespace natgrad {

/// What an operand or result of an operation holds: this decides its core shape and its domain.
enum class Kind {
  none,
  natural,      // a point in natural parameters; (size,)
  mean,         // a point in mean parameters; (size,)
  centred,      // a point in centred mean parameters; (size,)
  vector,       // a direction, gradient or tangent; (size,)
  scalar,       // one number a row; ()
  damping,      // one number a row, >= 0; ()
  observation,  // an observation in the support; event_shape
  anywhere,     // an observation, perhaps outside the support; event_shape
  matrix,       // (size, size)
  standard,     // the family's standard parameters, each an operand of its own
  mask,         // a boolean a row; ()
};

/// The operations of a family. Each is one entry of `operation_table`, and has one kernel a family and number type.
enum class Operation {
  mean_from_natural,
  natural_from_mean,
  centred_mean_from_natural,
  natural_from_centred_mean,
  log_partition,
  dual_log_partition,
  entropy,
  cross_entropy,
  kl_divergence,
  fisher,
  fisher_multiply,
  fisher_solve,
  fisher_log_determinant,
  sufficient_statistics,
  log_base_measure,
  log_density,
  in_natural_domain,
  in_mean_domain,
  step_to_boundary,
  mean_step_to_boundary,
  natural_from_standard,
  standard_from_natural,
};
inline constexpr std::size_t operation_count = 22;

/// No operation has more operands or results; a family's standard parameters are each one.
inline constexpr std::size_t max_operands = 4;

struct OperationInfo {
  const char* name;
  std::array<Kind, max_operands> in;
  std::array<const char*, max_operands> argument;
  Kind out;
};

inline constexpr std::array<OperationInfo, operation_count> operation_table{{
    {"mean_from_natural", {Kind::natural}, {"theta"}, Kind::vector},
    {"natural_from_mean", {Kind::mean}, {"mu"}, Kind::vector},
    {"centred_mean_from_natural", {Kind::natural}, {"theta"}, Kind::vector},
    {"natural_from_centred_mean", {Kind::centred}, {"c"}, Kind::vector},
    {"log_partition", {Kind::natural}, {"theta"}, Kind::scalar},
    {"dual_log_partition", {Kind::mean}, {"mu"}, Kind::scalar},
    {"entropy", {Kind::natural}, {"theta"}, Kind::scalar},
    {"cross_entropy", {Kind::natural, Kind::natural}, {"theta_p", "theta_q"}, Kind::scalar},
    {"kl_divergence", {Kind::natural, Kind::natural}, {"theta_p", "theta_q"}, Kind::scalar},
    {"fisher", {Kind::natural}, {"theta"}, Kind::matrix},
    {"fisher_multiply", {Kind::natural, Kind::vector}, {"theta", "v"}, Kind::vector},
    {"fisher_solve", {Kind::natural, Kind::vector, Kind::damping}, {"theta", "v", "damping"}, Kind::vector},
    {"fisher_log_determinant", {Kind::natural}, {"theta"}, Kind::scalar},
    {"sufficient_statistics", {Kind::observation}, {"x"}, Kind::vector},
    {"log_base_measure", {Kind::anywhere}, {"x"}, Kind::scalar},
    {"log_density", {Kind::natural, Kind::anywhere}, {"theta", "x"}, Kind::scalar},
    {"in_natural_domain", {Kind::vector}, {"theta"}, Kind::mask},
    {"in_mean_domain", {Kind::vector}, {"mu"}, Kind::mask},
    {"step_to_boundary", {Kind::natural, Kind::vector}, {"theta", "direction"}, Kind::scalar},
    {"mean_step_to_boundary", {Kind::mean, Kind::vector}, {"mu", "direction"}, Kind::scalar},
    {"natural_from_standard", {Kind::standard}, {"standard"}, Kind::vector},
    {"standard_from_natural", {Kind::natural}, {"theta"}, Kind::standard},
}};

constexpr const OperationInfo& info(Operation operation) {
  return operation_table[static_cast<std::size_t>(operation)];
}

using Shape = std::vector<Index>;

inline Index product(const Shape& shape) {
  Index result = 1;
  for (const Index n : shape) result *= n;
  return result;
}

/// A standard parameter: its keyword and core shape.
struct Field {
  std::string name;
  Shape shape;
};

}  // namespace natgrad
