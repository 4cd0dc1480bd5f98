// Packed symmetric matrices: one matrix a lane, and one large matrix at a time, both against Eigen.
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <vector>

#include "check.hpp"
#include "natgrad/base/symmetric.hpp"

namespace ng = natgrad;
namespace sym = natgrad::symmetric;
using ng::Index;
using ng::Pack;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

namespace {

std::mt19937_64 random_bits(20);

Matrix normals(Index rows, Index columns) {
  std::normal_distribution<double> normal;
  return Matrix::NullaryExpr(rows, columns, [&] { return normal(random_bits); });
}
Matrix symmetric_matrix(Index n) {
  const Matrix a = normals(n, n);
  return 0.5 * (a + a.transpose());
}
// Positive definite, of condition about 10.
Matrix positive_matrix(Index n) {
  const Matrix a = normals(n, n);
  return a * a.transpose() / static_cast<double>(n) + Matrix::Identity(n, n);
}

// One matrix a lane of R, in packed lower triangles; numbers rounded to S first, so that all see the same.
template <class R>
struct Batch {
  using S = ng::scalar_of<R>;
  static constexpr int count = ng::width<R>;
  Index n;
  std::vector<Matrix> full;
  std::vector<R> packed;

  template <class Make>
  Batch(Index n_, const Make& make) : n(n_), packed(static_cast<std::size_t>(sym::packed_size(n_))) {
    for (int lane = 0; lane < count; ++lane) {
      full.push_back(make(n).template cast<S>().template cast<double>());
      for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j <= i; ++j) {
          ng::set_lane(packed[static_cast<std::size_t>(sym::at(i, j))], lane, static_cast<S>(full.back()(i, j)));
        }
      }
    }
  }
};

template <class R>
Matrix unpacked(Index n, const std::vector<R>& packed, int lane, bool whole) {
  Matrix full = Matrix::Zero(n, n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) {
      full(i, j) = static_cast<double>(ng::lane(packed[static_cast<std::size_t>(sym::at(i, j))], lane));
      if (whole) full(j, i) = full(i, j);
    }
  }
  return full;
}
template <class R>
std::vector<R> vectors(Index n, std::vector<Vector>& columns) {
  using S = ng::scalar_of<R>;
  std::vector<R> result(static_cast<std::size_t>(n));
  for (int lane = 0; lane < ng::width<R>; ++lane) {
    columns.push_back(normals(n, 1).cast<S>().template cast<double>());
    for (Index i = 0; i < n; ++i) {
      ng::set_lane(result[static_cast<std::size_t>(i)], lane, static_cast<S>(columns.back()(i)));
    }
  }
  return result;
}
template <class R>
Vector column(const std::vector<R>& values, int lane) {
  Vector result(static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    result(static_cast<Index>(i)) = static_cast<double>(ng::lane(values[i], lane));
  }
  return result;
}

template <class R>
double eps() {
  return static_cast<double>(ng::epsilon<ng::scalar_of<R>>);
}
// |a - b| in norm, in eps times n times the condition of 10 that the matrices have.
template <class R, class A, class B>
bool close(const A& a, const B& b) {
  const double n = static_cast<double>(a.rows());
  return (a - b).norm() <= 32 * n * eps<R>() * (b.norm() + 1e-300);
}

template <class R>
void factor_and_solve(Index n) {
  const Batch<R> a(n, positive_matrix);
  std::vector<R> l = a.packed;
  const R smallest = sym::cholesky<R>(n, l.data());
  std::vector<R> inverse(a.packed.size());
  sym::inverse<R>(n, l.data(), inverse.data());
  const R determinant = sym::log_determinant<R>(n, l.data());
  std::vector<Vector> right;
  const std::vector<R> b = vectors<R>(n, right);
  std::vector<R> lower = b;
  std::vector<R> upper = b;
  std::vector<R> solved = b;
  sym::lower_solve<R>(n, l.data(), lower.data());
  sym::upper_solve<R>(n, l.data(), upper.data());
  sym::solve<R>(n, l.data(), solved.data());
  std::vector<R> product(b.size());
  sym::multiply<R>(n, a.packed.data(), b.data(), product.data());
  for (int lane = 0; lane < ng::width<R>; ++lane) {
    const auto k = static_cast<std::size_t>(lane);
    const Eigen::LLT<Matrix> llt(a.full[k]);
    const Matrix wanted = llt.matrixL();
    Matrix got = unpacked(n, l, lane, false);
    got.diagonal() = got.diagonal().cwiseInverse();  // a factor holds the reciprocals
    CHECK_AT("cholesky", n, close<R>(got, wanted));
    const double pivot = std::pow(wanted.diagonal().minCoeff(), 2);
    const double found = static_cast<double>(ng::lane(smallest, lane));
    CHECK_AT("smallest pivot", n, std::abs(found - pivot) <= 64 * static_cast<double>(n) * eps<R>() * pivot);
    CHECK_AT("inverse", n, close<R>(unpacked(n, inverse, lane, true), a.full[k].inverse()));
    const double log_det = 2 * wanted.diagonal().array().log().sum();
    CHECK_AT("log_determinant", n,
             std::abs(static_cast<double>(ng::lane(determinant, lane)) - log_det) <=
                 32 * static_cast<double>(n) * eps<R>() * (1 + std::abs(log_det)));
    CHECK_AT("lower_solve", n, close<R>(column(lower, lane), llt.matrixL().solve(right[k]).eval()));
    CHECK_AT("upper_solve", n, close<R>(column(upper, lane), llt.matrixU().solve(right[k]).eval()));
    CHECK_AT("solve", n, close<R>(column(solved, lane), llt.solve(right[k]).eval()));
    CHECK_AT("multiply", n, close<R>(column(product, lane), (a.full[k] * right[k]).eval()));
  }
}

template <class R>
void products(Index n) {
  const Batch<R> a(n, symmetric_matrix);
  const Batch<R> b(n, symmetric_matrix);
  const Batch<R> positive(n, positive_matrix);
  std::vector<R> sandwich(a.packed.size());
  std::vector<R> whitened(a.packed.size());
  std::vector<R> l = positive.packed;
  sym::cholesky<R>(n, l.data());
  sym::sandwich<R>(n, a.packed.data(), b.packed.data(), sandwich.data());
  sym::whiten<R>(n, l.data(), b.packed.data(), whitened.data());
  const R smallest = sym::smallest_eigenvalue<R>(n, a.packed.data());
  for (int lane = 0; lane < ng::width<R>; ++lane) {
    const auto k = static_cast<std::size_t>(lane);
    const double scale = a.full[k].norm() * a.full[k].norm() * b.full[k].norm();
    const Matrix aba = a.full[k] * b.full[k] * a.full[k];
    CHECK_AT("sandwich", n,
             (unpacked(n, sandwich, lane, true) - aba).norm() <= 8 * static_cast<double>(n) * eps<R>() * scale);
    const Matrix factor = positive.full[k].llt().matrixL();
    const Matrix half = factor.triangularView<Eigen::Lower>().solve(b.full[k]);
    const Matrix white = factor.triangularView<Eigen::Lower>().solve(half.transpose());
    CHECK_AT("whiten", n, close<R>(unpacked(n, whitened, lane, true), white));
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(a.full[k], Eigen::EigenvaluesOnly);
    CHECK_AT("smallest_eigenvalue", n,
             std::abs(static_cast<double>(ng::lane(smallest, lane)) - solver.eigenvalues()(0)) <=
                 32 * static_cast<double>(n) * eps<R>() * a.full[k].norm());
  }
}

// An indefinite matrix says so by its smallest pivot and leaves the other lanes as they are.
template <class R>
void indefinite(Index n) {
  using S = ng::scalar_of<R>;
  const Batch<R> a(n, positive_matrix);
  std::vector<R> good = a.packed;
  sym::cholesky<R>(n, good.data());
  for (const Index at : {Index{0}, n / 2, n - 1}) {
    std::vector<R> l = a.packed;
    ng::set_lane(l[static_cast<std::size_t>(sym::at(at, at))], 0, S(-1));
    const R smallest = sym::cholesky<R>(n, l.data());
    CHECK_AT("indefinite", at, !(ng::lane(smallest, 0) > S(0)));
    for (int lane = 1; lane < ng::width<R>; ++lane) {
      CHECK_AT("the other lanes", at, ng::lane(smallest, lane) > S(0));
      CHECK_AT("the other lanes", at, unpacked(n, l, lane, false) == unpacked(n, good, lane, false));
    }
  }
  // A pivot that is NaN because numbers overflowed on the way is not positive either.
  if (n < 3) return;
  std::vector<R> l(static_cast<std::size_t>(sym::packed_size(n)));
  for (Index i = 0; i < n; ++i) l[static_cast<std::size_t>(sym::at(i, i))] = ng::broadcast<R>(1);
  l[0] = ng::broadcast<R>(std::numeric_limits<S>::min());
  l[static_cast<std::size_t>(sym::at(n - 1, 0))] = ng::broadcast<R>(std::numeric_limits<S>::max() / 2);
  const R smallest = sym::cholesky<R>(n, l.data());
  for (int lane = 0; lane < ng::width<R>; ++lane) CHECK_AT("overflow", n, !(ng::lane(smallest, lane) > S(0)));
}

template <class R>
void run(std::initializer_list<Index> sizes) {
  for (const Index n : sizes) {
    factor_and_solve<R>(n);
    products<R>(n);
    indefinite<R>(n);
  }
}

}  // namespace

int main() {
  run<Pack<double>>({1, 2, 3, 4, 5, 8, 13, 20});
  run<Pack<float>>({1, 2, 3, 4, 5, 8, 13, 20});
  run<double>({1, 2, 3, 8, 20, 64, 70});
  run<float>({1, 2, 3, 8, 20, 64, 70});
  return check::report();
}
