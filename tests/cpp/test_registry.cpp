// Every family and every rule of the registry: identities, status codes, threads, sentences. Nothing here knows a
// family.
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "check.hpp"
#include "natgrad/base/threads.hpp"
#include "operands.hpp"

#if __has_include(<Python.h>)
#error "the core is compiled with a Python header in reach"
#endif

namespace ng = natgrad;
using ng::Family;
using ng::Index;
using ng::Operation;
using ng::Status;
using operands::Matrix;
using operands::Random;

namespace {

constexpr std::array<Index, 4> failing_rows{0, 255, 256, 999};
constexpr Index test_rows = 1000;

template <class S>
bool same_bits(const std::vector<S>& a, const std::vector<S>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(S)) == 0);
}
template <class S>
bool same_row(const Matrix<S>& a, const Matrix<S>& b, Index r) {
  return std::memcmp(a.row(r), b.row(r), static_cast<std::size_t>(a.width) * sizeof(S)) == 0;
}

// sum_k |F_jk| |x_k| of one row, F given row by row.
template <class S>
double absolute_product(const S* f, Index size, Index j, const S* x) {
  double sum = 0;
  for (Index k = 0; k < size; ++k) {
    sum += std::abs(static_cast<double>(f[j * size + k])) * std::abs(static_cast<double>(x[k]));
  }
  return sum;
}

// grad A* inverts grad A, in mean and in centred coordinates; standard parameters come back.
template <class S>
void round_trips(const Family& family, const Matrix<S>& theta) {
  const Matrix<S> f = operands::call<S>(family, Operation::fisher, {theta}).out[0];
  const auto there_and_back = [&](Operation there, Operation back) {
    const Matrix<S> image = operands::call<S>(family, there, {theta}).out[0];
    const auto inverse = operands::call<S>(family, back, {image});
    CHECK_AT(family.name.c_str(), inverse.outcome.row, !inverse.outcome.failed());
    // The error of theta is judged by what it does to mu: |F (theta' - theta)| against |mu| + |F| |theta|.
    for (Index r = 0; r < theta.rows; ++r) {
      std::vector<S> gap(static_cast<std::size_t>(family.size));
      for (Index j = 0; j < family.size; ++j) {
        gap[static_cast<std::size_t>(j)] = inverse.out[0].row(r)[j] - theta.row(r)[j];
      }
      for (Index j = 0; j < family.size; ++j) {
        const S* row = f.row(r);
        double moved = 0;
        for (Index k = 0; k < family.size; ++k) {
          moved +=
              static_cast<double>(row[j * family.size + k]) * static_cast<double>(gap[static_cast<std::size_t>(k)]);
        }
        // What rounding did to the image is the condition of this map.
        double scale = absolute_product(row, family.size, j, theta.row(r));
        for (Index k = 0; k < family.size; ++k) scale += std::abs(static_cast<double>(image.row(r)[k]));
        CHECK_AT((family.name + " " + ng::info(back).name).c_str(), moved,
                 std::abs(moved) <= 64 * static_cast<double>(ng::epsilon<S>) * scale);
      }
    }
  };
  there_and_back(Operation::mean_from_natural, Operation::natural_from_mean);
  there_and_back(Operation::centred_mean_from_natural, Operation::natural_from_centred_mean);

  if (!operands::states(family, Operation::standard_from_natural)) return;
  const auto standard = operands::call<S>(family, Operation::standard_from_natural, {theta});
  const auto again = operands::call<S>(family, Operation::natural_from_standard, standard.out);
  CHECK_AT(family.name.c_str(), again.outcome.row, !again.outcome.failed());
  for (Index r = 0; r < theta.rows; ++r) {
    for (Index j = 0; j < family.size; ++j) {
      double moved = 0;
      for (Index k = 0; k < family.size; ++k) {
        moved += static_cast<double>(f.row(r)[j * family.size + k]) *
                 static_cast<double>(again.out[0].row(r)[k] - theta.row(r)[k]);
      }
      const double scale = 1 + absolute_product(f.row(r), family.size, j, theta.row(r));
      CHECK_AT((family.name + " standard").c_str(), moved,
               std::abs(moved) <= 256 * static_cast<double>(ng::epsilon<S>) * scale);
    }
  }
}

// A*(mu) = <theta, mu> - A; KL is 0 at equality, >= 0 elsewhere, and cross-entropy less entropy.
template <class S>
void dual_identities(const Family& family, const Matrix<S>& theta, Random& random) {
  const auto value = [&](Operation operation) {
    return operands::call<S>(family, operation, operands::of<S>(family, operation, theta, random)).out[0];
  };
  const Matrix<S> mu = value(Operation::mean_from_natural);
  const Matrix<S> a = value(Operation::log_partition);
  const Matrix<S> dual = value(Operation::dual_log_partition);
  const Matrix<S> entropy = value(Operation::entropy);
  const Matrix<S> cross = value(Operation::cross_entropy);
  const Matrix<S> kl = value(Operation::kl_divergence);
  const Matrix<S> zero = operands::call<S>(family, Operation::kl_divergence, {theta, theta}).out[0];
  for (Index r = 0; r < theta.rows; ++r) {
    double inner = 0;
    double terms = std::abs(static_cast<double>(a.row(r)[0]));
    for (Index j = 0; j < family.size; ++j) {
      const double term = static_cast<double>(theta.row(r)[j]) * static_cast<double>(mu.row(r)[j]);
      inner += term;
      terms += std::abs(term);
    }
    const double eps = static_cast<double>(ng::epsilon<S>);
    const double gap = inner - static_cast<double>(a.row(r)[0]) - static_cast<double>(dual.row(r)[0]);
    // A* is evaluated at the rounded mu: its gradient is theta.
    CHECK_AT((family.name + " dual").c_str(), gap, std::abs(gap) <= 64 * eps * (1 + terms));
    CHECK_AT((family.name + " kl(p, p)").c_str(), zero.row(r)[0], zero.row(r)[0] == S(0));
    CHECK_AT((family.name + " kl").c_str(), kl.row(r)[0], kl.row(r)[0] >= S(0));
    const double h = static_cast<double>(entropy.row(r)[0]);
    const double c = static_cast<double>(cross.row(r)[0]);
    const double k = static_cast<double>(kl.row(r)[0]);
    CHECK_AT((family.name + " cross").c_str(), c - h - k,
             std::abs(c - h - k) <= 256 * eps * (1 + terms + std::abs(c) + std::abs(h) + k));
  }
}

// F times the solution of the damped solve, plus damping times it, is v; F is symmetric.
template <class S>
void fisher_identities(const Family& family, const Matrix<S>& theta, Random& random) {
  const Matrix<S> f = operands::call<S>(family, Operation::fisher, {theta}).out[0];
  const Matrix<S> v = operands::normals<S>(theta.rows, family.size, random);
  const double eps = static_cast<double>(ng::epsilon<S>);
  for (const S damping : {S(0), S(0.25)}) {
    const Matrix<S> dampings(theta.rows, 1, damping);
    const auto solved = operands::call<S>(family, Operation::fisher_solve, {theta, v, dampings});
    CHECK_AT(family.name.c_str(), solved.outcome.row, !solved.outcome.failed());
    const Matrix<S> product = operands::call<S>(family, Operation::fisher_multiply, {theta, solved.out[0]}).out[0];
    for (Index r = 0; r < theta.rows; ++r) {
      const S* x = solved.out[0].row(r);
      for (Index j = 0; j < family.size; ++j) {
        const double left = static_cast<double>(product.row(r)[j]) + static_cast<double>(damping * x[j]);
        const double gap = left - static_cast<double>(v.row(r)[j]);
        const double scale = std::abs(static_cast<double>(v.row(r)[j])) +
                             static_cast<double>(damping * std::abs(x[j])) +
                             absolute_product(f.row(r), family.size, j, x);
        CHECK_AT((family.name + " fisher_solve").c_str(), gap, std::abs(gap) <= 128 * eps * scale);
        for (Index k = 0; k < j; ++k) {
          const S* row = f.row(r);
          CHECK_AT((family.name + " fisher").c_str(), row[j * family.size + k],
                   row[j * family.size + k] == row[k * family.size + j]);
        }
      }
    }
  }
}

// Any number of threads gives the same bits, and so does a batch cut in two.
template <class S>
void threads_and_position(const Family& family, Operation operation, const std::vector<Matrix<S>>& in) {
  std::vector<Matrix<S>> many;
  for (const Matrix<S>& operand : in) many.push_back(operands::repeated(operand, 20'011));
  ng::set_num_threads(1);
  const auto one = operands::call<S>(family, operation, many);
  for (const int threads : {2, 4}) {
    ng::set_num_threads(threads);
    const auto answer = operands::call<S>(family, operation, many);
    for (std::size_t i = 0; i < one.out.size(); ++i) {
      CHECK_AT((family.name + " threads, " + ng::info(operation).name).c_str(), threads,
               same_bits(answer.out[i].data, one.out[i].data));
    }
  }
  ng::set_num_threads(1);
  // Repeated rows stand at other places of a tile: their answers may not.
  for (std::size_t i = 0; i < one.out.size(); ++i) {
    const Matrix<S>& out = one.out[i];
    bool equal = true;
    for (Index r = in[0].rows; r < out.rows; ++r) {
      equal = equal &&
              std::memcmp(out.row(r), out.row(r % in[0].rows), static_cast<std::size_t>(out.width) * sizeof(S)) == 0;
    }
    CHECK_AT((family.name + " position").c_str(), i, equal);
  }
}

// A bad row is reported by its number, with its status and a sentence; it is NaN and the others are untouched.
template <class S>
void refusal(const Family& family, Operation operation, const std::vector<Matrix<S>>& good, std::size_t operand,
             const S* bad_row, Status expected) {
  const auto whole = operands::call<S>(family, operation, good);
  const std::string name = family.name + " " + ng::info(operation).name;
  CHECK_AT(name.c_str(), whole.outcome.row, !whole.outcome.failed());
  for (const Index r : failing_rows) {
    std::vector<Matrix<S>> in = good;
    std::copy_n(bad_row, in[operand].width, in[operand].row(r));
    const auto answer = operands::call<S>(family, operation, in);
    CHECK_AT(name.c_str(), answer.outcome.row, answer.outcome.row == r);
    CHECK_AT(name.c_str(), answer.outcome.status, answer.outcome.status == expected);
    CHECK_AT(name.c_str(), answer.status[static_cast<std::size_t>(r)],
             answer.status[static_cast<std::size_t>(r)] == expected);
    const std::string text = ng::violation_text(family, operation, answer.batch, answer.outcome);
    const std::string start = "row " + std::to_string(r) + ": ";
    CHECK_AT((name + ": " + text).c_str(), r, text.starts_with(start) && text.find(", got ") != std::string::npos);
    for (std::size_t i = 0; i < answer.out.size(); ++i) {
      for (Index j = 0; j < answer.out[i].width; ++j) CHECK_AT(name.c_str(), r, std::isnan(answer.out[i].row(r)[j]));
      bool others = true;
      for (Index k = 0; k < test_rows; ++k) {
        const bool row_kept =
            same_row(answer.out[i], whole.out[i], k) && answer.status[static_cast<std::size_t>(k)] == Status::success;
        others = others && (k == r || row_kept);
      }
      CHECK_AT((name + ", the other rows").c_str(), r, others);
    }
  }
  // Of several bad rows the first is named.
  std::vector<Matrix<S>> in = good;
  for (const Index r : {Index{700}, Index{300}, Index{301}})
    std::copy_n(bad_row, in[operand].width, in[operand].row(r));
  for (const int threads : {1, 4}) {
    ng::set_num_threads(threads);
    CHECK_AT(name.c_str(), threads, operands::call<S>(family, operation, in).outcome.row == 300);
  }
  ng::set_num_threads(1);
}

template <class S>
void refusals(const Family& family, const Matrix<S>& theta, Random& random) {
  for (std::size_t k = 0; k < ng::operation_count; ++k) {
    const auto operation = static_cast<Operation>(k);
    if (!operands::states(family, operation)) continue;
    const ng::OperationInfo& what = ng::info(operation);
    const std::vector<Matrix<S>> in = operands::of<S>(family, operation, theta, random);
    threads_and_position<S>(family, operation, in);
    if (what.out == ng::Kind::mask) continue;
    for (std::size_t i = 0; i < in.size(); ++i) {
      std::vector<S> bad(in[i].row(3), in[i].row(3) + in[i].width);
      bad.back() = std::numeric_limits<S>::quiet_NaN();
      refusal<S>(family, operation, in, i, bad.data(), Status::not_finite);
      const ng::Kind kind = what.in[0] == ng::Kind::standard ? ng::Kind::standard : what.in[i];
      if (kind == ng::Kind::natural || kind == ng::Kind::mean) {
        const bool natural = kind == ng::Kind::natural;
        const Operation mask = natural ? Operation::in_natural_domain : Operation::in_mean_domain;
        const Matrix<S> outside = operands::outside_points<S>(family, mask, 1, random);
        const Status status = natural ? Status::outside_natural_domain : Status::outside_mean_domain;
        if (outside.rows > 0) refusal<S>(family, operation, in, i, outside.row(0), status);
      }
    }
  }
}

template <class S>
void test_family(const Family& family, Random& random) {
  const Matrix<S> theta = operands::natural_points<S>(family, test_rows, random);
  round_trips<S>(family, theta);
  dual_identities<S>(family, theta, random);
  fisher_identities<S>(family, theta, random);
  refusals<S>(family, theta, random);
}

// --- rules ---

template <class S>
struct Moved {
  ng::Outcome outcome;
  Matrix<S> theta;
  Matrix<S> step;
  ng::UpdateBatch<S> batch;
};

template <class S>
Moved<S> move(const ng::Update& update, const Family& family, const Matrix<S>& theta, const Matrix<S>& gradient,
              const Matrix<S>& step, ng::OutOfDomain policy = ng::OutOfDomain::raise) {
  Moved<S> result{{}, Matrix<S>(theta.rows, theta.width), Matrix<S>(theta.rows, 1), {}};
  result.batch = {theta.rows, theta.in(), gradient.in(), step.in(), result.theta.out(), result.step.out()};
  result.outcome = ng::run(update, family, result.batch, policy);
  return result;
}

template <class S>
void test_rule(const ng::Update& update, const Family& family, const Matrix<S>& theta, Random& random) {
  const std::string name = family.name + " " + update.name;
  const Matrix<S> gradient = operands::normals<S>(theta.rows, family.size, random);
  const Matrix<S> none(theta.rows, 1);
  const Moved<S> stay = move<S>(update, family, theta, gradient, none);
  CHECK_AT(name.c_str(), 0, !stay.outcome.failed() && same_bits(stay.theta.data, theta.data));

  // A step far too long: refused by row, or halved until it is inside.
  const Matrix<S> far(theta.rows, 1, S(1e4));
  const Moved<S> refused = move<S>(update, family, theta, gradient, far);
  const Moved<S> shrunk = move<S>(update, family, theta, gradient, far, ng::OutOfDomain::shrink);
  CHECK_AT(name.c_str(), shrunk.outcome.row, !shrunk.outcome.failed());
  const Matrix<S> inside = operands::call<S>(family, Operation::in_natural_domain, {shrunk.theta}).out[0];
  Index first_shrunk = -1;
  for (Index r = 0; r < theta.rows; ++r) {
    CHECK_AT(name.c_str(), r, inside.row(r)[0] == S(1));
    int exponent = 0;
    const S used = shrunk.step.row(r)[0] / S(1e4);
    CHECK_AT(name.c_str(), used, used <= S(1) && std::frexp(used, &exponent) == S(0.5));
    if (used < S(1) && first_shrunk < 0) first_shrunk = r;
  }
  CHECK_AT(name.c_str(), refused.outcome.row, refused.outcome.row == first_shrunk);
  if (refused.outcome.failed()) {
    CHECK_AT(name.c_str(), refused.outcome.row, refused.outcome.status == Status::outside_natural_domain);
    const std::string text = ng::violation_text(update, family, refused.batch, refused.outcome);
    CHECK_AT((name + ": " + text).c_str(), 0, text.find("the step leaves the domain") != std::string::npos);
  }

  // Bad input, by row.
  for (const Index r : failing_rows) {
    Matrix<S> bad = gradient;
    bad.row(r)[family.size - 1] = std::numeric_limits<S>::infinity();
    const Moved<S> answer = move<S>(update, family, theta, bad, none);
    CHECK_AT(name.c_str(), r, answer.outcome.row == r && answer.outcome.status == Status::not_finite);
    const std::string text = ng::violation_text(update, family, answer.batch, answer.outcome);
    CHECK_AT((name + ": " + text).c_str(), r,
             text.find("gradient") != std::string::npos && text.find("must be finite") != std::string::npos);
    Matrix<S> start = theta;
    start.row(r)[0] = std::numeric_limits<S>::quiet_NaN();
    CHECK_AT(name.c_str(), r, move<S>(update, family, start, gradient, none).outcome.row == r);
  }

  const Matrix<S> many = operands::repeated(theta, 20'011);
  const Matrix<S> slopes = operands::repeated(gradient, 20'011);
  const Matrix<S> steps(20'011, 1, S(1e-3));
  const Moved<S> one = move<S>(update, family, many, slopes, steps, ng::OutOfDomain::shrink);
  for (const int threads : {2, 4}) {
    ng::set_num_threads(threads);
    const Moved<S> answer = move<S>(update, family, many, slopes, steps, ng::OutOfDomain::shrink);
    CHECK_AT((name + ", threads").c_str(), threads, same_bits(answer.theta.data, one.theta.data));
  }
  ng::set_num_threads(1);
}

const ng::Update* find(const std::string& name) {
  for (const ng::Update& update : ng::updates()) {
    if (update.name == name) return &update;
  }
  return nullptr;
}

// The natural-gradient step along F g is the mirror-descent step along g: dL/dtheta = F dL/dmu.
template <class S>
void equivalence(const Family& family, const Matrix<S>& theta, Random& random) {
  const ng::Update* natural = find("natural_gradient");
  const ng::Update* mirror = find("mirror_descent");
  if (natural == nullptr || mirror == nullptr) return;
  const Matrix<S> g = operands::normals<S>(theta.rows, family.size, random);
  const Matrix<S> fg = operands::call<S>(family, Operation::fisher_multiply, {theta, g}).out[0];
  const Matrix<S> f = operands::call<S>(family, Operation::fisher, {theta}).out[0];
  // The longest steps 2^-k that stay inside.
  const Matrix<S> step =
      move<S>(*mirror, family, theta, g, Matrix<S>(theta.rows, 1, S(0.5)), ng::OutOfDomain::shrink).step;
  Matrix<S> half = step;
  for (S& value : half.data) value *= S(0.5);
  const Moved<S> a = move<S>(*mirror, family, theta, g, half);
  const Moved<S> b = move<S>(*natural, family, theta, fg, half);
  CHECK_AT(family.name.c_str(), a.outcome.row, !a.outcome.failed());
  CHECK_AT(family.name.c_str(), b.outcome.row, !b.outcome.failed());
  for (Index r = 0; r < theta.rows; ++r) {
    for (Index j = 0; j < family.size; ++j) {
      double gap = 0;
      for (Index k = 0; k < family.size; ++k) {
        gap += static_cast<double>(f.row(r)[j * family.size + k]) *
               static_cast<double>(a.theta.row(r)[k] - b.theta.row(r)[k]);
      }
      const double scale = absolute_product(f.row(r), family.size, j, theta.row(r)) +
                           static_cast<double>(half.row(r)[0]) * absolute_product(f.row(r), family.size, j, g.row(r));
      CHECK_AT((family.name + " equivalence").c_str(), gap,
               std::abs(gap) <= 64 * static_cast<double>(ng::epsilon<S>) * scale);
    }
  }
}

template <class S>
void test_rules(const Family& family, Random& random) {
  const Matrix<S> theta = operands::natural_points<S>(family, test_rows, random);
  for (const ng::Update& update : ng::updates()) test_rule<S>(update, family, theta, random);
  equivalence<S>(family, theta, random);
}

// --- what is refused before there is a batch ---

void parameters() {
  for (const ng::FamilyEntry& entry : ng::families()) {
    const std::vector<ng::Argument> values = operands::arguments(entry, 2);
    const auto family = ng::make_family(entry, std::span<const ng::Argument>(values));
    CHECK_AT(entry.name.c_str(), family->size, family->size == static_cast<Index>(family->names().size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (entry.parameters[i].families) continue;
      for (const double bad : {entry.parameters[i].minimum - 1, std::numeric_limits<double>::quiet_NaN()}) {
        if (entry.parameters[i].axes > 0 && std::isfinite(bad)) continue;
        std::vector<ng::Argument> wrong = values;
        wrong[i].values[0] = bad;
        bool refused = false;
        try {
          ng::make_family(entry, std::span<const ng::Argument>(wrong));
        } catch (const std::invalid_argument& error) {
          refused = std::string(error.what()).find(entry.parameters[i].name) != std::string::npos;
        }
        CHECK_AT(entry.name.c_str(), bad, refused);
      }
    }
  }
}

// No rows is a batch too.
void empty(const Family& family) {
  const auto answer = operands::call<double>(family, Operation::log_partition, {Matrix<double>(0, family.size)});
  CHECK_AT(family.name.c_str(), 0, !answer.outcome.failed());
}

}  // namespace

int main() {
  Random random(20);
  ng::set_thread_threshold(0);  // threads are wanted for every batch
  parameters();
  CHECK(!ng::families().empty() && !ng::updates().empty() && !ng::likelihoods().empty());
  for (const ng::FamilyEntry& entry : ng::families()) {
    const auto family = operands::make(entry, 3);
    empty(*family);
    test_family<double>(*family, random);
    test_family<float>(*family, random);
    test_rules<double>(*family, random);
    test_rules<float>(*family, random);
  }
  return check::report();
}
