#include "bindings.hpp"
#include "natgrad/base/blas.hpp"

namespace natgrad::bindings {
namespace {

// A routine out of the capsules that SciPy's Cython modules export.
template <class Function>
void take(Function& slot, const py::dict& exported, const char* name) {
  if (!exported.contains(name)) return;
  PyObject* capsule = py::object(exported[name]).ptr();
  void* pointer = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
  if (pointer == nullptr) throw py::error_already_set();
  slot = reinterpret_cast<Function>(pointer);
}

void use_scipy(const py::dict& blas_exported, const py::dict& lapack_exported) {
  take(blas<double>().potrf, lapack_exported, "dpotrf");
  take(blas<double>().potri, lapack_exported, "dpotri");
  take(blas<double>().symm, blas_exported, "dsymm");
  take(blas<double>().trsm, blas_exported, "dtrsm");
  take(blas<float>().potrf, lapack_exported, "spotrf");
  take(blas<float>().potri, lapack_exported, "spotri");
  take(blas<float>().symm, blas_exported, "ssymm");
  take(blas<float>().trsm, blas_exported, "strsm");
}

}  // namespace

void bind_system(py::module_& module) {
  module.attr("isa") = NATGRAD_ISA_NAME;
#if defined(_OPENMP)
  module.attr("openmp") = true;
#else
  module.attr("openmp") = false;
#endif
  module.def("get_num_threads", &get_num_threads);
  module.def("set_num_threads", &set_num_threads, py::arg("count"));
  module.def("use_scipy", &use_scipy, py::arg("blas"), py::arg("lapack"));
}

}  // namespace natgrad::bindings
