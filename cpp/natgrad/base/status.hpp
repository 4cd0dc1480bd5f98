#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace natgrad {

using Index = std::ptrdiff_t;

/// What became of one row. The numbers are part of the Python interface (`info.status`).
enum class Status : std::uint8_t {
  success = 0,
  outside_natural_domain = 1,
  outside_mean_domain = 2,
  not_finite = 3,
  no_convergence = 4,
  singular = 5,
  outside_support = 6,
  outside_standard_domain = 7,
  beyond_precision = 8,  // a point that rounding to its number type has put outside its domain
};

/// What became of a batch: the first row that failed, and why; no exception crosses a thread.
struct Outcome {
  Index row = -1;  // -1: every row succeeded
  Status status = Status::success;
  bool interrupted = false;

  bool failed() const { return row >= 0; }
  void note(Index failing_row, Status why) {
    if (row < 0 || failing_row < row) {
      row = failing_row;
      status = why;
    }
  }
  void merge(const Outcome& other) {
    if (other.failed()) note(other.row, other.status);
    interrupted = interrupted || other.interrupted;
  }
};

}  // namespace natgrad
