#include <algorithm>
#include <cstdio>
#include <optional>

#include "bindings.hpp"
#include "family_handle.hpp"
#include "natgrad/families/batch.hpp"
#include "natgrad/registry.hpp"
#include "operands.hpp"

namespace natgrad::bindings {

void raise_domain_error(const std::string& message) {
  const py::object type = py::module_::import("natgrad_native.errors").attr("DomainError");
  PyErr_SetString(type.ptr(), message.c_str());
  throw py::error_already_set();
}

namespace {

template <class S>
py::object call(const std::string& where, const Family& family, Operation operation, Operands& operands,
                std::size_t count, bool with_info) {
  const OperationInfo& what = info(operation);
  Batch<S> batch;
  batch.rows = operands.rows();
  for (std::size_t i = 0; i < count; ++i) batch.in[i] = operands.rows<S>(i);

  std::vector<Shape> cores;
  if (what.out == Kind::standard) {
    for (const Field& field : family.standard) cores.push_back(field.shape);
  } else {
    cores.push_back(family.core_shape(what.out));
  }
  std::vector<py::array_t<S>> results;
  results.reserve(cores.size());
  for (std::size_t i = 0; i < cores.size(); ++i) {
    results.push_back(new_array<S>(operands.batch(), cores[i]));
    batch.out[i] = rows_of(results.back(), cores[i]);
  }
  std::optional<py::array_t<std::uint8_t>> status;
  std::optional<py::array_t<S>> iterations;
  if (with_info) {
    status = new_array<std::uint8_t>(operands.batch(), {});
    iterations = new_array<S>(operands.batch(), {});
    batch.status = reinterpret_cast<Status*>(status->mutable_data());
    batch.iterations = iterations->mutable_data();
  }

  Outcome outcome;
  {
    const py::gil_scoped_release release;
    outcome = run(family, operation, batch, python_poll());
  }
  if (outcome.interrupted) throw py::error_already_set();
  if (outcome.failed() && !with_info) {
    raise_domain_error(where + ": " + violation_text(family, operation, batch, outcome));
  }

  if (what.out == Kind::standard) {
    py::dict fields;
    for (std::size_t i = 0; i < cores.size(); ++i) fields[family.standard[i].name.c_str()] = unwrap(results[i]);
    return fields;
  }
  if (what.out == Kind::mask) {
    py::array_t<bool> mask = new_array<bool>(operands.batch(), {});
    std::transform(results[0].data(), results[0].data() + batch.rows, mask.mutable_data(),
                   [](S inside) { return inside != S(0); });
    return unwrap(mask);
  }
  if (with_info) return py::make_tuple(results[0], *status, *iterations);
  return unwrap(results[0]);
}

std::vector<Operand> named_operands(const FamilyHandle& handle, Operation operation, const py::args& args) {
  const OperationInfo& what = info(operation);
  std::vector<Operand> operands;
  const Family& family = *handle.family;
  if (what.in[0] == Kind::standard) {
    for (std::size_t i = 0; i < family.standard.size(); ++i) {
      operands.push_back({family.standard[i].name.c_str(),
                          family.standard[i].shape,
                          py::reinterpret_borrow<py::object>(args[i]),
                          false,
                          {},
                          {}});
    }
    return operands;
  }
  for (std::size_t i = 0; i < max_operands && what.in[i] != Kind::none; ++i) {
    const bool observation = what.in[i] == Kind::observation || what.in[i] == Kind::anywhere;
    operands.push_back({what.argument[i],
                        family.core_shape(what.in[i]),
                        py::reinterpret_borrow<py::object>(args[i]),
                        observation,
                        {},
                        {}});
  }
  return operands;
}

constexpr Index largest_fisher_bytes = Index{4} << 30;

/// The public name of an operation and of its first argument, where they are not the table's own.
struct Alias {
  std::string operation;
  std::string argument;
};

py::object apply(const FamilyHandle& handle, const std::string& name, const py::args& args, bool with_info,
                 const Alias& alias = {}) {
  const auto entry = std::find_if(operation_table.begin(), operation_table.end(),
                                  [&](const OperationInfo& what) { return name == what.name; });
  if (entry == operation_table.end()) throw py::value_error("no operation is called " + name);
  const auto operation = static_cast<Operation>(entry - operation_table.begin());
  const Family& family = *handle.family;
  std::vector<Operand> named = named_operands(handle, operation, args);
  const std::size_t count = named.size();
  const std::string where = family.name + "." + (alias.operation.empty() ? name : alias.operation);
  if (args.size() != count) throw py::type_error(where + " takes " + std::to_string(count) + " arrays");
  if (!alias.argument.empty()) named[0].name = alias.argument.c_str();
  Operands operands(where, std::move(named));
  if (operation == Operation::fisher) {
    const double bytes = static_cast<double>(operands.rows()) * static_cast<double>(family.size) *
                         static_cast<double>(family.size) * (operands.single_precision() ? 4.0 : 8.0);
    if (bytes > static_cast<double>(largest_fisher_bytes)) {
      char text[128];
      std::snprintf(text, sizeof text,
                    ": the answer would take %.3g GiB, more than 4 GiB; use fisher_multiply or fisher_solve",
                    bytes / (1 << 30));
      throw py::value_error(where + text);
    }
  }
  return operands.single_precision() ? call<float>(where, family, operation, operands, count, with_info)
                                     : call<double>(where, family, operation, operands, count, with_info);
}

using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// Hyperparameters: numbers in an array, or a list of families.
FamilyHandle make(const std::string& name, const py::list& values) {
  std::vector<Argument> arguments;
  for (const py::handle& value : values) {
    Argument argument;
    if (py::isinstance<py::list>(value)) {
      for (const py::handle& part : value) argument.families.push_back(part.cast<const FamilyHandle&>().family);
    } else {
      const auto numbers = value.cast<Numbers>();
      argument.values.assign(numbers.data(), numbers.data() + numbers.size());
      argument.shape.assign(numbers.shape(), numbers.shape() + numbers.ndim());
    }
    arguments.push_back(std::move(argument));
  }
  return {make_family(named(families(), "family", name), std::span<const Argument>(arguments))};
}

template <class Entries>
py::list names_of(const Entries& entries) {
  py::list names;
  for (const auto& entry : entries) names.append(entry.name);
  return names;
}

}  // namespace

void bind_families(py::module_& module) {
  module.def("registry", [] {
    py::dict names;
    names["family"] = names_of(families());
    names["update"] = names_of(updates());
    names["likelihood"] = names_of(likelihoods());
    return names;
  });
  module.def("operations", [] { return names_of(operation_table); });
  module.def("parameters", [](const std::string& family) {
    py::list names;
    for (const Parameter& parameter : named(families(), "family", family).parameters) names.append(parameter.name);
    return names;
  });
  py::class_<FamilyHandle>(module, "Family")
      .def(py::init(&make), py::arg("name"), py::arg("parameters"))
      .def_property_readonly("size", [](const FamilyHandle& self) { return self.family->size; })
      .def_property_readonly("names",
                             [](const FamilyHandle& self) { return py::tuple(py::cast(self.family->names())); })
      .def_property_readonly("event_shape",
                             [](const FamilyHandle& self) { return py::tuple(py::cast(self.family->event_shape)); })
      .def_property_readonly("standard_shapes",
                             [](const FamilyHandle& self) {
                               py::dict shapes;
                               for (const Field& field : self.family->standard) {
                                 shapes[field.name.c_str()] = py::tuple(py::cast(field.shape));
                               }
                               return shapes;
                             })
      .def("apply", [](const FamilyHandle& self, const std::string& name,
                       const py::args& args) { return apply(self, name, args, false); })
      .def("apply_as",
           [](const FamilyHandle& self, const std::string& called, const std::string& argument, const std::string& name,
              const py::args& args) { return apply(self, name, args, false, {called, argument}); })
      .def("apply_with_info", [](const FamilyHandle& self, const std::string& name, const py::args& args) {
        return apply(self, name, args, true);
      });
}

}  // namespace natgrad::bindings
