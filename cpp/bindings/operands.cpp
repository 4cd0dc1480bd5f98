#include "operands.hpp"

#include <algorithm>

namespace natgrad::bindings {
namespace {

std::string shape_text(const py::array& array) {
  std::string text = "(";
  for (py::ssize_t i = 0; i < array.ndim(); ++i) text += (i > 0 ? ", " : "") + std::to_string(array.shape(i));
  return text + (array.ndim() == 1 ? ",)" : ")");
}

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

bool is_python_number(const py::object& value) { return PyFloat_CheckExact(value.ptr()) || PyLong_Check(value.ptr()); }

py::array to_array(const std::string& where, const Operand& operand) {
  if (py::isinstance<py::array>(operand.given)) return py::reinterpret_borrow<py::array>(operand.given);
  PyObject* made = py::detail::npy_api::get().PyArray_FromAny_(operand.given.ptr(), nullptr, 0, 0, 0, nullptr);
  if (made == nullptr) {
    PyErr_Clear();
    throw py::value_error(where + ": " + operand.name + " is not an array of numbers with one shape");
  }
  return py::reinterpret_steal<py::array>(made);
}

// The strides of axes [first, last) as one stride over their elements in C order, in elements; false where they do not
// run together.
bool collapse(const py::array& array, py::ssize_t first, py::ssize_t last, Index& stride) {
  stride = 0;
  Index expected = 0;
  bool any = false;
  for (py::ssize_t axis = last; axis-- > first;) {
    if (array.shape(axis) == 1) continue;
    const Index here = array.strides(axis);
    if (any && here != expected) return false;
    if (!any) stride = here;
    any = true;
    expected = here * array.shape(axis);
  }
  if (stride % array.itemsize() != 0) return false;
  stride /= array.itemsize();
  return true;
}

}  // namespace

Operands::Operands(std::string where, std::vector<Operand> operands)
    : where_(std::move(where)), operands_(std::move(operands)) {
  choose_type();
  find_batch();
}

void Operands::choose_type() {
  bool any_double = false;
  bool any_single = false;
  for (Operand& operand : operands_) {
    const bool weak = is_python_number(operand.given);
    // Integer observations are counts or labels: as an array they take the other operands' type.
    const bool adopts = weak || (operand.integers_adopt && py::hasattr(operand.given, "dtype"));
    operand.array = to_array(where_, operand);
    const char kind = operand.array.dtype().kind();
    const py::ssize_t size = operand.array.itemsize();
    if (kind == 'f' && size == 4) {
      any_single = true;
    } else if (kind == 'f' && size == 8) {
      any_double = any_double || !weak;
    } else if (kind == 'i' || kind == 'u' || kind == 'b') {
      any_double = any_double || !adopts;
    } else {
      throw py::type_error(where_ + ": " + operand.name + " has dtype " + std::string(py::str(operand.array.dtype())) +
                           "; float64, float32 or integers are needed");
    }
  }
  single_ = any_single && !any_double;
  const int wanted = single_ ? py::detail::npy_api::NPY_FLOAT_ : py::detail::npy_api::NPY_DOUBLE_;
  for (Operand& operand : operands_) {
    if (operand.array.dtype().num() == wanted && operand.array.dtype().byteorder() != '>') continue;
    operand.array = single_ ? py::array(py::array_t<float, py::array::forcecast>(operand.array))
                            : py::array(py::array_t<double, py::array::forcecast>(operand.array));
  }
}

void Operands::find_batch() {
  for (Operand& operand : operands_) {
    const auto core_axes = static_cast<py::ssize_t>(operand.core.size());
    const py::ssize_t batch_axes = operand.array.ndim() - core_axes;
    bool fits = batch_axes >= 0;
    for (py::ssize_t axis = 0; fits && axis < core_axes; ++axis) {
      fits = operand.array.shape(batch_axes + axis) == operand.core[static_cast<std::size_t>(axis)];
    }
    if (!fits) {
      const std::string wanted = core_axes == 1 ? "its last axis must be " + std::to_string(operand.core[0])
                                                : "its last axes must be " + shape_text(operand.core);
      throw py::value_error(where_ + ": " + operand.name + " has shape " + shape_text(operand.array) + ", " + wanted);
    }
    operand.batch.assign(operand.array.shape(), operand.array.shape() + batch_axes);
    if (operand.batch.size() > batch_.size()) batch_.insert(batch_.begin(), operand.batch.size() - batch_.size(), 1);
  }
  for (const Operand& operand : operands_) {
    const std::size_t offset = batch_.size() - operand.batch.size();
    for (std::size_t axis = 0; axis < operand.batch.size(); ++axis) {
      Index& common = batch_[offset + axis];
      const Index here = operand.batch[axis];
      if (here == common || here == 1) continue;
      if (common != 1) {
        std::string shapes;
        for (const Operand& other : operands_) {
          shapes += (shapes.empty() ? "" : ", ") + std::string(other.name) + " " + shape_text(other.batch);
        }
        throw py::value_error(where_ + ": the batch axes do not broadcast: " + shapes);
      }
      common = here;
    }
  }
  rows_ = product(batch_);
}

template <class S>
Rows<const S> Operands::rows(std::size_t i) {
  Operand& operand = operands_[i];
  const auto core_axes = static_cast<py::ssize_t>(operand.core.size());
  for (int attempt = 0;; ++attempt) {
    py::array& array = operand.array;
    const py::ssize_t batch_axes = array.ndim() - core_axes;
    Rows<const S> rows;
    rows.width = product(operand.core);
    const bool aligned = reinterpret_cast<std::uintptr_t>(array.data()) % sizeof(S) == 0;
    bool direct = aligned && collapse(array, batch_axes, array.ndim(), rows.column_stride);
    if (rows.column_stride == 0) rows.column_stride = 1;
    if (product(operand.batch) == 1) {
      rows.row_stride = 0;
    } else {
      const bool whole = std::equal(operand.batch.begin(), operand.batch.end(), batch_.begin(), batch_.end());
      direct = direct && whole && collapse(array, 0, batch_axes, rows.row_stride);
    }
    if (direct || attempt > 0) {
      rows.data = static_cast<const S*>(array.data());
      return rows;
    }
    // A layout the tiles do not read: broadcast it to the batch and make it contiguous, once.
    py::tuple shape(batch_.size() + operand.core.size());
    for (std::size_t axis = 0; axis < batch_.size(); ++axis) shape[axis] = batch_[axis];
    for (std::size_t axis = 0; axis < operand.core.size(); ++axis) shape[batch_.size() + axis] = operand.core[axis];
    const py::module_ numpy = py::module_::import("numpy");
    array = py::array(numpy.attr("array")(numpy.attr("broadcast_to")(array, shape), py::arg("order") = "C"));
    operand.batch = batch_;
  }
}

template Rows<const double> Operands::rows<double>(std::size_t);
template Rows<const float> Operands::rows<float>(std::size_t);

}  // namespace natgrad::bindings
