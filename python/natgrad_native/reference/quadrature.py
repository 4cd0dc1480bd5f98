"""Expectations under a univariate normal distribution, by tabulated rules chosen from its standard deviation.

For a function f that is analytic in the strip |Im eta| < pi (the logistic functions: their nearest poles are +-i pi),
the Gauss-Hermite rule with n nodes converges geometrically in n, the faster the smaller the standard deviation. Each
rule of `RULES` is used up to the largest standard deviation at which E f is still exact to 1e-13 relative for f =
softplus and its first two derivatives at every mean in [-50, 50] (measured against mpmath). Above the last rule the
integrand is no longer smooth on the scale of the nodes; a likelihood then states its own scheme
(`likelihoods.bernoulli`).

How the tables are made: ``numpy.polynomial.hermite_e.hermegauss(n)`` (weight exp(-z^2/2), nodes ascending), weights
divided by their sum, nodes with weight * exp(|z|) < 1e-18 dropped (they add nothing in float64 even where f grows
like exp(eta)). Then E f(m + s z) = sum_k weights[k] f(m + s nodes[k]).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Rows are worked in blocks, so that the (rows, nodes) work array stays in cache.
BLOCK_ROWS = 1024


@dataclass(frozen=True)
class Rule:
    """One rule: E f(m + s z) = sum_k weights[k] f(m + s nodes[k]) for standard deviations s <= largest_sd."""

    largest_sd: float
    nodes: Array
    weights: Array


def gauss_hermite_rule(order: int, largest_sd: float) -> Rule:
    """Gauss-Hermite rule for the standard normal distribution (Abramowitz & Stegun 25.4.46, probabilists' weight)."""
    nodes, weights = hermegauss(order)
    weights = weights / weights.sum()
    keep = weights * np.exp(np.abs(nodes)) >= 1e-18
    return Rule(largest_sd, nodes[keep], weights[keep])


RULES: tuple[Rule, ...] = tuple(
    gauss_hermite_rule(order, largest_sd)
    for order, largest_sd in ((4, 0.03), (6, 0.1), (8, 0.2), (12, 0.36), (20, 0.6), (40, 1.0))
)
LARGEST_SD: float = RULES[-1].largest_sd


def normal_expectations(
    mean: Array,
    sd: Array,
    functions: Callable[[Array], tuple[Array, Array, Array]],
    wide: Callable[[Array, Array], tuple[Array, Array, Array]],
) -> tuple[Array, Array, Array]:
    """E f_j(eta), j = 0, 1, 2, for eta ~ N(mean, sd^2), each element by its own rule.

    Args:
        mean: means of eta.
        sd: standard deviations of eta; broadcasts against `mean`.
        functions: eta of shape (rows, nodes) -> the three values, same shape; used where sd <= `LARGEST_SD`.
        wide: (mean, sd) of shape (rows,) -> the three expectations; used where sd is larger.

    Returns:
        Three arrays of the broadcast shape.
    """
    mean, sd = np.broadcast_arrays(mean, sd)
    shape, mean, sd = mean.shape, mean.ravel(), sd.ravel()
    result = (np.empty(mean.size), np.empty(mean.size), np.empty(mean.size))
    choice = np.searchsorted([rule.largest_sd for rule in RULES], sd)
    for index in np.unique(choice):
        rows = np.flatnonzero(choice == index)
        for block in np.split(rows, range(BLOCK_ROWS, rows.size, BLOCK_ROWS)):
            if index == len(RULES):
                answers = wide(mean[block], sd[block])
            else:
                rule = RULES[index]
                values = functions(mean[block, None] + sd[block, None] * rule.nodes)
                answers = (values[0] @ rule.weights, values[1] @ rule.weights, values[2] @ rule.weights)
            for out, answer in zip(result, answers, strict=True):
                out[block] = answer
    return result[0].reshape(shape), result[1].reshape(shape), result[2].reshape(shape)
