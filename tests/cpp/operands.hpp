// Operands for any operation of any family of the registry, found without knowing the family: interior points by
// rejection, observations by trial against the support.
#pragma once
#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "natgrad/families/batch.hpp"
#include "natgrad/registry.hpp"

namespace operands {

using natgrad::Family;
using natgrad::Index;
using natgrad::Kind;
using natgrad::Operation;
using natgrad::Rows;

using Random = std::mt19937_64;

/// A batch of rows, one after another.
template <class S>
struct Matrix {
  Index rows = 0;
  Index width = 1;
  std::vector<S> data;

  Matrix() = default;
  Matrix(Index rows_, Index width_, S value = S(0))
      : rows(rows_), width(width_), data(static_cast<std::size_t>(rows_ * width_), value) {}

  S* row(Index r) { return data.data() + r * width; }
  const S* row(Index r) const { return data.data() + r * width; }
  Rows<const S> in() const { return {data.data(), width, width, 1}; }
  Rows<S> out() { return {data.data(), width, width, 1}; }
};

/// The same rows again and again, until there are `rows` of them.
template <class S>
Matrix<S> repeated(const Matrix<S>& few, Index rows) {
  Matrix<S> many(rows, few.width);
  for (Index r = 0; r < rows; ++r) std::copy_n(few.row(r % few.rows), few.width, many.row(r));
  return many;
}

/// Hyperparameters of a family: integers at `integers` or the least above it, real ones just above their bound or at
/// 0.5, vectors the first axis and matrices positive definite, of that many rows.
inline std::shared_ptr<const Family> make(const natgrad::FamilyEntry& entry, double integers);

inline std::vector<natgrad::Argument> arguments(const natgrad::FamilyEntry& entry, double integers) {
  std::vector<natgrad::Argument> values;
  const auto n = static_cast<Index>(std::max(2.0, integers));
  for (const natgrad::Parameter& p : entry.parameters) {
    if (p.families) {
      // The first of the registry that are made of nothing: two, or one where the name is in the singular.
      const std::size_t most = std::string(p.name) == "family" ? 1 : 2;
      values.emplace_back();
      for (const natgrad::FamilyEntry& part : natgrad::families()) {
        if (values.back().families.size() < most && part.parameters.empty()) {
          values.back().families.push_back(make(part, integers));
        }
      }
      continue;
    }
    if (p.axes == 0) {
      const double real = std::isfinite(p.minimum) ? p.minimum + 1.5 : 0.5;
      values.push_back({{p.integer ? std::max(p.minimum, integers) : real}, {}});
      continue;
    }
    const Index rows = p.axes == 1 ? 1 : n;
    natgrad::Argument array{std::vector<double>(static_cast<std::size_t>(rows * n), p.axes == 1 ? 0.0 : 0.25), {}};
    for (Index i = 0; i < rows; ++i) array.values[static_cast<std::size_t>(i * n + i)] = p.axes == 1 ? 1.0 : 2.0;
    array.shape = p.axes == 1 ? natgrad::Shape{n} : natgrad::Shape{n, n};
    values.push_back(array);
  }
  return values;
}

inline std::shared_ptr<const Family> make(const natgrad::FamilyEntry& entry, double integers) {
  return natgrad::make_family(entry, std::span<const natgrad::Argument>(arguments(entry, integers)));
}

template <class S>
Matrix<S> normals(Index rows, Index width, Random& random) {
  std::normal_distribution<double> normal;
  Matrix<S> result(rows, width);
  for (S& value : result.data) value = static_cast<S>(normal(random));
  return result;
}

/// Whether the family has the operation: one made of unlike parts has no standard parameters as a whole.
inline bool states(const Family& family, Operation operation) { return family.kernel<double>(operation) != nullptr; }

/// The widths of an operation's operands or results of one kind.
inline std::vector<Index> widths(const Family& family, Kind kind) {
  if (kind == Kind::none) return {};
  if (kind != Kind::standard) return {natgrad::product(family.core_shape(kind))};
  std::vector<Index> result;
  for (const natgrad::Field& field : family.standard) result.push_back(natgrad::product(field.shape));
  return result;
}

/// One call: the results, the outcome, and with `status` what became of every row.
template <class S>
struct Call {
  natgrad::Outcome outcome;
  std::vector<Matrix<S>> out;
  std::vector<natgrad::Status> status;
  natgrad::Batch<S> batch;
};

template <class S>
Call<S> call(const Family& family, Operation operation, const std::vector<Matrix<S>>& in) {
  Call<S> result;
  result.batch.rows = in.at(0).rows;
  for (std::size_t i = 0; i < in.size(); ++i) result.batch.in[i] = in[i].in();
  for (const Index width : widths(family, natgrad::info(operation).out)) {
    result.out.emplace_back(result.batch.rows, width);
  }
  for (std::size_t i = 0; i < result.out.size(); ++i) result.batch.out[i] = result.out[i].out();
  result.status.resize(static_cast<std::size_t>(result.batch.rows));
  result.batch.status = result.status.data();
  result.outcome = natgrad::run(family, operation, result.batch);
  return result;
}

/// Those of `drawn` for which the mask operation answers true, or false with `inside` false.
template <class S>
Matrix<S> filtered(const Family& family, Operation mask, bool inside, const Matrix<S>& drawn) {
  Matrix<S> kept(0, family.size);
  const Matrix<S> answer = call<S>(family, mask, {drawn}).out[0];
  for (Index r = 0; r < drawn.rows; ++r) {
    if ((answer.data[static_cast<std::size_t>(r)] != S(0)) != inside) continue;
    kept.data.insert(kept.data.end(), drawn.row(r), drawn.row(r) + drawn.width);
    ++kept.rows;
  }
  return kept;
}

/// Adds the rows of `more`, up to so many in all.
template <class S>
void append(Matrix<S>& to, const Matrix<S>& more, Index rows) {
  const Index added = std::min(more.rows, rows - to.rows);
  to.data.insert(to.data.end(), more.data.begin(), more.data.begin() + added * more.width);
  to.rows += added;
}

/// Points outside a domain; no row for a domain that is the whole space.
template <class S>
Matrix<S> outside_points(const Family& family, Operation mask, Index rows, Random& random) {
  Matrix<S> points(0, family.size);
  for (int attempt = 0; attempt < 200 && points.rows < rows; ++attempt) {
    append(points, filtered<S>(family, mask, false, normals<S>(4 * rows + 64, family.size, random)), rows);
  }
  return points;
}

/// Observations in the support, of the first of a few kinds that the family has a positive base measure for.
template <class S>
Matrix<S> observations(const Family& family, Index rows, Random& random) {
  const Index width = natgrad::product(family.event_shape);
  std::uniform_real_distribution<double> uniform(0.05, 0.95);
  std::normal_distribution<double> normal;
  std::bernoulli_distribution bit(0.5);
  if (!family.parameters.empty() && !family.parameters.front().second.families.empty()) {
    // Made of others: their observations one after the other, again and again where there are copies.
    Matrix<S> x(rows, width);
    for (Index first = 0; first < width;) {
      for (const auto& part : family.parameters.front().second.families) {
        const Matrix<S> own = observations<S>(*part, rows, random);
        for (Index r = 0; r < rows; ++r) std::copy_n(own.row(r), own.width, x.row(r) + first);
        first += own.width;
      }
    }
    return x;
  }
  const double trials = family.parameters.empty() ? 1 : family.parameters.front().second.values.front();
  enum Drawn {
    any,
    unit_interval,
    positive,
    count,
    proportions,
    count_from_one,
    trials_in_one,
    direction,
    definite,
    kinds
  };
  for (int kind = 0; kind < kinds; ++kind) {
    Matrix<S> x(rows, width);
    for (Index r = 0; r < rows; ++r) {
      std::vector<double> row(static_cast<std::size_t>(width));
      double sum = 0;
      double square = 0;
      for (double& value : row) {
        value = kind == any || kind == direction ? normal(random) : uniform(random);
        if (kind == positive) value *= 3;
        if (kind == count || kind == count_from_one) value = bit(random) + (kind == count ? 0 : 1);
        if (kind == trials_in_one) value = 0;
        sum += value;
        square += value * value;
      }
      if (kind == trials_in_one) row[static_cast<std::size_t>(r % width)] = trials;
      if (kind == definite) {  // a diagonal that dominates, in the square at the end
        const Index n = family.event_shape.empty() ? 1 : family.event_shape.back();
        for (Index i = 0; i < n && n * n <= width; ++i) {
          for (Index j = 0; j <= i; ++j) {
            const double value = i == j ? 2 + uniform(random) : uniform(random) / static_cast<double>(n);
            row[static_cast<std::size_t>(width - n * n + i * n + j)] = value;
            row[static_cast<std::size_t>(width - n * n + j * n + i)] = value;
          }
        }
      }
      const double unit = kind == proportions ? sum : kind == direction ? std::sqrt(square) : 1;
      for (Index k = 0; k < width; ++k) x.row(r)[k] = static_cast<S>(row[static_cast<std::size_t>(k)] / unit);
    }
    const Call<S> answer = call<S>(family, Operation::log_base_measure, {x});
    const auto& values = answer.out[0].data;
    if (!answer.outcome.failed() && std::all_of(values.begin(), values.end(), [](S v) { return std::isfinite(v); })) {
      return x;
    }
  }
  throw std::runtime_error(family.name + ": none of the kinds of observation tried is in its support");
}

/// The points of greatest likelihood of a few observations each; rows that have none are left at zero.
template <class S>
Matrix<S> fitted_points(const Family& family, Index rows, Random& random) {
  const Index each = 4 * family.size + 4;
  const Matrix<S> statistics =
      call<S>(family, Operation::sufficient_statistics, {observations<S>(family, rows * each, random)}).out[0];
  Matrix<S> mu(rows, family.size);
  for (Index k = 0; k < statistics.rows; ++k) {
    for (Index j = 0; j < mu.width; ++j) mu.row(k / each)[j] += statistics.row(k)[j] / static_cast<S>(each);
  }
  Call<S> answer = call<S>(family, Operation::natural_from_mean, {mu});
  for (Index r = 0; r < rows; ++r) {
    if (answer.status[static_cast<std::size_t>(r)] != natgrad::Status::success) {
      std::fill_n(answer.out[0].row(r), family.size, S(0));
    }
  }
  return answer.out[0];
}

/// Those of `points` where the condition of F is at most ~1e3, so that an answer can be held against a bound.
template <class S>
Matrix<S> well_conditioned(const Family& family, const Matrix<S>& points) {
  Matrix<S> kept(0, family.size);
  const Matrix<S> f = call<S>(family, Operation::fisher, {points}).out[0];
  const Matrix<S> determinant = call<S>(family, Operation::fisher_log_determinant, {points}).out[0];
  for (Index r = 0; r < points.rows; ++r) {
    double product_of_diagonal = 0;
    double largest = 0;
    for (Index j = 0; j < family.size; ++j) {
      const double entry = static_cast<double>(f.row(r)[j * family.size + j]);
      product_of_diagonal += std::log(entry);
      largest = std::max(largest, std::abs(std::log(entry)));
    }
    const double lost = product_of_diagonal - static_cast<double>(determinant.row(r)[0]);  // >= 0, Hadamard
    if (!(lost < 4.0 + static_cast<double>(family.size) && largest < 7.0)) continue;
    kept.data.insert(kept.data.end(), points.row(r), points.row(r) + points.width);
    ++kept.rows;
  }
  return kept;
}

/// Points inside the natural domain, `exact` ones where F is well conditioned. Most domains hold many of normals of any
/// scale; a point of greatest likelihood is inside any. Where few are found they are repeated.
template <class S>
Matrix<S> natural_points(const Family& family, Index rows, Random& random, bool exact = true) {
  std::uniform_real_distribution<double> scale(-1.0, 1.0);
  Matrix<S> theta(0, family.size);
  for (int attempt = 0; attempt < 400 && theta.rows < rows; ++attempt) {
    const bool fitted = attempt >= 100 && attempt % 2 == 0;
    Matrix<S> drawn = fitted ? fitted_points<S>(family, rows, random) : normals<S>(4 * rows + 64, family.size, random);
    for (Index r = 0; r < drawn.rows && !fitted; ++r) {
      const S factor = static_cast<S>(std::exp(scale(random)));
      for (Index j = 0; j < drawn.width; ++j) drawn.row(r)[j] *= factor;
    }
    const Matrix<S> inside = filtered<S>(family, Operation::in_natural_domain, true, drawn);
    append(theta, exact ? well_conditioned(family, inside) : inside, rows);
  }
  if (theta.rows == 0) throw std::runtime_error(family.name + ": no interior points were found");
  return theta.rows < rows ? repeated(theta, rows) : theta;
}

/// Operands for an operation, at the given points.
template <class S>
std::vector<Matrix<S>> of(const Family& family, Operation operation, const Matrix<S>& theta, Random& random) {
  const natgrad::OperationInfo& what = natgrad::info(operation);
  if (what.in[0] == Kind::standard) return call<S>(family, Operation::standard_from_natural, {theta}).out;
  std::vector<Matrix<S>> result;
  for (std::size_t i = 0; i < what.in.size() && what.in[i] != Kind::none; ++i) {
    const std::string argument = what.argument[i];
    if (what.in[i] == Kind::observation || what.in[i] == Kind::anywhere) {
      result.push_back(observations<S>(family, theta.rows, random));
    } else if (what.in[i] == Kind::damping) {
      result.emplace_back(theta.rows, 1);
    } else if (what.in[i] == Kind::centred) {
      result.push_back(call<S>(family, Operation::centred_mean_from_natural, {theta}).out[0]);
    } else if (argument == "mu") {
      result.push_back(call<S>(family, Operation::mean_from_natural, {theta}).out[0]);
    } else if (argument == "v" || argument == "direction") {
      result.push_back(normals<S>(theta.rows, family.size, random));
    } else if (argument == "theta_q") {
      Matrix<S> other = theta;  // the same points, one row on
      std::rotate(other.data.begin(), other.data.begin() + family.size, other.data.end());
      result.push_back(other);
    } else {
      result.push_back(theta);
    }
  }
  return result;
}

}  // namespace operands
