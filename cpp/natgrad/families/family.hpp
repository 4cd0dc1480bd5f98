#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "natgrad/families/operations.hpp"

namespace natgrad {

/// A few rows on their way through a kernel. Rows stand `lanes` at a time: coordinate j of the rows of group g is the
/// register at in[i] + (g * in_width[i] + j) * lanes. With one lane this is the plain row-major layout.
template <class S>
struct Tile {
  Index groups = 0;
  std::array<const S*, max_operands> in{};
  std::array<Index, max_operands> in_width{};
  std::array<S*, max_operands> out{};
  std::array<Index, max_operands> out_width{};
  Status* status = nullptr;  // one a row; a kernel writes only what is not a success
  S* iterations = nullptr;   // one a row, or null
  /// Where the operands of the next tile stand in memory, or null: asked for while this tile is computed.
  std::array<const S*, max_operands> ahead{};
};

/// Computes a tile; false where it has left a status.
template <class S>
using Kernel = bool (*)(const void* family, const Tile<S>& tile);

/// What a row that failed is told: `operand`, where the text is about an operand by name, and the text, which may hold
/// one %d for `coordinate`.
struct Violation {
  const char* text = nullptr;
  double value = 0;
  Index coordinate = -1;
  std::string operand = {};
};

/// The operations of one family for one number type.
template <class S>
struct Operations {
  Index lanes = 1;
  std::array<Kernel<S>, operation_count> kernels{};
  /// The first condition violated by one row: `operands` are that row's inputs, in order.
  Violation (*explain)(const void* family, Operation operation, std::span<const S* const> operands) = nullptr;
};

struct Family;

/// A family's hyperparameter: an integer >= minimum, a real number > minimum, an array of finite numbers with `axes`
/// axes, whose further conditions the family itself checks, or other families.
struct Parameter {
  const char* name;
  bool integer = false;
  double minimum = 0;
  std::size_t axes = 0;
  bool families = false;
};

/// The value of a hyperparameter: a number has no shape; families stand beside no numbers.
struct Argument {
  std::vector<double> values = {};
  Shape shape = {};
  std::vector<std::shared_ptr<const Family>> families = {};
};

/// A family with its types forgotten: fisher, updates, optimize, models and the bindings are written once over this.
struct Family {
  std::string name;
  std::vector<std::pair<std::string, Argument>> parameters;
  Index size = 0;
  Shape event_shape;
  std::vector<Field> standard;
  std::shared_ptr<const void> self;
  /// The name of natural coordinate j. Asked for one at a time: a family of 10^9 coordinates costs no more than one.
  std::string (*coordinate)(const void* family, Index j) = nullptr;
  Operations<double> f64;
  Operations<float> f32;

  template <class S>
  const Operations<S>& operations() const {
    if constexpr (std::is_same_v<S, double>) {
      return f64;
    } else {
      return f32;
    }
  }
  template <class S>
  Kernel<S> kernel(Operation operation) const {
    return operations<S>().kernels[static_cast<std::size_t>(operation)];
  }
  Shape core_shape(Kind kind) const;
  std::vector<std::string> names() const;
};

/// A line of the registry: what a family is called, what it is made from, and how it is made.
struct FamilyEntry {
  std::string name;
  std::vector<Parameter> parameters;
  std::shared_ptr<const Family> (*make)(std::span<const Argument> values);
};

/// Throws std::invalid_argument where a value is not what its parameter allows, with the sentence for the user.
std::shared_ptr<const Family> make_family(const FamilyEntry& entry, std::span<const Argument> values);
/// The same for hyperparameters that are numbers.
std::shared_ptr<const Family> make_family(const FamilyEntry& entry, std::span<const double> values);

}  // namespace natgrad
