#include "natgrad/models/glm.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace natgrad {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index block_rows = 256;    // a multiple of every lanes<double>; X's block and its scaled twin stay in L2
constexpr Index most_segments = 16;  // each holds a Gram matrix of its own
// Fewer numbers than this are read before a second thread is awake.
constexpr Index parallel_rows_times_columns = 20'000;

// The sums of one segment, and the room it works in.
struct Segment {
  double value = 0;
  Vector gradient;
  Matrix gram;
  Index next = 0;  // the next block to read
  Index end = 0;

  Matrix block;   // D x block_rows: a column an observation
  Matrix scaled;  // sqrt(W) X, likewise
  Matrix whitened;
  Eigen::Array<double, Eigen::Dynamic, 7> rows;

  void start(Index dimension) {
    gradient = Vector::Zero(dimension);
    gram = Matrix::Zero(dimension, dimension);
    block.resize(dimension, block_rows);
    scaled.resize(dimension, block_rows);
    whitened.resize(dimension, block_rows);
    rows.setZero(block_rows, 7);
  }
};

void read_block(const GlmData& data, Index first, Index count, Matrix& block) {
  for (Index i = 0; i < count; ++i) {
    const double* row = data.x + (first + i) * data.row_stride;
    double* to = block.data() + i * block.rows();
    if (data.column_stride == 1) {
      std::copy_n(row, data.columns, to);
    } else {
      for (Index j = 0; j < data.columns; ++j) to[j] = row[j * data.column_stride];
    }
    if (data.intercept) to[data.columns] = 1.0;
  }
}

void add_block(const LikelihoodEntry& likelihood, const double* parameters, const GlmData& data,
               const Eigen::Map<const Vector>& mean, const Eigen::Map<const RowMajor>& root, Index first,
               Segment& sums) {
  const Index count = std::min(block_rows, data.rows - first);
  read_block(data, first, count, sums.block);
  const auto x = sums.block.leftCols(count);
  auto whitened = sums.whitened.leftCols(count);

  auto y = sums.rows.col(0);
  auto predictor = sums.rows.col(1);
  auto variance = sums.rows.col(2);
  y.head(count) = Eigen::Map<const Eigen::ArrayXd>(data.y + first, count);
  predictor.head(count).matrix().noalias() = x.transpose() * mean;
  whitened.noalias() = root.triangularView<Eigen::Lower>() * x;
  variance.head(count) = whitened.colwise().squaredNorm().transpose().array();
  // The rows missing in the last group repeat the last one.
  const Index padded = (count + lanes<double> - 1) / lanes<double> * lanes<double>;
  for (Index i = count; i < padded; ++i) sums.rows.row(i).head(3) = sums.rows.row(count - 1).head(3);

  likelihood.expectations(parameters, {padded / lanes<double>, y.data(), predictor.data(), variance.data(),
                                       sums.rows.col(3).data(), sums.rows.col(4).data(), sums.rows.col(5).data()});
  auto weight = sums.rows.col(6).head(count);
  if (data.weight != nullptr) {
    weight = Eigen::Map<const Eigen::ArrayXd>(data.weight + first, count);
  } else {
    weight.setOnes();
  }
  sums.value += (weight * sums.rows.col(3).head(count)).sum();
  sums.gradient.noalias() += x * (weight * sums.rows.col(4).head(count)).matrix();
  auto scaled = sums.scaled.leftCols(count);
  const Eigen::ArrayXd scale = (weight * sums.rows.col(5).head(count).min(0.0).abs()).sqrt();
  scaled.noalias() = x * scale.matrix().asDiagonal();
  sums.gram.selfadjointView<Eigen::Lower>().rankUpdate(scaled);
}

}  // namespace

GlmSums glm_pass(const LikelihoodEntry& likelihood, const double* parameters, const GlmData& data, const double* mean,
                 const double* root, Poll poll) {
  const Index dimension = data.dimension();
  const Eigen::Map<const Vector> centre(mean, dimension);
  const Eigen::Map<const RowMajor> factor(root, dimension, dimension);
  const Index blocks = (data.rows + block_rows - 1) / block_rows;
  const Index count = std::clamp<Index>(blocks, 1, most_segments);
  std::vector<Segment> segments(static_cast<std::size_t>(count));
  for (Index s = 0; s < count; ++s) {
    Segment& segment = segments[static_cast<std::size_t>(s)];
    segment.start(dimension);
    segment.next = blocks * s / count;
    segment.end = blocks * (s + 1) / count;
  }

  GlmSums sums;
  const Index work_of_block = block_rows * dimension * (2 * dimension + 64);
  const Index blocks_a_round = std::max<Index>(1, Index{200'000'000} / std::max<Index>(1, work_of_block * count));
  const int threads = data.rows * dimension < parallel_rows_times_columns ? 1 : get_num_threads();
  for (bool more = true; more;) {
    parallel_for(count, threads, [&](Index s) {
      Segment& segment = segments[static_cast<std::size_t>(s)];
      const Index stop = std::min(segment.end, segment.next + blocks_a_round);
      for (; segment.next < stop; ++segment.next) {
        add_block(likelihood, parameters, data, centre, factor, segment.next * block_rows, segment);
      }
    });
    more = false;
    for (const Segment& segment : segments) more = more || segment.next < segment.end;
    if (more && poll.stop()) {
      sums.interrupted = true;
      return sums;
    }
  }

  // Pairwise, in a fixed order.
  for (Index step = 1; step < count; step *= 2) {
    for (Index s = 0; s + step < count; s += 2 * step) {
      Segment& into = segments[static_cast<std::size_t>(s)];
      const Segment& from = segments[static_cast<std::size_t>(s + step)];
      into.value += from.value;
      into.gradient += from.gradient;
      into.gram += from.gram;
    }
  }
  Segment& whole = segments.front();
  whole.gram.triangularView<Eigen::StrictlyUpper>() = whole.gram.transpose();
  sums.value = whole.value;
  sums.gradient.assign(whole.gradient.data(), whole.gradient.data() + dimension);
  sums.gram.assign(whole.gram.data(), whole.gram.data() + dimension * dimension);
  return sums;
}

}  // namespace natgrad
