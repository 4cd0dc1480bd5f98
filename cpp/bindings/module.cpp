#include "bindings.hpp"

PYBIND11_MODULE(NATGRAD_MODULE, module, pybind11::mod_gil_not_used()) {
  module.doc() = "The compiled core of natgrad_native for one instruction set.";
  natgrad::bindings::bind_scipy_blas();
  natgrad::bindings::bind_system(module);
  natgrad::bindings::bind_families(module);
  natgrad::bindings::bind_updates(module);
  natgrad::bindings::bind_models(module);
}
