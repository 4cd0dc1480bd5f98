#include "natgrad/base/dense.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "natgrad/base/blas.hpp"
#include "natgrad/base/pack.hpp"

namespace natgrad::dense {
namespace {

// (i, j) stands at i n + j: packed lower triangles are copied row by row, and the BLAS, which goes by columns, is told
// of the upper triangle of the transpose. A = L L^T is its A = U^T U, and L its U^T.
template <class S>
using Matrix = std::vector<S>;

char left[] = "L";
char upper[] = "U";
char no[] = "N";
char transposed[] = "T";

template <class S>
Matrix<S> unpack_lower(Index n, const S* packed) {
  Matrix<S> full(static_cast<std::size_t>(n * n));
  S* a = full.data();
  for (Index i = 0; i < n; packed += ++i) std::copy_n(packed, i + 1, a + i * n);
  return full;
}

template <class S>
Matrix<S> unpack_symmetric(Index n, const S* packed) {
  Matrix<S> full = unpack_lower(n, packed);
  S* a = full.data();
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < i; ++j) a[j * n + i] = a[i * n + j];
  }
  return full;
}

template <class S>
void invert_diagonal(Index n, S* a) {
  for (Index j = 0; j < n; ++j) a[j * n + j] = S(1) / a[j * n + j];
}

template <class S>
Matrix<S> unpack_factor(Index n, const S* packed) {
  Matrix<S> full = unpack_lower(n, packed);
  invert_diagonal(n, full.data());
  return full;
}

template <class S>
void pack_lower(Index n, const Matrix<S>& full, S* packed) {
  const S* a = full.data();
  for (Index i = 0; i < n; ++i) packed = std::copy_n(a + i * n, i + 1, packed);
}

template <class S>
void transpose(Index n, Matrix<S>& full) {
  S* a = full.data();
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < i; ++j) std::swap(a[i * n + j], a[j * n + i]);
  }
}

// a b with a symmetric, its lower triangle given.
template <class S>
Matrix<S> symmetric_times(Index n, Matrix<S> a, Matrix<S> b) {
  Matrix<S> c(a.size());
  int order = static_cast<int>(n);
  S one = 1;
  S zero = 0;
  blas<S>().symm(left, upper, &order, &order, &one, a.data(), &order, b.data(), &order, &zero, c.data(), &order);
  return c;
}

template <class S>
void lower_solve_in_place(Index n, Matrix<S>& l, Matrix<S>& b) {
  int order = static_cast<int>(n);
  S one = 1;
  blas<S>().trsm(left, upper, transposed, no, &order, &order, &one, l.data(), &order, b.data(), &order);
}

// The first pivot of the elimination that is not positive.
template <class S>
S failing_pivot(Index n, const S* packed) {
  Matrix<S> full = unpack_lower(n, packed);
  S* a = full.data();
  for (Index j = 0; j < n; ++j) {
    S* row = a + j * n;
    S pivot = row[j];
    for (Index k = 0; k < j; ++k) pivot -= row[k] * row[k];
    if (!(pivot > 0)) return std::isnan(pivot) ? S(-1) : pivot;
    row[j] = std::sqrt(pivot);
    for (Index i = j + 1; i < n; ++i) {
      S sum = a[i * n + j];
      for (Index k = 0; k < j; ++k) sum -= a[i * n + k] * row[k];
      a[i * n + j] = sum / row[j];
    }
  }
  return S(0);  // positive by this order of operations alone: a borderline matrix
}

}  // namespace

template <class S>
S cholesky(Index n, S* a) {
  Matrix<S> full = unpack_lower(n, a);
  int order = static_cast<int>(n);
  int failed = 0;
  blas<S>().potrf(upper, &order, full.data(), &order, &failed);
  S smallest = infinity<S>;
  for (Index j = 0; j < n; ++j) {
    const S root = full[static_cast<std::size_t>(j * n + j)];
    if (!(root > 0)) failed = 1;  // it may be a NaN, of which potrf says nothing
    smallest = std::min(smallest, root);
  }
  if (failed != 0) return failing_pivot(n, a);
  invert_diagonal(n, full.data());
  pack_lower(n, full, a);
  return smallest * smallest;
}

template <class S>
void inverse(Index n, const S* l, S* out) {
  Matrix<S> full = unpack_factor(n, l);
  int order = static_cast<int>(n);
  int failed = 0;
  blas<S>().potri(upper, &order, full.data(), &order, &failed);
  pack_lower(n, full, out);
}

template <class S>
void sandwich(Index n, const S* a, const S* b, S* out) {
  Matrix<S> ba = symmetric_times<S>(n, unpack_lower(n, b), unpack_symmetric(n, a));
  pack_lower(n, symmetric_times<S>(n, unpack_lower(n, a), std::move(ba)), out);
}

template <class S>
void whiten(Index n, const S* l, const S* b, S* out) {
  Matrix<S> factor = unpack_factor(n, l);
  Matrix<S> white = unpack_symmetric(n, b);
  lower_solve_in_place(n, factor, white);
  transpose(n, white);
  lower_solve_in_place(n, factor, white);
  pack_lower(n, white, out);
}

template <class S>
S smallest_eigenvalue(Index n, const S* a) {
  Matrix<S> full = unpack_lower(n, a);
  std::vector<S> values(static_cast<std::size_t>(n));
  std::vector<S> work(static_cast<std::size_t>(2 * n + 1));
  int order = static_cast<int>(n);
  int work_size = static_cast<int>(work.size());
  int integers = 1;
  int integer = 0;
  int failed = 0;
  blas<S>().syevd(no, upper, &order, full.data(), &order, values.data(), work.data(), &work_size, &integer, &integers,
                  &failed);
  return failed == 0 ? values.front() : not_a_number<S>;
}

bool spectrum(Index n, const double* a, double* values, double* vectors) {
  Matrix<double> full = unpack_lower(n, a);
  std::vector<double> work(static_cast<std::size_t>(1 + 6 * n + 2 * n * n));
  std::vector<int> integers(static_cast<std::size_t>(3 + 5 * n));
  char with_vectors[] = "V";
  int order = static_cast<int>(n);
  int work_size = static_cast<int>(work.size());
  int integers_size = static_cast<int>(integers.size());
  int failed = 0;
  blas<double>().syevd(with_vectors, upper, &order, full.data(), &order, values, work.data(), &work_size,
                       integers.data(), &integers_size, &failed);
  std::copy(full.begin(), full.end(), vectors);  // column-major columns are the rows of a row-major matrix
  return failed == 0;
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

}  // namespace natgrad::dense
