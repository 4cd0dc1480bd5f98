// The core alone, without Python: every family x operation at 1, 10^3 and 10^6 rows, every rule, the pass over data.
//
//   bench_registry --benchmark_filter='Gamma/.*/1000000'      items are rows; NATGRAD_NUM_THREADS sets the threads
#include <benchmark/benchmark.h>

#include <cstring>
#include <map>
#include <stdexcept>

#include "natgrad/base/threads.hpp"
#include "natgrad/models/glm.hpp"
#include "operands.hpp"

namespace ng = natgrad;
using ng::Family;
using ng::Index;
using ng::Operation;
using operands::Matrix;
using operands::Random;

namespace {

constexpr Index batch_sizes[] = {1, 1'000, 1'000'000};
constexpr Index distinct_rows = 256;      // a batch repeats so many
constexpr double most_numbers = 1 << 25;  // operands and results of one call take 256 MiB at most
constexpr double integer_parameters = 4;

std::string label(const Family& family) {
  std::string text = family.name;
  for (const auto& [name, value] : family.parameters) {
    if (!value.families.empty()) {
      for (const auto& part : value.families) text.append(1, ' ').append(label(*part));
      continue;
    }
    const double shown = value.shape.empty() ? value.values.front() : static_cast<double>(value.shape.front());
    text.append(1, '(').append(std::to_string(static_cast<Index>(shown))).append(1, ')');
  }
  return text;
}

Index affordable(Index rows, Index numbers_a_row) {
  return std::min(rows, static_cast<Index>(most_numbers / static_cast<double>(numbers_a_row)));
}

void report(benchmark::State& state, Index rows, const ng::Outcome& outcome) {
  if (outcome.failed()) state.SkipWithError("a row was refused");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * rows);
}

/// The same points for every operation and rule of a family: they are not always quick to find.
const Matrix<double>& points_of(const Family& family) {
  static std::map<const Family*, Matrix<double>> found;
  if (const auto known = found.find(&family); known != found.end()) return known->second;
  Random random(20);
  return found[&family] = operands::natural_points<double>(family, distinct_rows, random, false);
}

void run_operation(benchmark::State& state, const std::shared_ptr<const Family>& family, Operation operation,
                   Index asked) {
  Random random(20);
  const Matrix<double>& points = points_of(*family);
  const auto few = operands::of<double>(*family, operation, points, random);
  const std::vector<Index> widths = operands::widths(*family, ng::info(operation).out);
  Index numbers = 0;
  for (const Matrix<double>& operand : few) numbers += operand.width;
  for (const Index width : widths) numbers += width;
  const Index rows = affordable(asked, numbers);
  std::vector<Matrix<double>> in;
  std::vector<Matrix<double>> out;
  ng::Batch<double> batch;
  batch.rows = rows;
  for (const Matrix<double>& operand : few) in.push_back(operands::repeated(operand, rows));
  for (const Index width : widths) out.emplace_back(rows, width);
  for (std::size_t i = 0; i < in.size(); ++i) batch.in[i] = in[i].in();
  for (std::size_t i = 0; i < out.size(); ++i) batch.out[i] = out[i].out();
  ng::Outcome outcome;
  for ([[maybe_unused]] auto iteration : state) {
    outcome = ng::run(*family, operation, batch);
    benchmark::ClobberMemory();
  }
  report(state, rows, outcome);
}

void run_rule(benchmark::State& state, const ng::Update& update, const std::shared_ptr<const Family>& family,
              Index asked) {
  Random random(20);
  const Index rows = affordable(asked, 3 * family->size + 2);
  const Matrix<double>& few = points_of(*family);
  Matrix<double> gradient = operands::normals<double>(distinct_rows, family->size, random);
  if (!update.gradient_in_mean) {  // so that the natural-gradient step is a moderate one
    gradient = operands::call<double>(*family, Operation::fisher_multiply, {few, gradient}).out[0];
  }
  const Matrix<double> theta = operands::repeated(few, rows);
  const Matrix<double> slope = operands::repeated(gradient, rows);
  const Matrix<double> step(rows, 1, 1e-6);
  Matrix<double> moved(rows, family->size);
  Matrix<double> used(rows, 1);
  const ng::UpdateBatch<double> batch{rows, theta.in(), slope.in(), step.in(), moved.out(), used.out()};
  ng::Outcome outcome;
  for ([[maybe_unused]] auto iteration : state) {
    outcome = ng::run(update, *family, batch, ng::OutOfDomain::raise);
    benchmark::ClobberMemory();
  }
  report(state, rows, outcome);
}

void run_pass(benchmark::State& state, const ng::LikelihoodEntry& likelihood, Index rows, Index columns) {
  Random random(20);
  const Matrix<double> x = operands::normals<double>(rows, columns, random);
  const Matrix<double> mean = operands::normals<double>(1, columns, random);
  std::vector<double> y(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = x.row(static_cast<Index>(i))[0] > 0 ? 1.0 : 0.0;
  Matrix<double> root(columns, columns);
  for (Index i = 0; i < columns; ++i) {
    for (Index j = 0; j <= i; ++j) root.row(i)[j] = i == j ? 0.1 : 0.01;
  }
  const std::vector<double> parameters(likelihood.parameters.size(), 1.0);
  ng::GlmData data;
  data.rows = rows;
  data.columns = columns;
  data.x = x.data.data();
  data.row_stride = columns;
  data.y = y.data();
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(ng::glm_pass(likelihood, parameters.data(), data, mean.data.data(), root.data.data()));
  }
  report(state, rows, {});
}

// What no operation of one operand and one result of that width can beat.
void run_copy(benchmark::State& state, Index rows, Index width) {
  const Matrix<double> from(rows, width, 1.5);
  Matrix<double> to(rows, width);
  for ([[maybe_unused]] auto iteration : state) {
    std::memcpy(to.data.data(), from.data.data(), from.data.size() * sizeof(double));
    benchmark::ClobberMemory();
  }
  report(state, rows, {});
}

void register_all() {
  for (const Index rows : batch_sizes) {
    for (const Index width : {1, 2}) {
      benchmark::RegisterBenchmark(("copy/" + std::to_string(width) + "/" + std::to_string(rows)).c_str(), run_copy,
                                   rows, width);
    }
  }
  for (const ng::FamilyEntry& entry : ng::families()) {
    const auto family = operands::make(entry, integer_parameters);
    for (const Index rows : batch_sizes) {
      for (std::size_t k = 0; k < ng::operation_count; ++k) {
        const auto operation = static_cast<Operation>(k);
        if (!operands::states(*family, operation)) continue;
        const std::string name = label(*family) + "/" + ng::info(operation).name + "/" + std::to_string(rows);
        benchmark::RegisterBenchmark(name.c_str(), run_operation, family, operation, rows);
      }
      for (const ng::Update& update : ng::updates()) {
        const std::string name = label(*family) + "/" + update.name + "/" + std::to_string(rows);
        benchmark::RegisterBenchmark(name.c_str(), run_rule, update, family, rows);
      }
    }
  }
  constexpr std::pair<Index, Index> shapes[] = {{569, 31}, {10'000, 50}, {100'000, 20}, {2'000, 300}};
  for (const ng::LikelihoodEntry& likelihood : ng::likelihoods()) {
    for (const auto& [rows, columns] : shapes) {
      const std::string name =
          "glm_pass/" + likelihood.name + "/" + std::to_string(rows) + "x" + std::to_string(columns);
      benchmark::RegisterBenchmark(name.c_str(), run_pass, likelihood, rows, columns);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
