// The pass over the data of a generalised linear model, for every likelihood of the registry: against plain loops, for
// any strides, weights and threads; and each likelihood's expectations against one another.
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <random>
#include <vector>

#include "check.hpp"
#include "natgrad/models/glm.hpp"
#include "natgrad/registry.hpp"

namespace ng = natgrad;
using ng::Index;

namespace {

std::mt19937_64 random_bits(20);

struct Expected {
  double value;
  double first;
  double second;
};

Expected expectation(const ng::LikelihoodEntry& likelihood, const std::vector<double>& parameters, double y,
                     double mean, double variance) {
  constexpr int width = ng::lanes<double>;
  double in[3][width];
  double out[3][width];
  for (int l = 0; l < width; ++l) in[0][l] = y, in[1][l] = mean, in[2][l] = variance;
  likelihood.expectations(parameters.data(), {1, in[0], in[1], in[2], out[0], out[1], out[2]});
  return {out[0][0], out[1][0], out[2][0]};
}

// A problem of its own: X as the pass reads it, and the same numbers for the plain loops.
struct Problem {
  std::vector<double> memory;
  std::vector<double> y;
  std::vector<double> weight;
  std::vector<double> mean;
  std::vector<double> root;
  ng::GlmData data;

  Problem(Index rows, Index columns, Index row_stride, Index column_stride, bool intercept, bool weighted) {
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    const Index span = (rows - 1) * std::abs(row_stride) + (columns > 0 ? (columns - 1) * column_stride : 0) + 1;
    memory.resize(static_cast<std::size_t>(span));
    for (double& x : memory) x = normal(random_bits);
    for (Index i = 0; i < rows; ++i) {
      y.push_back(uniform(random_bits) < 0.4 ? 1.0 : 0.0);
      weight.push_back(i % 7 == 0 ? 0.0 : uniform(random_bits));
    }
    data.rows = rows;
    data.columns = columns;
    data.x = memory.data() + (row_stride < 0 ? -(rows - 1) * row_stride : 0);
    data.row_stride = row_stride;
    data.column_stride = column_stride;
    data.y = y.data();
    data.weight = weighted ? weight.data() : nullptr;
    data.intercept = intercept;
    const Index dimension = data.dimension();
    for (Index j = 0; j < dimension; ++j) mean.push_back(0.3 * normal(random_bits));
    root.assign(static_cast<std::size_t>(dimension * dimension), 0.0);
    for (Index i = 0; i < dimension; ++i) {
      for (Index j = 0; j <= i; ++j) {
        root[static_cast<std::size_t>(i * dimension + j)] = i == j ? 0.4 : 0.1 * normal(random_bits);
      }
    }
  }
  double x(Index i, Index j) const {
    return j == data.columns ? 1.0 : data.x[i * data.row_stride + j * data.column_stride];
  }
};

ng::GlmSums pass(const ng::LikelihoodEntry& likelihood, const std::vector<double>& parameters, const Problem& problem,
                 ng::Poll poll = {}) {
  return ng::glm_pass(likelihood, parameters.data(), problem.data, problem.mean.data(), problem.root.data(), poll);
}

bool near(double got, double wanted, double terms) { return std::abs(got - wanted) <= 1e-13 * (1 + terms); }

void against_loops(const ng::LikelihoodEntry& likelihood, const std::vector<double>& parameters,
                   const Problem& problem) {
  const Index d = problem.data.dimension();
  const auto at = [d](Index i, Index j) { return static_cast<std::size_t>(i * d + j); };
  double value = 0;
  double value_terms = 0;
  const auto size = static_cast<std::size_t>(d);
  std::vector<double> gradient(size);
  std::vector<double> gradient_terms(size);
  std::vector<double> gram(size * size);
  std::vector<double> gram_terms(size * size);
  for (Index i = 0; i < problem.data.rows; ++i) {
    double mean = 0;
    double variance = 0;
    for (Index j = 0; j < d; ++j) mean += problem.x(i, j) * problem.mean[static_cast<std::size_t>(j)];
    for (Index k = 0; k < d; ++k) {
      double projected = 0;
      for (Index j = 0; j <= k; ++j) projected += problem.root[at(k, j)] * problem.x(i, j);
      variance += projected * projected;
    }
    const Expected e = expectation(likelihood, parameters, problem.y[static_cast<std::size_t>(i)], mean, variance);
    const double s = problem.data.weight != nullptr ? problem.weight[static_cast<std::size_t>(i)] : 1.0;
    value += s * e.value;
    value_terms += std::abs(s * e.value);
    for (Index j = 0; j < d; ++j) {
      const double term = s * e.first * problem.x(i, j);
      gradient[static_cast<std::size_t>(j)] += term;
      gradient_terms[static_cast<std::size_t>(j)] += std::abs(term);
      for (Index k = 0; k < d; ++k) {
        gram[at(j, k)] -= s * e.second * problem.x(i, j) * problem.x(i, k);
        gram_terms[at(j, k)] += std::abs(s * e.second * problem.x(i, j) * problem.x(i, k));
      }
    }
  }
  const ng::GlmSums sums = pass(likelihood, parameters, problem);
  const char* name = likelihood.name.c_str();
  CHECK_AT(name, sums.value - value, near(sums.value, value, value_terms));
  for (Index j = 0; j < d; ++j) {
    const auto k = static_cast<std::size_t>(j);
    CHECK_AT(name, sums.gradient[k] - gradient[k], near(sums.gradient[k], gradient[k], gradient_terms[k]));
  }
  for (std::size_t k = 0; k < gram.size(); ++k) {
    CHECK_AT(name, sums.gram[k] - gram[k], near(sums.gram[k], gram[k], gram_terms[k]));
  }
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j < i; ++j) CHECK_AT(name, i, sums.gram[at(i, j)] == sums.gram[at(j, i)]);
  }
}

bool same_bits(const ng::GlmSums& a, const ng::GlmSums& b) {
  const auto equal = [](const std::vector<double>& x, const std::vector<double>& y) {
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
  };
  return std::memcmp(&a.value, &b.value, sizeof(double)) == 0 && equal(a.gradient, b.gradient) && equal(a.gram, b.gram);
}

void threads_and_strides(const ng::LikelihoodEntry& likelihood, const std::vector<double>& parameters) {
  const Problem problem(10'007, 12, 12, 1, true, true);
  ng::set_num_threads(1);
  const ng::GlmSums one = pass(likelihood, parameters, problem);
  for (const int threads : {2, 3, 4}) {
    ng::set_num_threads(threads);
    CHECK_AT("threads", threads, same_bits(pass(likelihood, parameters, problem), one));
  }
  // The same numbers column by column, which is another way of reading and nothing else.
  Problem transposed = problem;
  for (Index i = 0; i < 10'007; ++i) {
    for (Index j = 0; j < 12; ++j) transposed.memory[static_cast<std::size_t>(j * 10'007 + i)] = problem.x(i, j);
  }
  transposed.data.x = transposed.memory.data();
  transposed.data.row_stride = 1;
  transposed.data.column_stride = 10'007;
  CHECK_AT("column by column", 0, same_bits(pass(likelihood, parameters, transposed), one));
  ng::set_num_threads(1);
}

// Bonnet and Price: d/dm E f = E f', d/dv E f = E f'' / 2; and E f'' <= 0.
void expectations(const ng::LikelihoodEntry& likelihood, const std::vector<double>& parameters) {
  const char* name = likelihood.name.c_str();
  constexpr double h = 1e-5;
  for (const double y : {0.0, 1.0}) {
    for (const double mean : {-3.0, -0.4, 0.0, 1.3, 2.5}) {
      for (const double variance : {0.1, 0.7, 2.0}) {
        const Expected here = expectation(likelihood, parameters, y, mean, variance);
        const Expected above = expectation(likelihood, parameters, y, mean + h, variance);
        const Expected below = expectation(likelihood, parameters, y, mean - h, variance);
        const Expected wider = expectation(likelihood, parameters, y, mean, variance + h);
        const Expected narrower = expectation(likelihood, parameters, y, mean, variance - h);
        const double scale = 1 + std::abs(here.value) + std::abs(here.first) + std::abs(here.second);
        CHECK_AT(name, mean, std::abs((above.value - below.value) / (2 * h) - here.first) <= 1e-7 * scale);
        CHECK_AT(name, mean, std::abs((above.first - below.first) / (2 * h) - here.second) <= 1e-7 * scale);
        CHECK_AT(name, mean, std::abs((wider.value - narrower.value) / h - here.second) <= 1e-7 * scale);
        CHECK_AT(name, mean, here.second <= 0);
      }
    }
  }
}

bool stop() { return true; }

}  // namespace

int main() {
  for (const ng::LikelihoodEntry& likelihood : ng::likelihoods()) {
    const std::vector<double> parameters(likelihood.parameters.size(), 0.7);
    expectations(likelihood, parameters);
    for (const Index rows : {1, 7, 255, 256, 257, 3000}) {
      against_loops(likelihood, parameters, Problem(rows, 3, 3, 1, true, false));
      against_loops(likelihood, parameters, Problem(rows, 5, 9, 1, false, true));
      against_loops(likelihood, parameters, Problem(rows, 4, -11, 2, true, true));
      against_loops(likelihood, parameters, Problem(rows, 4, 1, rows, true, true));
      against_loops(likelihood, parameters, Problem(rows, 0, 0, 1, true, true));
    }
    against_loops(likelihood, parameters, Problem(600, 40, 40, 1, true, false));
    threads_and_strides(likelihood, parameters);
  }
  // Long enough for several rounds: the poll ends the pass.
  const Problem large(60'000, 60, 60, 1, false, false);
  const auto& likelihood = ng::likelihoods().front();
  const std::vector<double> parameters(likelihood.parameters.size(), 0.7);
  CHECK(pass(likelihood, parameters, large, ng::Poll{stop}).interrupted);
  CHECK(!pass(likelihood, parameters, large).interrupted);
  return check::report();
}
