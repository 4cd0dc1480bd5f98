#include "natgrad/base/dense.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "natgrad/base/blas.hpp"

namespace natgrad {

template <class S>
Blas<S>& blas() {
  static Blas<S> table;
  return table;
}
template Blas<double>& blas();
template Blas<float>& blas();

namespace dense {
namespace {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;

// Below this the call of a BLAS costs more than it saves.
constexpr Index smallest_for_blas = 64;

template <class S>
Matrix<S> unpack_lower(Index n, const S* packed) {
  Matrix<S> full(n, n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) full(i, j) = *packed++;
  }
  return full;
}

template <class S>
Matrix<S> unpack_factor(Index n, const S* packed) {
  Matrix<S> full = unpack_lower(n, packed);
  full.diagonal() = full.diagonal().cwiseInverse();
  return full;
}

template <class S>
Matrix<S> unpack_symmetric(Index n, const S* packed) {
  Matrix<S> full = unpack_lower(n, packed);
  full.template triangularView<Eigen::StrictlyUpper>() = full.transpose();
  return full;
}

template <class S>
void pack_lower(const Matrix<S>& full, S* packed) {
  for (Index i = 0; i < full.rows(); ++i) {
    for (Index j = 0; j <= i; ++j) *packed++ = full(i, j);
  }
}

template <class S>
bool factorise(Matrix<S>& a) {
  if (blas<S>().potrf != nullptr && a.rows() >= smallest_for_blas) {
    char uplo = 'L';
    int n = static_cast<int>(a.rows());
    int failed = 0;
    blas<S>().potrf(&uplo, &n, a.data(), &n, &failed);
    return failed == 0;
  }
  return Eigen::internal::llt_inplace<S, Eigen::Lower>::blocked(a) < 0;
}

// c <- a b with a symmetric, its lower triangle given.
template <class S>
Matrix<S> symmetric_times(const Matrix<S>& a, const Matrix<S>& b) {
  Matrix<S> c(a.rows(), b.cols());
  if (blas<S>().symm != nullptr && a.rows() >= smallest_for_blas) {
    char side = 'L';
    char uplo = 'L';
    int m = static_cast<int>(b.rows());
    int n = static_cast<int>(b.cols());
    S one = 1;
    S zero = 0;
    blas<S>().symm(&side, &uplo, &m, &n, &one, const_cast<S*>(a.data()), &m, const_cast<S*>(b.data()), &m, &zero,
                   c.data(), &m);
  } else {
    c.noalias() = a.template selfadjointView<Eigen::Lower>() * b;
  }
  return c;
}

template <class S>
void lower_solve_in_place(const Matrix<S>& l, Matrix<S>& b) {
  if (blas<S>().trsm != nullptr && l.rows() >= smallest_for_blas) {
    char side = 'L';
    char uplo = 'L';
    char trans = 'N';
    char diag = 'N';
    int m = static_cast<int>(b.rows());
    int n = static_cast<int>(b.cols());
    S one = 1;
    blas<S>().trsm(&side, &uplo, &trans, &diag, &m, &n, &one, const_cast<S*>(l.data()), &m, b.data(), &m);
  } else {
    l.template triangularView<Eigen::Lower>().solveInPlace(b);
  }
}

}  // namespace

template <class S>
S cholesky(Index n, S* a) {
  Matrix<S> full = unpack_lower(n, a);
  const bool positive = factorise(full) && (full.diagonal().array() > S(0)).all();  // not so where it is NaN
  if (!positive) {
    // The pivot to report: the first that is not positive.
    full = unpack_lower(n, a);
    for (Index j = 0; j < n; ++j) {
      const S pivot = full(j, j) - full.row(j).head(j).squaredNorm();
      if (!(pivot > 0)) return std::isnan(pivot) ? S(-1) : pivot;
      full(j, j) = std::sqrt(pivot);
      for (Index i = j + 1; i < n; ++i) {
        full(i, j) = (full(i, j) - full.row(i).head(j).dot(full.row(j).head(j))) / full(j, j);
      }
    }
  }
  const S smallest = full.diagonal().minCoeff();
  full.diagonal() = full.diagonal().cwiseInverse();
  pack_lower(full, a);
  return smallest * smallest;
}

template <class S>
void inverse(Index n, const S* l, S* out) {
  Matrix<S> full = unpack_factor(n, l);
  if (blas<S>().potri != nullptr && n >= smallest_for_blas) {
    char uplo = 'L';
    int order = static_cast<int>(n);
    int failed = 0;
    blas<S>().potri(&uplo, &order, full.data(), &order, &failed);
    pack_lower(full, out);
    return;
  }
  Matrix<S> half = Matrix<S>::Identity(n, n);
  full.template triangularView<Eigen::Lower>().solveInPlace(half);
  Matrix<S> result(n, n);
  result.noalias() = half.transpose() * half;
  pack_lower(result, out);
}

template <class S>
void sandwich(Index n, const S* a, const S* b, S* out) {
  const Matrix<S> left = unpack_lower(n, a);
  const Matrix<S> ba = symmetric_times<S>(unpack_lower(n, b), unpack_symmetric(n, a));
  pack_lower(symmetric_times<S>(left, ba), out);
}

template <class S>
void whiten(Index n, const S* l, const S* b, S* out) {
  const Matrix<S> factor = unpack_factor(n, l);
  Matrix<S> half = unpack_symmetric(n, b);
  lower_solve_in_place(factor, half);
  Matrix<S> whole = half.transpose();
  lower_solve_in_place(factor, whole);
  pack_lower(whole, out);
}

template <class S>
S smallest_eigenvalue(Index n, const S* a) {
  // In double for either type: one instantiation of a header that is slow to compile.
  const Matrix<double> full = unpack_symmetric(n, a).template cast<double>();
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(full, Eigen::EigenvaluesOnly);
  return static_cast<S>(solver.eigenvalues()(0));
}

template double cholesky(Index, double*);
template float cholesky(Index, float*);
template void inverse(Index, const double*, double*);
template void inverse(Index, const float*, float*);
template void sandwich(Index, const double*, const double*, double*);
template void sandwich(Index, const float*, const float*, float*);
template void whiten(Index, const double*, const double*, double*);
template void whiten(Index, const float*, const float*, float*);
template double smallest_eigenvalue(Index, const double*);
template float smallest_eigenvalue(Index, const float*);

}  // namespace dense
}  // namespace natgrad
