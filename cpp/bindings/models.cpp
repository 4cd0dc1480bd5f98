#include <optional>

#include "bindings.hpp"
#include "natgrad/models/glm.hpp"
#include "natgrad/registry.hpp"

namespace natgrad::bindings {
namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

void require_length(const char* name, const Array& array, Index length) {
  if (array.ndim() != 1 || array.shape(0) != length) {
    throw py::value_error(std::string("glm_pass: ") + name + " must have shape (" + std::to_string(length) + ",)");
  }
}

py::tuple pass(const std::string& name, const std::vector<double>& parameters, const py::array_t<double>& x,
               const Array& y, const std::optional<Array>& weight, bool intercept, const Array& mean,
               const Array& root) {
  const LikelihoodEntry& likelihood = named(likelihoods(), "likelihood", name);
  if (parameters.size() != likelihood.parameters.size()) {
    throw py::value_error("glm_pass: " + name + " takes " + std::to_string(likelihood.parameters.size()) +
                          " parameters");
  }
  if (x.ndim() != 2) throw py::value_error("glm_pass: X must have shape (rows, columns)");
  constexpr auto number = static_cast<py::ssize_t>(sizeof(double));
  if (x.strides(0) % number != 0 || x.strides(1) % number != 0) {
    throw py::value_error("glm_pass: the strides of X must be multiples of its item size");
  }
  GlmData data;
  data.rows = x.shape(0);
  data.columns = x.shape(1);
  data.x = x.data();
  data.row_stride = x.strides(0) / number;
  data.column_stride = x.strides(1) / number;
  data.intercept = intercept;
  const Index dimension = data.dimension();
  require_length("y", y, data.rows);
  require_length("mean", mean, dimension);
  if (weight) require_length("weight", *weight, data.rows);
  if (root.ndim() != 2 || root.shape(0) != dimension || root.shape(1) != dimension) {
    throw py::value_error("glm_pass: root must have shape (D, D)");
  }
  data.y = y.data();
  data.weight = weight ? weight->data() : nullptr;

  GlmSums sums;
  {
    const py::gil_scoped_release release;
    sums = glm_pass(likelihood, parameters.data(), data, mean.data(), root.data(), python_poll());
  }
  if (sums.interrupted) throw py::error_already_set();
  return py::make_tuple(sums.value, py::array_t<double>(dimension, sums.gradient.data()),
                        py::array_t<double>({dimension, dimension}, sums.gram.data()));
}

}  // namespace

void bind_models(py::module_& module) {
  module.def("glm_pass", &pass, py::arg("likelihood"), py::arg("parameters"), py::arg("X").noconvert(), py::arg("y"),
             py::arg("weight"), py::arg("intercept"), py::arg("mean"), py::arg("root"));
  module.def("likelihood_parameters",
             [](const std::string& name) { return py::cast(named(likelihoods(), "likelihood", name).parameters); });
}

}  // namespace natgrad::bindings
