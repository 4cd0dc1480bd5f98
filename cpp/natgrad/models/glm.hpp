#pragma once

#include <vector>

#include "natgrad/base/threads.hpp"
#include "natgrad/models/likelihood.hpp"

namespace natgrad {

/// The data of a generalised linear model: element (i, j) of X is x[i * row_stride + j * column_stride]. With
/// `intercept` there is one more column, of ones, which is not stored.
struct GlmData {
  Index rows = 0;
  Index columns = 0;
  const double* x = nullptr;
  Index row_stride = 0;
  Index column_stride = 1;
  const double* y = nullptr;
  const double* weight = nullptr;  // of each row's log likelihood, or null
  bool intercept = false;

  Index dimension() const { return columns + (intercept ? 1 : 0); }
};

/// What one pass over the data sums at q(w) = N(mean, root^T root).
struct GlmSums {
  double value = 0;              // sum_i s_i E log p(y_i | eta_i)
  std::vector<double> gradient;  // X^T (s E l'), (D,)
  std::vector<double> gram;      // X^T W X, (D, D), W = diag(-s E l'')
  bool interrupted = false;
};

/// One read of X: linear predictor, predictive variance, expectations, gradient and Gram matrix of a block of rows
/// while it is in cache. `mean` is (D,), `root` lower triangular (D, D) row by row. Sums are bit-identical for any
/// number of threads: rows belong to fixed segments, and segments are added in a fixed order.
GlmSums glm_pass(const LikelihoodEntry& likelihood, const double* parameters, const GlmData& data, const double* mean,
                 const double* root, Poll poll = {});

}  // namespace natgrad
