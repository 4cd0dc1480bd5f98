#include "natgrad/families/batch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace natgrad {
namespace {

Outcome first_failure(const Status* status, Index first, Index count) {
  Outcome outcome;
  const Status* found = std::find_if(status, status + count, [](Status s) { return s != Status::success; });
  if (found != status + count) outcome.note(first + (found - status), *found);
  return outcome;
}

}  // namespace

template <class S>
Outcome run(const Family& family, Operation operation, const Batch<S>& batch, Poll poll) {
  const Operations<S>& operations = family.operations<S>();
  const Kernel<S> kernel = family.kernel<S>(operation);
  const Index lanes = operations.lanes;
  Index width = 1;  // what a row takes of a tile: its operands, its results and its iterations
  for (std::size_t i = 0; i < 3; ++i) {
    if (batch.in[i].data != nullptr) width += batch.in[i].width;
    if (batch.out[i].data != nullptr) width += batch.out[i].width;
  }
  const Index padded = (batch.rows + lanes - 1) / lanes * lanes;
  const Index per_tile = std::min(tile_rows<S>(width, lanes), std::max<Index>(padded, lanes));
  return for_each_tile<S>(batch.rows, width, per_tile, width * per_tile, poll,
                          [&](Index first, Index count, S* scratch) {
                            std::array<Status, 256> status{};
                            Tile<S> tile;
                            tile.groups = (count + lanes - 1) / lanes;
                            tile.status = status.data();
                            for (std::size_t i = 0; i < 3; ++i) {
                              if (batch.in[i].data == nullptr) continue;
                              load_tile(batch.in[i], first, count, lanes, scratch);
                              tile.in[i] = scratch;
                              tile.in_width[i] = batch.in[i].width;
                              scratch += per_tile * batch.in[i].width;
                            }
                            for (std::size_t i = 0; i < 3; ++i) {
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
                            if (!kernel(family.self.get(), tile)) outcome = first_failure(status.data(), first, count);
                            for (std::size_t i = 0; i < 3; ++i) {
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
  std::array<std::vector<S>, 3> copies;
  std::array<const S*, 3> operands{};
  for (std::size_t i = 0; i < 3; ++i) {
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
      return text + "the result must be within the range of its number type, got nan";
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
