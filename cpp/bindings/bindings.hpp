#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>

#include "natgrad/base/threads.hpp"

namespace natgrad::bindings {

namespace py = pybind11;

void bind_scipy_blas();
void bind_system(py::module_& module);
void bind_families(py::module_& module);
void bind_updates(py::module_& module);
void bind_models(py::module_& module);

/// The line of a registry's table that has this name.
template <class Table>
const auto& named(const Table& table, const char* what, const std::string& name) {
  for (const auto& entry : table) {
    if (entry.name == name) return entry;
  }
  throw py::value_error("no " + std::string(what) + " is called " + name);
}

/// Between chunks of a long pass: lets Python see its signals. True where an exception waits, such as Ctrl-C's.
inline bool python_asks_to_stop() {
  const py::gil_scoped_acquire gil;
  return PyErr_CheckSignals() != 0;
}
inline Poll python_poll() { return Poll{python_asks_to_stop}; }

/// Raises natgrad_native.DomainError, which is a Python class.
[[noreturn]] void raise_domain_error(const std::string& message);

}  // namespace natgrad::bindings
