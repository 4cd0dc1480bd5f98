#include "bindings.hpp"

namespace natgrad::bindings {
void bind_system(py::module_& module) {
  module.attr("isa") = NATGRAD_ISA_NAME;
#if defined(_OPENMP)
  module.attr("openmp") = true;
#else
  module.attr("openmp") = false;
#endif
  module.def("get_num_threads", &get_num_threads);
  module.def("set_num_threads", &set_num_threads, py::arg("count"));
}

}  // namespace natgrad::bindings
