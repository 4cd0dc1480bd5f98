#include "bindings.hpp"
#include "natgrad/base/blas.hpp"

namespace natgrad {
namespace {

// A routine out of the capsules that SciPy's Cython modules export.
template <class Function>
void take(Function& slot, const char* module, const std::string& name) {
  const pybind11::dict exported = pybind11::module_::import(module).attr("__pyx_capi__");
  PyObject* capsule = pybind11::object(exported[name.c_str()]).ptr();
  void* pointer = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
  if (pointer == nullptr) throw pybind11::error_already_set();
  slot = reinterpret_cast<Function>(pointer);
}

template <class S>
Blas<S> scipy_blas() {
  const std::string letter = sizeof(S) == sizeof(double) ? "d" : "s";
  Blas<S> table{};
  take(table.potrf, "scipy.linalg.cython_lapack", letter + "potrf");
  take(table.potri, "scipy.linalg.cython_lapack", letter + "potri");
  take(table.symm, "scipy.linalg.cython_blas", letter + "symm");
  take(table.syevd, "scipy.linalg.cython_lapack", letter + "syevd");
  take(table.trsm, "scipy.linalg.cython_blas", letter + "trsm");
  return table;
}

}  // namespace

template <class S>
const Blas<S>& blas() {
  static const Blas<S> table = scipy_blas<S>();
  return table;
}
template const Blas<double>& blas();
template const Blas<float>& blas();

void bindings::bind_scipy_blas() {
  // Now, while Python's lock is held: the core asks without it.
  blas<double>();
  blas<float>();
}

}  // namespace natgrad
