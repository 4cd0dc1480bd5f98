#pragma once

#include <string>
#include <vector>

#include "bindings.hpp"
#include "natgrad/base/tiles.hpp"
#include "natgrad/families/operations.hpp"

namespace natgrad::bindings {

/// An argument on its way in: a NumPy array of float64 or float32 once `settle` has run.
struct Operand {
  const char* name;
  Shape core;  // the trailing axes that one row takes
  py::object given;
  bool integers_adopt = false;  // integers take the other operands' number type (observations)

  py::array array;
  Shape batch;
};

/// The arguments of one call: their common number type and batch shape.
class Operands {
 public:
  /// `where` is the operation's name in messages, e.g. "Gamma.mean_from_natural".
  Operands(std::string where, std::vector<Operand> operands);

  bool single_precision() const { return single_; }
  const Shape& batch() const { return batch_; }
  Index rows() const { return rows_; }

  /// Operand i as rows of S; without a copy where its layout allows one.
  template <class S>
  Rows<const S> rows(std::size_t i);

 private:
  void choose_type();
  void find_batch();

  std::string where_;
  std::vector<Operand> operands_;
  bool single_ = false;
  Shape batch_;
  Index rows_ = 1;
};

/// A new array of S with the batch's axes and then `core`; and its rows.
template <class S>
py::array_t<S> new_array(const Shape& batch, const Shape& core) {
  std::vector<py::ssize_t> shape(batch.begin(), batch.end());
  shape.insert(shape.end(), core.begin(), core.end());
  return py::array_t<S>(shape);
}
template <class S>
Rows<S> rows_of(py::array_t<S>& array, const Shape& core) {
  const Index width = product(core);
  return {array.mutable_data(), width, width, 1};
}

/// A 0-d array becomes a NumPy scalar, as a NumPy function would return it.
inline py::object unwrap(const py::array& array) {
  if (array.ndim() > 0) return array;
  return array[py::tuple()];
}

}  // namespace natgrad::bindings
