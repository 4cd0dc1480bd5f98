#include "natgrad/updates/update.hpp"

#include <algorithm>

#include "bindings.hpp"
#include "family_handle.hpp"
#include "natgrad/registry.hpp"
#include "operands.hpp"

namespace natgrad::bindings {
namespace {

template <class S>
py::object move(const Update& update, const Family& family, Operands& operands, OutOfDomain policy) {
  UpdateBatch<S> batch;
  batch.rows = operands.rows();
  batch.theta = operands.rows<S>(0);
  batch.gradient = operands.rows<S>(1);
  batch.step_size = operands.rows<S>(2);
  const Shape point{family.size};
  py::array_t<S> moved = new_array<S>(operands.batch(), point);
  py::array_t<S> used = new_array<S>(operands.batch(), {});
  batch.moved = rows_of(moved, point);
  batch.step_used = rows_of(used, {});
  Outcome outcome;
  {
    const py::gil_scoped_release release;
    outcome = run(update, family, batch, policy, python_poll());
  }
  if (outcome.interrupted) throw py::error_already_set();
  if (outcome.failed()) {
    raise_domain_error(family.name + "." + update.name + ": " + violation_text(update, family, batch, outcome));
  }
  return py::make_tuple(moved, unwrap(used));
}

}  // namespace

void bind_updates(py::module_& module) {
  module.def(
      "update",
      [](const std::string& rule, const FamilyHandle& handle, const py::object& theta, const py::object& gradient,
         const py::object& step_size, bool shrink) {
        const Update& update = named(updates(), "update rule", rule);
        const Family& family = *handle.family;
        Operands operands(family.name + "." + rule, {{"theta", {family.size}, theta, false, {}, {}},
                                                     {"gradient", {family.size}, gradient, false, {}, {}},
                                                     {"step_size", {}, step_size, false, {}, {}}});
        const OutOfDomain policy = shrink ? OutOfDomain::shrink : OutOfDomain::raise;
        return operands.single_precision() ? move<float>(update, family, operands, policy)
                                           : move<double>(update, family, operands, policy);
      },
      py::arg("rule"), py::arg("family"), py::arg("theta"), py::arg("gradient"), py::arg("step_size"),
      py::arg("shrink"));
  module.def("update_traits", [](const std::string& rule) {
    const Update& update = named(updates(), "update rule", rule);
    return py::make_tuple(update.gradient_in_mean ? "mean" : "natural", update.unit_step);
  });
}

}  // namespace natgrad::bindings
