#include "natgrad/families/batch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "natgrad/base/bits.hpp"

namespace natgrad {
namespace {

Outcome first_failure(const Status* status, Index first, Index count) {
  Outcome outcome;
  const Status* found = std::find_if(status, status + count, [](Status s) { return s != Status::success; });
  if (found != status + count) outcome.note(first + (found - status), *found);
  return outcome;
}

constexpr bool gives_natural(Operation operation) {
  return operation == Operation::natural_from_mean || operation == Operation::natural_from_centred_mean ||
         operation == Operation::natural_from_standard;
}

// Overflow on the way may leave a NaN (infinity less infinity), or a point that is not finite: such rows are refused.
// Rows are looked at only where the scan of a tile has found something. True where nothing is.
template <class S>
bool refuse_beyond_range(Operation operation, const Tile<S>& tile, Index lanes, Index count) {
  const word_of<S> limit = to_bits(infinity<S>) - (gives_natural(operation) ? 1 : 0);
  word_of<S> largest = 0;
  for (std::size_t i = 0; i < max_operands; ++i) {
    const Index numbers = tile.out[i] != nullptr ? tile.groups * lanes * tile.out_width[i] : 0;
    largest = std::max(largest, largest_bits(tile.out[i], numbers));
  }
  if (largest <= limit) return true;
  bool fine = true;
  for (Index r = 0; r < count; ++r) {
    if (tile.status[r] != Status::success) continue;
    const auto each_number = [&](auto f) {
      for (std::size_t i = 0; i < max_operands; ++i) {
        const Index width = tile.out[i] != nullptr ? tile.out_width[i] : 0;
        for (Index j = 0; j < width; ++j) f(tile.out[i][(r / lanes * width + j) * lanes + r % lanes]);
      }
    };
    bool in_range = true;
    each_number([&](S number) { in_range = in_range && to_bits(abs(number)) <= limit; });
    if (in_range) continue;
    tile.status[r] = Status::not_finite;
    each_number([](S& number) { number = not_a_number<S>; });
    fine = false;
  }
  return fine;
}

// Rounded to its number type a point close to the boundary may be outside: no later operation would take it.
template <class S>
bool refuse_outside(const Family& family, const Tile<S>& tile, Index lanes, Index count) {
  alignas(64) std::array<S, most_tile_rows> inside;  // NOLINT: the kernel writes it
  std::array<Status, most_tile_rows> unread{};
  Tile<S> points;
  points.groups = tile.groups;
  points.in[0] = tile.out[0];
  points.in_width[0] = tile.out_width[0];
  points.out[0] = inside.data();
  points.out_width[0] = 1;
  points.status = unread.data();
  family.kernel<S>(Operation::in_natural_domain)(family.self.get(), points);
  bool fine = true;
  for (Index r = 0; r < count; ++r) {
    if (inside[static_cast<std::size_t>(r)] != S(0) || tile.status[r] != Status::success) continue;
    tile.status[r] = Status::beyond_precision;
    for (Index j = 0; j < tile.out_width[0]; ++j) {
      tile.out[0][(r / lanes * tile.out_width[0] + j) * lanes + r % lanes] = not_a_number<S>;
    }
    fine = false;
  }
  return fine;
}

/// Batches that take more bytes than a second-level cache holds ask for the next tile while this one is computed.
constexpr Index prefetched_beyond = Index{1} << 20;

/// Where the rows from `first` on stand, if they stand close together and no later than `last`.
template <class S>
const S* next_rows(const Rows<const S>& rows, Index first, Index last) {
  return contiguous(rows) && first <= last ? rows.data + first * rows.row_stride : nullptr;
}

}  // namespace

template <class S>
Outcome run(const Family& family, Operation operation, const Batch<S>& batch, Poll poll) {
  const Operations<S>& operations = family.operations<S>();
  const Kernel<S> kernel = family.kernel<S>(operation);
  if (kernel == nullptr) throw std::logic_error(family.name + " as a whole has no " + info(operation).name);
  const Index lanes = operations.lanes;
  Index width = 1;  // what a row takes of a tile: its operands, its results and its iterations
  for (std::size_t i = 0; i < max_operands; ++i) {
    if (batch.in[i].data != nullptr) width += batch.in[i].width;
    if (batch.out[i].data != nullptr) width += batch.out[i].width;
  }
  const Index padded = (batch.rows + lanes - 1) / lanes * lanes;
  const Index per_tile = std::min(tile_rows<S>(width, lanes), std::max<Index>(padded, lanes));
  const bool prefetches = batch.rows * width * static_cast<Index>(sizeof(S)) > prefetched_beyond;
  const Index last_prefetched = prefetches ? batch.rows - per_tile : -1;
  return for_each_tile<S>(batch.rows, width, per_tile, width * per_tile, poll,
                          [&](Index first, Index count, S* scratch) {
                            std::array<Status, most_tile_rows> status{};
                            Tile<S> tile;
                            tile.groups = (count + lanes - 1) / lanes;
                            tile.status = status.data();
                            for (std::size_t i = 0; i < max_operands; ++i) {
                              if (batch.in[i].data == nullptr) continue;
                              load_tile(batch.in[i], first, count, lanes, scratch);
                              tile.in[i] = scratch;
                              tile.in_width[i] = batch.in[i].width;
                              tile.ahead[i] = next_rows(batch.in[i], first + count, last_prefetched);
                              scratch += per_tile * batch.in[i].width;
                            }
                            for (std::size_t i = 0; i < max_operands; ++i) {
                              if (batch.out[i].data == nullptr) continue;
                              tile.out[i] = scratch;
                              tile.out_width[i] = batch.out[i].width;
                              scratch += per_tile * batch.out[i].width;
                            }
                            if (batch.iterations != nullptr) {
                              tile.iterations = scratch;
                              std::fill_n(scratch, per_tile, S(0));
                            }
                            Outcome outcome;
                            const bool succeeded = kernel(family.self.get(), tile);
                            const bool in_range = refuse_beyond_range(operation, tile, lanes, count);
                            const bool inside = !gives_natural(operation) || refuse_outside(family, tile, lanes, count);
                            if (!succeeded || !in_range || !inside) {
                              outcome = first_failure(status.data(), first, count);
                            }
                            for (std::size_t i = 0; i < max_operands; ++i) {
                              if (batch.out[i].data != nullptr)
                                store_tile(batch.out[i], first, count, lanes, tile.out[i]);
                            }
                            if (batch.status != nullptr) std::copy_n(status.data(), count, batch.status + first);
                            if (batch.iterations != nullptr)
                              std::copy_n(tile.iterations, count, batch.iterations + first);
                            return outcome;
                          });
}

std::string text_of(const Violation& violation) {
  char condition[160];
  // The text is one of the families' own literals, with at most one %d.
  std::snprintf(condition, sizeof condition, violation.text, static_cast<int>(violation.coordinate));
  char value[48];
  // printf may write a NaN with a sign.
  std::snprintf(value, sizeof value, ", got %.6g",
                std::isnan(violation.value) ? std::abs(violation.value) : violation.value);
  return violation.operand + condition + value;
}

template <class S>
std::string violation_text(const Family& family, Operation operation, const Batch<S>& batch, const Outcome& outcome) {
  std::array<std::vector<S>, max_operands> copies;
  std::array<const S*, max_operands> operands{};
  for (std::size_t i = 0; i < max_operands; ++i) {
    const Rows<const S>& rows = batch.in[i];
    if (rows.data == nullptr) continue;
    for (Index j = 0; j < rows.width; ++j) {
      copies[i].push_back(rows.data[outcome.row * rows.row_stride + j * rows.column_stride]);
    }
    operands[i] = copies[i].data();
  }
  std::string text = "row " + std::to_string(outcome.row) + ": ";
  const Violation violation =
      family.operations<S>().explain(family.self.get(), operation, std::span<const S* const>(operands));
  if (violation.text != nullptr) return text + text_of(violation);
  switch (outcome.status) {
    case Status::no_convergence:
      return text + "the inverse mean map did not converge";
    case Status::singular:
      return text + "the Fisher information is singular to working precision";
    case Status::not_finite:
      return text + "the result is beyond the range of its number type";
    case Status::beyond_precision:
      return text + "rounded to its number type, the result is outside the natural domain";
    default:
      // Packs and scalars may round a borderline condition differently.
      return text + "the point is on the boundary of the domain to working precision";
  }
}

template Outcome run(const Family&, Operation, const Batch<double>&, Poll);
template Outcome run(const Family&, Operation, const Batch<float>&, Poll);
template std::string violation_text(const Family&, Operation, const Batch<double>&, const Outcome&);
template std::string violation_text(const Family&, Operation, const Batch<float>&, const Outcome&);

}  // namespace natgrad
