#include "natgrad/families/known_covariance_kind.hpp"

#include <cmath>
#include <stdexcept>

#include "natgrad/base/dense.hpp"
#include "natgrad/base/symmetric.hpp"
#include "natgrad/families/kind.hpp"

namespace natgrad {

KnownMatrix::KnownMatrix(const char* family, const char* name, const Argument& matrix) : n(matrix.shape.front()) {
  const auto refuse = [&](const char* what) {
    throw std::invalid_argument(std::string(family) + ": " + name + " must be " + what);
  };
  if (matrix.shape.back() != n) refuse("square");
  const auto at = [this](Index i, Index j) { return static_cast<std::size_t>(i * n + j); };
  full = matrix.values;
  std::vector<double> packed(static_cast<std::size_t>(symmetric::packed_size(n)));
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) {
      if (full[at(i, j)] != full[at(j, i)]) refuse("symmetric");
      packed[static_cast<std::size_t>(symmetric::at(i, j))] = full[at(i, j)];
    }
  }
  values.resize(static_cast<std::size_t>(n));
  vectors.resize(static_cast<std::size_t>(n * n));
  const bool found = dense::spectrum(n, packed.data(), values.data(), vectors.data());
  // The plain loop, in which badly scaled coordinates keep their digits.
  factor.assign(static_cast<std::size_t>(n * n), 0.0);
  bool positive = found;
  for (Index i = 0; i < n && positive; ++i) {
    for (Index j = 0; j <= i; ++j) {
      double sum = full[at(i, j)];
      for (Index k = 0; k < j; ++k) sum -= factor[at(i, k)] * factor[at(j, k)];
      if (i == j) positive = sum > 0;
      factor[at(i, j)] = i == j ? std::sqrt(sum) : sum / factor[at(j, j)];
    }
    log_determinant += 2 * std::log(factor[at(i, i)]);
  }
  if (!positive) refuse("positive definite");
  const auto transposed = [&](const std::vector<double>& given) {
    std::vector<double> result(given.size());
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) result[at(j, i)] = given[at(i, j)];
    }
    return result;
  };
  factor_transposed = transposed(factor);
  vectors_transposed = transposed(vectors);
}

}  // namespace natgrad

NATGRAD_KIND(natgrad::KnownCovarianceKind)
NATGRAD_KIND_OF_LONG_ROWS(natgrad::KnownCovarianceKind)
