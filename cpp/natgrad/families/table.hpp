#pragma once

#include <stdexcept>

#include "natgrad/families/derived.hpp"
#include "natgrad/families/family.hpp"

namespace natgrad {

// A family's statements become its table of kernels here: one kernel an operation and number type, made once for all
// families. A kernel checks its operands, computes every row, and leaves NaN and a status where a row was refused.

namespace table {

/// The conditions on one operand.
template <class F, class R, class Require>
NATGRAD_INLINE void conditions(const F& f, Kind kind, const R* data, Index width, Require& require) {
  using S = scalar_of<R>;
  switch (kind) {
    case Kind::natural:
      require_finite(width, data, require);
      f.natural_domain(data, require);
      break;
    case Kind::mean:
      require_finite(width, data, require);
      f.mean_domain(data, require);
      break;
    case Kind::centred:
      require_finite(width, data, require);
      if constexpr (StatesCentred<F, R>) {
        f.centred_domain(data, require);
      } else {
        f.mean_domain(data, require);
      }
      break;
    case Kind::vector:
      require_finite(width, data, require);
      break;
    case Kind::damping:
      require(is_finite(data[0]) & (data[0] >= S(0)), data[0], "damping must be finite and >= 0");
      break;
    case Kind::observation:
      for (Index j = 0; j < width; ++j) require(data[j] == data[j], data[j], "x must be a number");
      // A kind, as opposed to its families, has no observations.
      if constexpr (requires { f.support(data, require); }) f.support(data, require);
      break;
    case Kind::anywhere:
      for (Index j = 0; j < width; ++j) require(data[j] == data[j], data[j], "x must be a number");
      break;
    default:
      break;
  }
}

/// What a row is told that is finite and yet refused.
constexpr Status status_of(Kind kind) {
  switch (kind) {
    case Kind::natural:
      return Status::outside_natural_domain;
    case Kind::mean:
    case Kind::centred:
      return Status::outside_mean_domain;
    case Kind::observation:
      return Status::outside_support;
    case Kind::standard:
      return Status::outside_standard_domain;
    case Kind::damping:
      return Status::singular;
    default:
      return Status::not_finite;
  }
}

/// The numbers a row of that kind takes: a constant of the kernel for a family of fixed size.
template <class F>
NATGRAD_INLINE Index width_of(const F& f, Kind kind, Index in_tile) {
  switch (kind) {
    case Kind::natural:
    case Kind::mean:
    case Kind::centred:
    case Kind::vector:
      return f.size();
    case Kind::matrix:
      return f.size() * f.size();
    case Kind::scalar:
    case Kind::damping:
    case Kind::mask:
      return 1;
    default:
      return in_tile;
  }
}

/// Whether the family's statement of an operation judges the points it is given itself, as it has what that takes: the
/// factor of a matrix, say.
template <Operation operation, class F, class R>
constexpr bool judges() {
  using Asked = Inside<R>&;
  if constexpr (operation == Operation::mean_from_natural) {
    return requires(const F& f, const R* in, R* out, Asked asked) { f.to_mean(in, out, asked); };
  } else if constexpr (operation == Operation::natural_from_mean) {
    return requires(const F& f, const R* in, R* out, Asked asked) { f.to_natural(in, out, asked); };
  } else if constexpr (operation == Operation::centred_mean_from_natural) {
    return requires(const F& f, const R* in, R* out, Asked asked) { f.to_centred(in, out, asked); };
  } else if constexpr (operation == Operation::natural_from_centred_mean) {
    return requires(const F& f, const R* in, R* out, Asked asked) { f.from_centred(in, out, asked); };
  } else if constexpr (operation == Operation::log_partition) {
    return requires(const F& f, const R* in, Asked asked) { f.log_partition(in, asked); };
  } else if constexpr (operation == Operation::kl_divergence) {
    return requires(const F& f, const R* in, Asked asked) { f.kl_divergence(in, in, asked, asked); };
  } else {
    return false;
  }
}

/// One group of rows: `in` and `out` are its operands, and `asked` what a family that judges says of each. Returns the
/// rows that succeeded.
template <Operation operation, class F, class R>
NATGRAD_INLINE mask_of<R> apply(const F& f, const R* const* in, R* const* out, [[maybe_unused]] R* iterations,
                                [[maybe_unused]] Inside<R>* asked) {
  const mask_of<R> done = Inside<R>().ok;
  if constexpr (judges<operation, F, R>()) {
    if constexpr (operation == Operation::mean_from_natural) f.to_mean(in[0], out[0], asked[0]);
    if constexpr (operation == Operation::natural_from_mean) f.to_natural(in[0], out[0], asked[0]);
    if constexpr (operation == Operation::centred_mean_from_natural) f.to_centred(in[0], out[0], asked[0]);
    if constexpr (operation == Operation::natural_from_centred_mean) f.from_centred(in[0], out[0], asked[0]);
    if constexpr (operation == Operation::log_partition) out[0][0] = f.log_partition(in[0], asked[0]);
    if constexpr (operation == Operation::kl_divergence) {
      out[0][0] = f.kl_divergence(in[0], in[1], asked[0], asked[1]);
    }
  } else if constexpr (operation == Operation::mean_from_natural) {
    f.to_mean(in[0], out[0]);
  } else if constexpr (operation == Operation::natural_from_mean) {
    if constexpr (std::is_void_v<decltype(f.to_natural(in[0], out[0]))>) {
      f.to_natural(in[0], out[0]);
    } else {
      const Iterations<R> ended = f.to_natural(in[0], out[0]);
      if (iterations != nullptr) *iterations = ended.count;
      return ended.converged;
    }
  } else if constexpr (operation == Operation::centred_mean_from_natural) {
    if constexpr (StatesCentred<F, R>) {
      f.to_centred(in[0], out[0]);
    } else {
      f.to_mean(in[0], out[0]);
    }
  } else if constexpr (operation == Operation::natural_from_centred_mean) {
    if constexpr (StatesCentred<F, R>) {
      if constexpr (std::is_void_v<decltype(f.from_centred(in[0], out[0]))>) {
        f.from_centred(in[0], out[0]);
      } else {
        return f.from_centred(in[0], out[0]).converged;
      }
    } else {
      return apply<Operation::natural_from_mean, F, R>(f, in, out, iterations, asked);
    }
  } else if constexpr (operation == Operation::log_partition) {
    out[0][0] = f.log_partition(in[0]);
  } else if constexpr (operation == Operation::dual_log_partition) {
    out[0][0] = derived::dual_log_partition<F, R>(f, in[0]);
  } else if constexpr (operation == Operation::entropy) {
    out[0][0] = derived::entropy<F, R>(f, in[0]);
  } else if constexpr (operation == Operation::cross_entropy) {
    out[0][0] = derived::cross_entropy<F, R>(f, in[0], in[1]);
  } else if constexpr (operation == Operation::kl_divergence) {
    out[0][0] = derived::kl_divergence<F, R>(f, in[0], in[1]);
  } else if constexpr (operation == Operation::fisher) {
    fisher::dense<F, R>(f, in[0], out[0]);
  } else if constexpr (operation == Operation::fisher_multiply) {
    fisher::multiply<F, R>(f, in[0], in[1], out[0]);
  } else if constexpr (operation == Operation::fisher_solve) {
    return fisher::solve<F, R>(f, in[0], in[1], in[2][0], out[0]);
  } else if constexpr (operation == Operation::fisher_log_determinant) {
    out[0][0] = fisher::log_determinant<F, R>(f, in[0]);
  } else if constexpr (operation == Operation::sufficient_statistics) {
    f.sufficient_statistics(in[0], out[0]);
  } else if constexpr (operation == Operation::log_base_measure) {
    out[0][0] = derived::log_base_measure<F, R>(f, in[0]);
  } else if constexpr (operation == Operation::log_density) {
    out[0][0] = derived::log_density<F, R>(f, in[0], in[1]);
  } else if constexpr (operation == Operation::in_natural_domain || operation == Operation::in_mean_domain) {
    Inside<R> inside;
    conditions<F, R>(f, operation == Operation::in_natural_domain ? Kind::natural : Kind::mean, in[0], f.size(),
                     inside);
    out[0][0] = select(inside.ok, broadcast<R>(1), broadcast<R>(0));
  } else if constexpr (operation == Operation::step_to_boundary) {
    out[0][0] = derived::step_to_boundary<F, R>(f, in[0], in[1]);
  } else if constexpr (operation == Operation::mean_step_to_boundary) {
    out[0][0] = derived::mean_step_to_boundary<F, R>(f, in[0], in[1]);
  } else if constexpr (operation == Operation::natural_from_standard) {
    f.natural_from_standard(in, out[0]);
  } else {
    static_assert(operation == Operation::standard_from_natural);
    f.standard_from_natural(in[0], out);
  }
  return done;
}

constexpr Status failure_of(Operation operation) {
  return operation == Operation::fisher_solve ? Status::singular : Status::no_convergence;
}

template <class R>
void mark(mask_of<R> refused, Status status, Status* rows) {
  if constexpr (is_pack<R>) {
    for (int l = 0; l < lanes<scalar_of<R>>; ++l) {
      if (lane(refused, l) && rows[l] == Status::success) rows[l] = status;
    }
  } else {
    if (refused && *rows == Status::success) *rows = status;
  }
}

/// A group with a row whose operand is not `ok`: what is not finite is that before it is anything else; an infinite
/// observation is a number, outside the support.
template <class R>
[[gnu::noinline]] void refuse(mask_of<R> ok, Kind kind, const R* data, Index width, Status* rows) {
  const bool observed = kind == Kind::observation || kind == Kind::anywhere;
  for (Index j = 0; j < width; ++j) {
    mark<R>(observed ? is_nan(data[j]) : !is_finite(data[j]), Status::not_finite, rows);
  }
  mark<R>(!ok, status_of(kind), rows);
}

/// body(i) for every place that `used` names, as constants: of what kind it is the compiler knows.
template <class Used, class Body>
NATGRAD_INLINE void each_place(Used used, const Body& body) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    const auto one = [&](auto place) {
      if constexpr (used(place)) body(place);
    };
    (one(std::integral_constant<std::size_t, i>()), ...);
  }(std::make_index_sequence<max_operands>());
}

/// Whether an operation has an operand in a place: fields of standard parameters may take all of them.
template <Operation operation>
inline constexpr auto takes =
    [](std::size_t i) { return info(operation).in[0] == Kind::standard || info(operation).in[i] != Kind::none; };
template <Operation operation>
inline constexpr auto gives = [](std::size_t i) { return info(operation).out == Kind::standard || i == 0; };

/// Asks the memory for the share of `numbers` numbers that is the g-th.
template <class S>
NATGRAD_INLINE void prefetch(const S* from, Index numbers, Index g) {
#if defined(__GNUC__)
  if (from == nullptr) return;
  constexpr Index line = 64 / static_cast<Index>(sizeof(S));
  for (Index k = 0; k < numbers; k += line) __builtin_prefetch(from + g * numbers + k);
#endif
}

template <Operation operation, class F, class R>
bool kernel(const void* family, const Tile<scalar_of<R>>& tile) {
  using S = scalar_of<R>;
  constexpr Index group = sizeof(R) / sizeof(S);
  const F& f = *static_cast<const F*>(family);
  static constexpr const OperationInfo& what = info(operation);
  // The domain masks are asked of every vector there is: they answer false for what is not finite.
  constexpr bool checked = what.out != Kind::mask;
  constexpr bool from_standard = what.in[0] == Kind::standard;
  constexpr bool to_standard = what.out == Kind::standard;
  constexpr bool judged = judges<operation, F, R>();
  std::array<const R*, max_operands> in{};
  std::array<R*, max_operands> out{};
  std::array<Index, max_operands> in_width{};
  std::array<Index, max_operands> out_width{};
  const std::array<const S*, max_operands> ahead = tile.ahead;
  each_place(takes<operation>, [&](auto i) {
    in[i] = reinterpret_cast<const R*>(tile.in[i]);
    in_width[i] = from_standard ? tile.in_width[i] : width_of(f, what.in[i], tile.in_width[i]);
  });
  each_place(gives<operation>, [&](auto i) {
    out[i] = reinterpret_cast<R*>(tile.out[i]);
    out_width[i] = to_standard ? tile.out_width[i] : width_of(f, what.out, tile.out_width[i]);
  });
  R* iterations = reinterpret_cast<R*>(tile.iterations);
  const Index groups = tile.groups;
  bool succeeded = true;
  for (Index g = 0; g < groups; ++g) {
    const auto status = [&] { return tile.status + g * group; };
    Inside<R> inside;
    std::array<Inside<R>, max_operands> asked;
    const auto heed = [&](auto i) {
      constexpr Kind kind = from_standard ? Kind::vector : what.in[i];
      if (!all(asked[i].ok)) refuse<R>(asked[i].ok, kind, in[i], in_width[i], status());
      inside.ok = inside.ok & asked[i].ok;
    };
    if constexpr (checked && !judged) {
      each_place(takes<operation>, [&](auto i) {
        constexpr Kind kind = from_standard ? Kind::vector : what.in[i];
        conditions<F, R>(f, kind, in[i], in_width[i], asked[i]);
        heed(i);
      });
      if constexpr (from_standard) {
        f.standard_domain(in.data(), inside);
        if (!all(inside.ok)) mark<R>(!inside.ok, Status::outside_standard_domain, status());
      }
    }
    if constexpr (judged) {
      each_place(takes<operation>, [&](auto i) { require_finite(in_width[i], in[i], asked[i]); });
    }
    const mask_of<R> done = apply<operation, F, R>(f, in.data(), out.data(), iterations, asked.data());
    if constexpr (judged) each_place(takes<operation>, heed);
    const mask_of<R> good = inside.ok & done;
    if (!all(good)) {
      succeeded = false;
      mark<R>(!done, failure_of(operation), status());
      const R nothing = broadcast<R>(not_a_number<S>);
      each_place(gives<operation>, [&](auto i) {
        for (Index j = 0; j < out_width[i]; ++j) out[i][j] = select(good, out[i][j], nothing);
      });
    }
    each_place(takes<operation>, [&](auto i) {
      prefetch(ahead[i], in_width[i] * group, g);
      in[i] += in_width[i];
    });
    each_place(gives<operation>, [&](auto i) { out[i] += out_width[i]; });
    if (iterations != nullptr) ++iterations;
  }
  return succeeded;
}

template <class F, class S>
Violation explain(const void* family, Operation operation, std::span<const S* const> operands) {
  const F& f = *static_cast<const F*>(family);
  const OperationInfo& what = info(operation);
  FirstViolation<S> first;
  if (what.in[0] == Kind::standard) {
    const std::vector<Field> fields = f.standard();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      require_finite(product(fields[i].shape), operands[i], first);
      if (first.text != nullptr) return {" must be finite", static_cast<double>(first.value), -1, fields[i].name};
    }
    f.standard_domain(operands.data(), first);
  } else {
    for (std::size_t i = 0; i < max_operands && what.in[i] != Kind::none; ++i) {
      const Kind kind = what.in[i];
      const bool point = kind == Kind::natural || kind == Kind::mean || kind == Kind::centred || kind == Kind::vector;
      const Index width = point ? f.size() : kind == Kind::damping ? 1 : product(f.event_shape());
      conditions<F, S>(f, kind, operands[i], width, first);
      if (first.text == nullptr) continue;
      if (kind != Kind::vector) break;
      return {"[%d] must be finite", static_cast<double>(first.value), first.coordinate, what.argument[i]};
    }
  }
  return {first.text, static_cast<double>(first.value), first.coordinate};
}

/// Whether an operation follows from the log-partition and its domain alone, without T, h or standard parameters.
constexpr bool follows_from_log_partition(Operation operation) {
  switch (operation) {
    case Operation::entropy:
    case Operation::cross_entropy:
    case Operation::sufficient_statistics:
    case Operation::log_base_measure:
    case Operation::log_density:
    case Operation::natural_from_standard:
    case Operation::standard_from_natural:
      return false;
    default:
      return true;
  }
}

template <class S>
using Kernels = std::array<Kernel<S>, operation_count>;

/// A family that shares its log-partition with others derives from what they share, and names it `kind`.
template <class F>
concept OfKind = requires { typename F::kind; };

/// A kind that states T, h and the standard parameters too, so that all its kernels are those of its families.
template <class K>
concept StatesAll = requires { K::states_all; };

template <class K>
constexpr bool shares(Operation operation) {
  return StatesAll<K> || follows_from_log_partition(operation);
}

template <class F>
constexpr bool shared_by_kind(Operation operation) {
  if constexpr (OfKind<F>) {
    return shares<typename F::kind>(operation);
  } else {
    return false;
  }
}

/// The kernels of what a kind's families share; others are null. Compiled once, where the kind's own file says so
/// (kind.hpp), not with each family.
template <class K, class R>
const Kernels<scalar_of<R>>& kind_kernels();

template <Operation operation, class F, class R>
Kernel<scalar_of<R>> kernel_of() {
  if constexpr (shared_by_kind<F>(operation)) {
    return kind_kernels<typename F::kind, R>()[static_cast<std::size_t>(operation)];
  } else {
    return kernel<operation, F, R>;
  }
}

template <class F, class R, std::size_t... operation>
Kernels<scalar_of<R>> kernels(std::index_sequence<operation...>) {
  return {kernel_of<static_cast<Operation>(operation), F, R>()...};
}

template <class F, class S>
Operations<S> operations(const F& f) {
  static_assert(FamilyStatements<F, Pack<S>>, "the family misses a statement, named in the note below");
  constexpr auto all = std::make_index_sequence<operation_count>();
  Operations<S> result;
  result.explain = explain<F, S>;
  if constexpr (StatesLongRows<F>) {
    if (f.size() > F::longest_row_across) {
      result.lanes = 1;
      result.kernels = kernels<F, S>(all);
      return result;
    }
  }
  result.lanes = lanes<S>;
  result.kernels = kernels<F, Pack<S>>(all);
  return result;
}

template <class F>
std::shared_ptr<const Family> make(std::span<const Argument> values) {
  std::shared_ptr<const F> self;
  if constexpr (F::parameters.empty()) {
    self = std::make_shared<const F>();
  } else if constexpr (requires { F::from(values); }) {
    self = std::make_shared<const F>(F::from(values));
  } else {
    std::array<double, F::parameters.size()> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = values[i].values.front();
    self = std::make_shared<const F>(F::from(std::span<const double>(numbers)));
  }
  if constexpr (OfKind<F>) {
    // A kernel of the kind takes a pointer to the family for one to its base.
    if (static_cast<const void*>(static_cast<const typename F::kind*>(self.get())) != self.get()) {
      throw std::logic_error(std::string(F::name) + ": the kind must be the family's first base");
    }
  }
  auto family = std::make_shared<Family>();
  family->name = F::name;
  for (std::size_t i = 0; i < F::parameters.size(); ++i) {
    family->parameters.emplace_back(F::parameters[i].name, values[i]);
  }
  family->size = self->size();
  family->coordinate = [](const void* f, Index j) { return static_cast<const F*>(f)->coordinate(j); };
  family->event_shape = self->event_shape();
  family->standard = self->standard();
  family->f64 = operations<F, double>(*self);
  family->f32 = operations<F, float>(*self);
  family->self = self;
  return family;
}

}  // namespace table

/// What a family file ends with: its line of the registry.
template <class F>
FamilyEntry family_entry() {
  return {F::name, std::vector<Parameter>(F::parameters.begin(), F::parameters.end()), table::make<F>};
}

}  // namespace natgrad
