#pragma once

#include <array>
#include <string>

#include "natgrad/base/tiles.hpp"
#include "natgrad/families/family.hpp"

namespace natgrad {

/// One operation over a batch of rows: the operands in order, and what is wanted of every row.
template <class S>
struct Batch {
  Index rows = 0;
  std::array<Rows<const S>, max_operands> in{};
  std::array<Rows<S>, max_operands> out{};
  Status* status = nullptr;  // (rows,), or null
  S* iterations = nullptr;   // (rows,), or null
};

template <class S>
Outcome run(const Family& family, Operation operation, const Batch<S>& batch, Poll poll = {});

/// The condition that row `row` violates, as a sentence: "row 17: rate must be > 0, got -0.5".
template <class S>
std::string violation_text(const Family& family, Operation operation, const Batch<S>& batch, const Outcome& outcome);

/// "rate must be > 0, got -0.5" from its parts.
std::string text_of(const Violation& violation);

}  // namespace natgrad
