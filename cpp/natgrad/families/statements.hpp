#pragma once

#include <concepts>

#include "natgrad/base/coordinates.hpp"
#include "natgrad/families/conditions.hpp"
#include "natgrad/families/operations.hpp"

namespace natgrad {

/// What F looks like, and so how it is multiplied and solved with (fisher/).
enum class Structure {
  diagonal,                 // fisher(theta, d):           F = diag(d)
  diagonal_minus_rank_one,  // fisher(theta, d, u, own) -> RankOne:  F = diag(d) - weight u u^T; own, unless null, takes
                            // the diagonal of F itself, without cancellation
  dense,                    // fisher(theta, lower, pivots):  F = L diag(pivots) L^T, L unit lower, packed strictly
  blocks,                   // fisher_multiply, fisher_solve(theta, v, damping, out), fisher_dense and
                            // fisher_log_determinant, of which all but the dense F take no more than F v does
  matrix_free,              // fisher_multiply, fisher_solve and fisher_log_determinant, never F itself
};

/// weight, and slack = 1 - weight sum u^2 / d > 0, which a family knows without cancellation.
template <class R>
struct RankOne {
  R weight;
  R slack;
};

/// How an iterative inverse map ended: steps taken, and which rows converged.
template <class R>
struct Iterations {
  R count;
  mask_of<R> converged;
};

/// What a family file states. F is the family, R a pack of rows or a scalar.
template <class F, class R>
concept FamilyStatements = requires(const F& family, const R* in, R* out, const R* const* fields, R* const* out_fields,
                                    Inside<R>& require, Index j) {
  { F::name } -> std::convertible_to<const char*>;
  { F::structure } -> std::convertible_to<Structure>;
  F::parameters;
  { family.size() } -> std::same_as<Index>;
  { family.coordinate(j) } -> std::same_as<std::string>;
  { family.event_shape() } -> std::same_as<Shape>;
  { family.standard() } -> std::same_as<std::vector<Field>>;
  family.natural_domain(in, require);
  family.mean_domain(in, require);
  family.standard_domain(fields, require);
  family.support(in, require);
  { family.log_partition(in) } -> std::same_as<R>;
  family.to_mean(in, out);
  family.to_natural(in, out);
  family.sufficient_statistics(in, out);
  { family.log_base_measure(in) } -> std::same_as<R>;
  { family.expected_log_base_measure(in) } -> std::same_as<R>;
  family.natural_from_standard(fields, out);
  family.standard_from_natural(in, out_fields);
};

// Statements a family makes only where it knows better than what follows from the others (derived.hpp).
template <class F, class R>
concept StatesDualAtNatural = requires(const F& f, const R* theta) { f.dual_at(theta); };  // A*(mu(theta))
template <class F, class R>
concept StatesDual = requires(const F& f, const R* mu) { f.dual_log_partition(mu); };
template <class F, class R>
concept StatesEntropy = requires(const F& f, const R* theta) { f.entropy(theta); };
template <class F, class R>
concept StatesKullbackLeibler = requires(const F& f, const R* p) { f.kl_divergence(p, p); };
template <class F, class R>
concept StatesLogDensity = requires(const F& f, const R* theta) { f.log_density(theta, theta); };
template <class F, class R>
concept StatesCentred = requires(const F& f, const R* in, R* out, Inside<R>& require) {
  f.to_centred(in, out);
  f.from_centred(in, out);
  f.centred_domain(in, require);
};
template <class F, class R>
concept StatesDenseFisher = requires(const F& f, const R* theta, R* out) { f.fisher_dense(theta, out); };  // F, n x n
template <class F, class R>
concept StatesLogDeterminant = requires(const F& f, const R* theta) { f.fisher_log_determinant(theta); };
template <class F, class R>
concept StatesStep = requires(const F& f, const R* in) { f.step_to_boundary(in, in); };
template <class F, class R>
concept StatesMeanStep = requires(const F& f, const R* in) { f.mean_step_to_boundary(in, in); };

/// A family whose rows may have any number of coordinates says past which size a row is worked along its coordinates.
template <class F>
concept StatesLongRows = requires { F::longest_row_across; };

}  // namespace natgrad
