#pragma once

#include "natgrad/models/likelihood.hpp"
#include "natgrad/models/quadrature_table.hpp"

namespace natgrad {

/// E f(eta) and the expectations of two more functions for eta ~ N(mean, sd^2): by the shortest Gauss-Hermite rule that
/// is exact to 1e-13 for softplus and its derivatives at the widest row of the pack; rows wider than the last rule by
/// `wide`. The rules are quadrature_table.hpp's.
template <class R, class Functions, class Wide>
Expectations<R> normal_expectations(R mean, R sd, const Functions& functions, const Wide& wide) {
  const mask_of<R> beyond = sd > quadrature::rules.back().largest_sd;
  const R zero = broadcast<R>(0);
  Expectations<R> result{zero, zero, zero};
  if (!all(beyond)) {
    const R narrow = select(beyond, zero, sd);
    std::size_t index = 0;
    while (any(narrow > quadrature::rules[index].largest_sd)) ++index;
    const quadrature::Rule& rule = quadrature::rules[index];
    for (int k = 0; k < rule.count; ++k) {
      const Expectations<R> value = functions(mean + narrow * rule.nodes[k]);
      result.value += rule.weights[k] * value.value;
      result.first += rule.weights[k] * value.first;
      result.second += rule.weights[k] * value.second;
    }
  }
  if (any(beyond)) {
    const Expectations<R> broad = wide(mean, select(beyond, sd, broadcast<R>(2)));
    result = {select(beyond, broad.value, result.value), select(beyond, broad.first, result.first),
              select(beyond, broad.second, result.second)};
  }
  return result;
}

}  // namespace natgrad
