#include "natgrad/families/combination.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "natgrad/base/buffer.hpp"
#include "natgrad/families/conditions.hpp"

namespace natgrad {

Combination::Combination(std::vector<Part> given) : parts(std::move(given)) {
  for (Part& part : parts) {
    part.first = size;
    part.event = event_size;
    size += part.copies * part.family->size;
    event_size += part.copies * product(part.family->event_shape);
  }
}

namespace {

/// What the copies of a part take of a row: copy c takes `count` numbers, in lines of `line`, from `first` + c `apart`.
struct Columns {
  Index first = 0;
  Index apart = 0;
  Index count = 0;  // 0: nothing
  Index line = 1;
  Index stride = 0;  // from one line to the next

  template <class Body>
  void each(Index copy, const Body& body) const {
    const Index begin = first + copy * apart;
    for (Index j = 0, from = begin; j < count; from += stride) {
      for (Index i = 0; i < line; ++i, ++j) body(j, from + i);
    }
  }
  bool plain() const { return line == count; }
};

Columns columns_of(const Combination& whole, const Part& part, Kind kind, std::size_t field) {
  const Index n = part.family->size;
  const Index x = product(part.family->event_shape);
  switch (kind) {
    case Kind::natural:
    case Kind::mean:
    case Kind::centred:
    case Kind::vector:
      return {part.first, n, n, n, 0};
    case Kind::observation:
    case Kind::anywhere:
      return {part.event, x, x, x, 0};
    case Kind::matrix:
      return {part.first * (whole.size + 1), n * (whole.size + 1), n * n, n, whole.size};
    case Kind::standard: {
      if (field >= part.family->standard.size()) return {};
      const Index count = product(part.family->standard[field].shape);
      return {0, count, count, count, 0};
    }
    case Kind::none:
      return {};
    default:
      return {0, 0, 1, 1, 0};
  }
}

/// Number `column` of a row of a tile: rows stand 2^shift at a time.
struct Layout {
  Index width = 0;
  int shift = 0;

  Index operator()(Index row, Index column) const {
    return (((row >> shift) * width + column) << shift) + (row & ((Index{1} << shift) - 1));
  }
};

int shift_of(Index lanes) { return std::countr_zero(static_cast<std::size_t>(lanes)); }

constexpr bool is_number(Kind kind) { return kind == Kind::scalar || kind == Kind::mask; }

/// Of the parts' numbers the smallest counts, where it is not their sum.
constexpr bool takes_least(Operation operation) {
  return operation == Operation::in_natural_domain || operation == Operation::in_mean_domain ||
         operation == Operation::step_to_boundary || operation == Operation::mean_step_to_boundary;
}

/// One part's share of a tile: its copies are rows of a tile of its own.
template <class S>
bool compute_part(Operation operation, const Combination& whole, const Part& part, int shift, const Tile<S>& tile) {
  const OperationInfo& what = info(operation);
  const Operations<S>& operations = part.family->template operations<S>();
  const int own_shift = shift_of(operations.lanes);
  const Index rows = tile.groups << shift;
  const Index given = rows * part.copies;
  Tile<S> own;
  own.groups = (given + operations.lanes - 1) >> own_shift;
  const Index padded = own.groups << own_shift;
  std::array<Columns, max_operands> in;
  std::array<Columns, max_operands> out;
  Index numbers = padded;
  for (std::size_t i = 0; i < max_operands; ++i) {
    in[i] = columns_of(whole, part, what.in[0] == Kind::standard ? Kind::standard : what.in[i], i);
    const bool gives = i == 0 || what.out == Kind::standard;
    if (gives) out[i] = columns_of(whole, part, what.out, i);
    own.in_width[i] = in[i].count;
    own.out_width[i] = out[i].count;
    numbers += padded * (in[i].count + out[i].count);
  }
  Buffer<S, 512> memory(numbers);
  Buffer<Status, 512> status(padded);
  std::fill_n(status.data(), padded, Status::success);
  own.status = status.data();

  S* next = memory.data();
  for (std::size_t i = 0; i < max_operands; ++i) {
    if (in[i].count == 0) continue;
    S* to = next;
    own.in[i] = to;
    next += padded * in[i].count;
    const Layout from_layout{tile.in_width[i], shift};
    const Layout to_layout{in[i].count, own_shift};
    if (part.copies == 1 && own_shift == shift && in[i].plain()) {
      for (Index g = 0; g < tile.groups; ++g) {
        std::copy_n(tile.in[i] + from_layout(g << shift, in[i].first), in[i].count << shift,
                    to + to_layout(g << shift, 0));
      }
      continue;
    }
    for (Index r = 0, own_row = 0; r < rows; ++r) {
      for (Index c = 0; c < part.copies; ++c, ++own_row) {
        in[i].each(c, [&](Index j, Index column) { to[to_layout(own_row, j)] = tile.in[i][from_layout(r, column)]; });
      }
    }
    // The rows missing in the last group repeat the last one.
    for (Index own_row = given; own_row < padded; ++own_row) {
      for (Index j = 0; j < in[i].count; ++j) to[to_layout(own_row, j)] = to[to_layout(given - 1, j)];
    }
  }
  for (std::size_t i = 0; i < max_operands; ++i) {
    if (out[i].count == 0) continue;
    own.out[i] = next;
    next += padded * out[i].count;
  }
  if (tile.iterations != nullptr) {
    own.iterations = next;
    std::fill_n(next, padded, S(0));
  }

  const bool succeeded = part.family->template kernel<S>(operation)(part.family->self.get(), own);

  const bool number = is_number(what.out);
  const bool least = takes_least(operation);
  for (std::size_t i = 0; i < max_operands; ++i) {
    if (out[i].count == 0) continue;
    const Layout from_layout{out[i].count, own_shift};
    const Layout to_layout{tile.out_width[i], shift};
    for (Index r = 0, own_row = 0; r < rows; ++r) {
      for (Index c = 0; c < part.copies; ++c, ++own_row) {
        if (number) {
          S& to = tile.out[i][to_layout(r, 0)];
          const S value = own.out[i][from_layout(own_row, 0)];
          to = least ? std::min(to, value) : to + value;
        } else {
          out[i].each(c, [&](Index j, Index column) {
            tile.out[i][to_layout(r, column)] = own.out[i][from_layout(own_row, j)];
          });
        }
      }
    }
  }
  for (Index r = 0, own_row = 0; r < rows; ++r) {
    for (Index c = 0; c < part.copies; ++c, ++own_row) {
      if (tile.iterations != nullptr) tile.iterations[r] = std::max(tile.iterations[r], own.iterations[own_row]);
      if (!succeeded && tile.status[r] == Status::success) tile.status[r] = status[own_row];
    }
  }
  return succeeded;
}

template <Operation operation, class S>
bool kernel(const void* family, const Tile<S>& tile) {
  const Combination& whole = *static_cast<const Combination*>(family);
  const OperationInfo& what = info(operation);
  const int shift = shift_of(lanes<S>);
  const Index rows = tile.groups << shift;
  if (is_number(what.out)) {
    std::fill_n(tile.out[0], rows, takes_least(operation) ? infinity<S> : S(0));
  } else if (what.out == Kind::matrix) {
    std::fill_n(tile.out[0], rows * tile.out_width[0], S(0));
  }
  bool succeeded = true;
  for (const Part& part : whole.parts) {
    succeeded = compute_part<S>(operation, whole, part, shift, tile) && succeeded;
  }
  for (Index r = 0; !succeeded && r < rows; ++r) {
    if (tile.status[r] == Status::success) continue;
    for (std::size_t i = 0; i < max_operands; ++i) {
      const Layout layout{tile.out_width[i], shift};
      for (Index j = 0; tile.out[i] != nullptr && j < tile.out_width[i]; ++j) {
        tile.out[i][layout(r, j)] = not_a_number<S>;
      }
    }
  }
  return succeeded;
}

/// What is asked of an operand before any part sees it: numbers, and a damping.
template <class S>
Violation explain_numbers(const Combination& whole, const OperationInfo& what, std::size_t i, const S* data) {
  const Kind kind = what.in[i];
  FirstViolation<S> first;
  switch (kind) {
    case Kind::natural:
    case Kind::mean:
    case Kind::centred:
    case Kind::vector:
      require_finite(whole.size, data, first);
      if (first.text == nullptr || kind != Kind::vector) break;
      return {"[%d] must be finite", static_cast<double>(first.value), first.coordinate, what.argument[i]};
    case Kind::observation:
    case Kind::anywhere:
      for (Index j = 0; j < whole.event_size; ++j) first(data[j] == data[j], data[j], "x must be a number");
      break;
    case Kind::damping:
      first(is_finite(data[0]) && data[0] >= S(0), data[0], "damping must be finite and >= 0");
      break;
    default:
      break;
  }
  return {first.text, static_cast<double>(first.value), first.coordinate};
}

template <class S>
Violation explain(const void* family, Operation operation, std::span<const S* const> operands) {
  const Combination& whole = *static_cast<const Combination*>(family);
  const OperationInfo& what = info(operation);
  const bool from_standard = what.in[0] == Kind::standard;
  for (std::size_t i = 0; i < max_operands && !from_standard && what.in[i] != Kind::none; ++i) {
    const Violation found = explain_numbers<S>(whole, what, i, operands[i]);
    if (found.text != nullptr) return found;
  }
  Index number = 0;
  for (const Part& part : whole.parts) {
    std::array<Columns, max_operands> in;
    for (std::size_t i = 0; i < max_operands; ++i) {
      in[i] = columns_of(whole, part, from_standard ? Kind::standard : what.in[i], i);
    }
    for (Index copy = 0; copy < part.copies; ++copy, ++number) {
      std::array<const S*, max_operands> own{};
      for (std::size_t i = 0; i < max_operands; ++i) {
        if (in[i].count > 0) own[i] = operands[i] + in[i].first + copy * in[i].apart;
      }
      Violation found = part.family->template operations<S>().explain(part.family->self.get(), operation,
                                                                      std::span<const S* const>(own));
      if (found.text == nullptr) continue;
      if (found.operand.empty()) found.operand = "part " + std::to_string(number) + ": ";
      return found;
    }
  }
  return {};
}

template <class S, std::size_t... operation>
Operations<S> operations(std::index_sequence<operation...>) {
  return {lanes<S>, {kernel<static_cast<Operation>(operation), S>...}, explain<S>};
}

std::string coordinate(const void* family, Index j) {
  const Combination& whole = *static_cast<const Combination*>(family);
  Index number = 0;
  for (const Part& part : whole.parts) {
    const Index n = part.family->size;
    if (j < part.first + part.copies * n) {
      const Index copy = (j - part.first) / n;
      return std::to_string(number + copy) + "." +
             part.family->coordinate(part.family->self.get(), (j - part.first) % n);
    }
    number += part.copies;
  }
  return {};
}

}  // namespace

std::shared_ptr<const Family> combined_family(std::string name,
                                              std::vector<std::pair<std::string, Argument>> parameters,
                                              std::vector<Part> parts, Shape event_shape, std::vector<Field> standard) {
  const auto self = std::make_shared<const Combination>(std::move(parts));
  constexpr auto all = std::make_index_sequence<operation_count>();
  Family family{std::move(name),
                std::move(parameters),
                self->size,
                std::move(event_shape),
                std::move(standard),
                self,
                coordinate,
                operations<double>(all),
                operations<float>(all)};
  if (family.standard.empty()) {
    for (const Operation operation : {Operation::natural_from_standard, Operation::standard_from_natural}) {
      family.f64.kernels[static_cast<std::size_t>(operation)] = nullptr;
      family.f32.kernels[static_cast<std::size_t>(operation)] = nullptr;
    }
  }
  return std::make_shared<const Family>(std::move(family));
}

}  // namespace natgrad
