// The routines of blas.hpp by Eigen, for a core that stands alone.
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include "natgrad/base/blas.hpp"

namespace natgrad {
namespace {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using View = Eigen::Map<Matrix<S>>;

template <class S>
void potrf(char*, int* n, S* a, int*, int* info) {
  View<S> full(a, *n, *n);
  *info = static_cast<int>(Eigen::internal::llt_inplace<S, Eigen::Upper>::blocked(full)) + 1;
}

template <class S>
void potri(char*, int* n, S* a, int*, int* info) {
  View<S> full(a, *n, *n);
  Matrix<S> half = Matrix<S>::Identity(*n, *n);
  full.template triangularView<Eigen::Upper>().transpose().solveInPlace(half);
  full.noalias() = half.transpose() * half;
  *info = 0;
}

template <class S>
void symm(char*, char*, int* m, int* n, S* alpha, S* a, int*, S* b, int*, S* beta, S* c, int*) {
  View<S> result(c, *m, *n);
  result *= *beta;
  result.noalias() += *alpha * (View<S>(a, *m, *m).template selfadjointView<Eigen::Upper>() * View<S>(b, *m, *n));
}

template <class S>
void syevd(char* jobz, char*, int* n, S* a, int*, S* w, S*, int*, int*, int*, int* info) {
  // In double for either type: one instantiation of a header that is slow to compile.
  const Matrix<double> full = View<S>(a, *n, *n).transpose().template cast<double>();
  const bool vectors = *jobz == 'V';
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(
      full, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  if (vectors) View<S>(a, *n, *n) = solver.eigenvectors().template cast<S>();
  Eigen::Map<Eigen::Vector<S, Eigen::Dynamic>>(w, *n) = solver.eigenvalues().template cast<S>();
  *info = solver.info() == Eigen::Success ? 0 : 1;
}

template <class S>
void trsm(char*, char*, char*, char*, int* m, int* n, S* alpha, S* a, int*, S* b, int*) {
  View<S> right(b, *m, *n);
  right *= *alpha;
  View<S>(a, *m, *m).template triangularView<Eigen::Upper>().transpose().solveInPlace(right);
}

}  // namespace

template <class S>
const Blas<S>& blas() {
  static constexpr Blas<S> table{potrf<S>, potri<S>, symm<S>, syevd<S>, trsm<S>};
  return table;
}
template const Blas<double>& blas();
template const Blas<float>& blas();

}  // namespace natgrad
