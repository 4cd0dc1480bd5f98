#include "natgrad/updates/update.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "natgrad/base/bits.hpp"
#include "natgrad/base/buffer.hpp"
#include "natgrad/families/batch.hpp"

namespace natgrad {
namespace {

template <class S>
void step(const Update& update, const StepTile<S>& tile) {
  if constexpr (std::is_same_v<S, double>) {
    update.f64(tile);
  } else {
    update.f32(tile);
  }
}

// inside[r] for every row of a tile of points.
template <class S>
void find_inside(const Family& family, Index groups, const S* theta, S* inside) {
  std::array<Status, 256> unused{};
  Tile<S> tile;
  tile.groups = groups;
  tile.in[0] = theta;
  tile.in_width[0] = family.size;
  tile.out[0] = inside;
  tile.out_width[0] = 1;
  tile.status = unused.data();
  family.kernel<S>(Operation::in_natural_domain)(family.self.get(), tile);
}

// Over all numbers of a tile; rows are looked at one by one only where the answer is no.
template <class S>
bool all_finite(const S* numbers, Index count) {
  return largest_bits(numbers, count) < to_bits(infinity<S>);
}
template <class S>
bool all_inside(const S* inside, Index count) {
  word_of<S> common = to_bits(S(1));
  for (Index k = 0; k < count; ++k) common &= to_bits(inside[k]);
  return common != 0;
}

}  // namespace

template <class S>
Outcome run(const Update& update, const Family& family, const UpdateBatch<S>& batch, OutOfDomain policy, Poll poll) {
  const Index lanes = family.operations<S>().lanes;
  const Index size = family.size;
  const Index width = 3 * size + 2;
  const Index padded = (batch.rows + lanes - 1) / lanes * lanes;
  const Index per_tile = std::min(tile_rows<S>(width, lanes), std::max<Index>(padded, lanes));
  return for_each_tile<S>(
      batch.rows, width, per_tile, width * per_tile, poll, [&](Index first, Index count, S* scratch) {
        S* theta = scratch;
        S* gradient = theta + size * per_tile;
        S* moved = gradient + size * per_tile;
        S* step_size = moved + size * per_tile;
        S* inside = step_size + per_tile;
        load_tile(batch.theta, first, count, lanes, theta);
        load_tile(batch.gradient, first, count, lanes, gradient);
        load_tile(batch.step_size, first, count, lanes, step_size);
        const Index groups = (count + lanes - 1) / lanes;
        std::array<Status, 256> status{};
        const StepTile<S> tile{family, groups, theta, gradient, step_size, moved, status.data()};

        Outcome outcome;
        find_inside(family, groups, theta, inside);
        const bool valid = all_inside(inside, groups * lanes) && all_finite(step_size, groups * lanes) &&
                           all_finite(gradient, groups * lanes * size);
        for (Index r = 0; !valid && r < count; ++r) {
          if (inside[r] == S(0)) outcome.note(first + r, Status::outside_natural_domain);
          if (!std::isfinite(step_size[r])) outcome.note(first + r, Status::not_finite);
          for (Index j = 0; j < size; ++j) {
            if (!std::isfinite(gradient[(r / lanes * size + j) * lanes + r % lanes])) {
              outcome.note(first + r, Status::not_finite);
            }
          }
        }
        if (outcome.failed()) return outcome;

        for (int halving = 0;; ++halving) {
          step(update, tile);
          find_inside(family, groups, moved, inside);
          if (all_inside(inside, groups * lanes)) break;
          for (Index r = 0; r < groups * lanes; ++r) {
            if (inside[r] == S(0)) step_size[r] *= S(0.5);
          }
          if (policy == OutOfDomain::raise || halving == most_halvings) {
            for (Index r = 0; r < count; ++r) {
              if (inside[r] == S(0)) outcome.note(first + r, Status::outside_natural_domain);
            }
            return outcome;
          }
        }
        store_tile(batch.moved, first, count, lanes, moved);
        if (batch.step_used.data != nullptr) store_tile(batch.step_used, first, count, lanes, step_size);
        return outcome;
      });
}

template <class S>
std::string violation_text(const Update& update, const Family& family, const UpdateBatch<S>& batch,
                           const Outcome& outcome) {
  const auto row = [&](const Rows<const S>& rows) {
    std::vector<S> values(static_cast<std::size_t>(rows.width));
    for (Index j = 0; j < rows.width; ++j) {
      values[static_cast<std::size_t>(j)] = rows.data[outcome.row * rows.row_stride + j * rows.column_stride];
    }
    return values;
  };
  const auto explain = [&](const std::vector<S>& theta) {
    const std::array<const S*, 1> operand{theta.data()};
    return family.operations<S>().explain(family.self.get(), Operation::log_partition,
                                          std::span<const S* const>(operand));
  };
  const std::string where = "row " + std::to_string(outcome.row) + ": ";
  const std::vector<S> theta = row(batch.theta);
  if (const Violation violation = explain(theta); violation.text != nullptr) {
    return where + text_of(violation);
  }
  const std::vector<S> gradient = row(batch.gradient);
  for (std::size_t j = 0; j < gradient.size(); ++j) {
    if (!std::isfinite(gradient[j])) {
      return where +
             text_of({"[%d] must be finite", static_cast<double>(gradient[j]), static_cast<Index>(j), "gradient"});
    }
  }
  const S step_size = row(batch.step_size)[0];
  if (!std::isfinite(step_size)) return where + text_of({"step_size must be finite", static_cast<double>(step_size)});

  // The step itself leaves: take it once more, for this row alone.
  const Index lanes = family.operations<S>().lanes;
  const Index size = family.size;
  Buffer<S> scratch((3 * size + 1) * lanes);
  S* tile = scratch.data();
  S* gradients = tile + size * lanes;
  S* moved = gradients + size * lanes;
  S* steps = moved + size * lanes;
  for (Index l = 0; l < lanes; ++l) {
    for (Index j = 0; j < size; ++j) {
      tile[j * lanes + l] = theta[static_cast<std::size_t>(j)];
      gradients[j * lanes + l] = gradient[static_cast<std::size_t>(j)];
    }
    steps[l] = step_size;
  }
  std::array<Status, 256> status{};
  step(update, StepTile<S>{family, 1, tile, gradients, steps, moved, status.data()});
  std::vector<S> result(theta.size());
  for (Index j = 0; j < size; ++j) result[static_cast<std::size_t>(j)] = moved[j * lanes];
  const Violation violation = explain(result);
  const std::string reason = violation.text != nullptr ? text_of(violation) : "the new point is on its boundary";
  return where + "the step leaves the domain: " + reason;
}

template Outcome run(const Update&, const Family&, const UpdateBatch<double>&, OutOfDomain, Poll);
template Outcome run(const Update&, const Family&, const UpdateBatch<float>&, OutOfDomain, Poll);
template std::string violation_text(const Update&, const Family&, const UpdateBatch<double>&, const Outcome&);
template std::string violation_text(const Update&, const Family&, const UpdateBatch<float>&, const Outcome&);

}  // namespace natgrad
