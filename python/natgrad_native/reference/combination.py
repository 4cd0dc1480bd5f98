# ruff: noqa: D102  (the statements are documented in statements.py)
"""Independent families side by side as one."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import representable
from .arrays import FLOAT64, Counts, Real, Rows
from .charts import Chart
from .conditions import Condition
from .conjugate import Conjugate, side_by_side
from .family import Family, Inverse
from .gaussian_parts import Conditional, Marginal
from .metrics import Blocks, Metric, Natural, consecutive

Array = NDArray[Any]


class Combination(Family):
    """A point is the parts' points one after the other: A and A* are sums over the parts, F is block diagonal.

    A family states its parts, its event and its standard parameters; a condition is told with the part's number.
    """

    @property
    @abstractmethod
    def _parts(self) -> tuple[Family, ...]:
        """The families side by side."""

    # --- what belongs to a part ---

    def _columns(self) -> Iterator[tuple[Family, slice]]:
        """Every part with its coordinates."""
        ends = list(accumulate((part.size for part in self._parts), initial=0))
        for k, part in enumerate(self._parts):
            yield part, slice(ends[k], ends[k + 1])

    def _observed(self, x: Rows, batch: int = 1) -> Iterator[tuple[Family, Rows]]:
        """Every part with its share of observations x (*batch axes, *event_shape)."""
        flat = x.reshape((*x.shape[:batch], math.prod(self.event_shape)))
        ends = list(accumulate((math.prod(part.event_shape) for part in self._parts), initial=0))
        for k, part in enumerate(self._parts):
            yield part, flat[..., ends[k] : ends[k + 1]].reshape((*flat.shape[:-1], *part.event_shape))

    def _joined(self, function: Callable[[Family, slice], Rows]) -> Rows:
        """Points (rows, size) from those of the parts."""
        return np.concatenate([function(part, own) for part, own in self._columns()], axis=-1)

    def _total(self, function: Callable[[Family, slice], Rows]) -> Rows:
        """Values (rows,): the sum of the parts'."""
        return np.asarray(np.sum([function(part, own) for part, own in self._columns()], axis=0))

    def _told(self, checked: Iterable[tuple[Family, Iterable[Condition]]]) -> Iterator[Condition]:
        """The parts' conditions, each with the number of its part."""
        for k, (_, conditions) in enumerate(checked):
            for met, text, value in conditions:
                yield Condition(met, f"part {k}: {text}", value)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{k}.{name}" for k, part in enumerate(self._parts) for name in part.names)

    @property
    def size(self) -> int:
        return sum(part.size for part in self._parts)

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield from self._told((part, part._natural_domain(theta[:, own])) for part, own in self._columns())

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from self._told((part, part._mean_domain(mu[:, own])) for part, own in self._columns())

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield from self._told((part, part._centred_domain(centred[:, own])) for part, own in self._columns())

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from self._told((part, part._support(own)) for part, own in self._observed(x))

    # --- maps ---

    def _log_partition(self, theta: Rows) -> Rows:
        return self._total(lambda part, own: part._log_partition(theta[:, own]))

    def _to_mean(self, theta: Rows) -> Rows:
        return self._joined(lambda part, own: part._to_mean(theta[:, own]))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        return self._joined(lambda part, own: part._centred_from_natural(theta[:, own]))

    inverse_method = "that of each part"

    @property
    def most_inverse_iterations(self) -> int:
        return max(part.most_inverse_iterations for part, _ in self._columns())

    def _to_natural(self, mu: Rows) -> Inverse:
        return _together([part._to_natural(mu[:, own]) for part, own in self._columns()])

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return _together([part._natural_from_centred(centred[:, own]) for part, own in self._columns()])

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.concatenate([part._sufficient_statistics(own) for part, own in self._observed(x)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(np.sum([part._log_base_measure(own) for part, own in self._observed(x)], axis=0))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return self._total(lambda part, own: part._expected_log_base_measure(theta[:, own]))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        shares = [own for _, own in self._observed(x)]
        columns = self._columns()
        pairs = zip(columns, shares, strict=True)
        return np.asarray(np.sum([part._log_density(theta[:, own], data) for (part, own), data in pairs], axis=0))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return self._total(lambda part, own: part._dual_of_natural(theta[:, own]))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        return self._total(lambda part, own: part._dual_log_partition(mu[:, own]))

    def _entropy(self, theta: Rows) -> Rows:
        return self._total(lambda part, own: part._entropy(theta[:, own]))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return self._total(lambda part, own: part._kl_divergence(p[:, own], q[:, own]))

    # --- Fisher information ---

    def _fisher(self, theta: Rows) -> Rows:
        dense = np.zeros((len(theta), self.size, self.size))
        for part, own in self._columns():
            dense[:, own, own] = part._fisher(theta[:, own])
        return dense

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        return self._joined(lambda part, own: part._fisher_multiply(theta[:, own], v[:, own]))

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        return self._joined(lambda part, own: part._fisher_solve(theta[:, own], v[:, own], damping))

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return self._total(lambda part, own: part._fisher_log_determinant(theta[:, own]))

    # --- relations ---

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        slopes = _all_or_none(part._log_base_measure_slope for part in self._parts)
        return None if slopes is None else np.concatenate(slopes)

    @abstractmethod
    def _combined(self, families: Sequence[Family]) -> Combination:
        """Families, one for every part, in a combination of this kind."""

    def _conjugate(self) -> Conjugate | None:
        """The priors of the parts side by side, where every one has one."""
        priors = _all_or_none(part._conjugate() for part in self._parts)
        if priors is None:
            return None
        return side_by_side(self._combined([prior.family for prior in priors]), self._parts, priors)

    def _parts_along(self, axis: int) -> int:
        return len(self._parts)

    @abstractmethod
    def _of_parts(self, indices: tuple[int, ...]) -> Combination:
        """The combination of these parts."""

    def _places_of_parts(self, indices: tuple[int, ...]) -> Counts:
        columns = [own for _, own in self._columns()]
        return np.concatenate([np.arange(columns[k].start, columns[k].stop) for k in indices])

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        return Marginal(self._of_parts(indices), self._places_of_parts(indices), centred=False)

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        """The other parts as they are."""
        places = self._places_of_parts(rest)
        return Conditional(self._of_parts(rest), lambda theta, _: theta[:, places])

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows | None:
        """The root of the sum of squares: the parts' geodesics side by side are one."""
        distances = _all_or_none(part._fisher_rao_distance(a[:, own], b[:, own]) for part, own in self._columns())
        return None if distances is None else np.asarray(np.linalg.norm(distances, axis=0))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        steps = [part._step_to_boundary(theta[:, own], direction[:, own]) for part, own in self._columns()]
        return np.asarray(np.min(steps, axis=0))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        steps = [part._mean_step_to_boundary(mu[:, own], direction[:, own]) for part, own in self._columns()]
        return np.asarray(np.min(steps, axis=0))

    # --- data ---

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return self._sample_in(FLOAT64, theta, shape, rng)

    def _sample_in(self, dtype: Real, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        draws = [
            part._sample_in(dtype, theta[..., own], shape, rng).reshape((*shape, math.prod(part.event_shape)))
            for part, own in self._columns()
        ]
        joined = np.concatenate([draw.astype(np.float64) for draw in draws], axis=-1)
        return representable.rounded(joined.reshape((*shape, *self.event_shape)), dtype)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        batch = x.ndim - len(self.event_shape)
        plain = None if weights is None else weights.reshape(weights.shape[:batch])
        means = [
            part.centred_mean_of_data(
                own, None if plain is None else plain.reshape(plain.shape + (1,) * len(part.event_shape)), axis
            )
            for part, own in self._observed(x, batch)
        ]
        return np.concatenate(means, axis=-1)

    # --- what tests take ---

    def _points(self, draw: Callable[[Family], Rows]) -> Rows:
        """Points of the parts side by side, as many as every part has."""
        points = [draw(part) for part in self._parts]
        rows = min(len(point) for point in points)
        return np.concatenate([point[:rows] for point in points], axis=-1)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return self._points(lambda part: part.test_points(rng, rows))

    def hard_points(self) -> Rows:
        return self._points(lambda part: part.hard_points())

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return self._points(lambda part: part.domain_points(rng, rows, decades))

    # --- the judge ---

    def _mp_shares(self, point: Sequence[Any]) -> Iterator[tuple[Family, Sequence[Any]]]:
        for part, own in self._columns():
            yield part, point[own]

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        return sum(part.mp_log_partition(own) for part, own in self._mp_shares(theta))

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        shares = zip(self._mp_shares(theta), self._mp_shares(mean), strict=True)
        return sum(part.mp_expected_log_base_measure(own, its_mean) for (part, own), (_, its_mean) in shares)

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        return [value for part, own in self._mp_shares(mean) for value in part.mp_centred_from_mean(own)]

    def _mp_observed(self, x: Any) -> Iterator[tuple[Family, Any]]:
        """Every part with its share of one observation of mpf, as nested as its event is."""
        values = np.array(x, dtype=object)[None]
        for part, own in self._observed(values):
            yield part, own[0].tolist() if part.event_shape else own[0]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [value for part, own in self._mp_observed(x) for value in part.mp_sufficient_statistics(own)]

    def mp_log_base_measure(self, x: Any) -> Any:
        return sum(part.mp_log_base_measure(own) for part, own in self._mp_observed(x))

    # --- standard parameters ---

    @abstractmethod
    def _shares_of_standard(self, standard: Mapping[str, Any]) -> Iterator[tuple[Family, Mapping[str, Any]]]:
        """Every part with its own standard parameters, rows of numbers or one row of mpf."""

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield from self._told((part, part._standard_domain(own)) for part, own in self._shares_of_standard(standard))

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        shares = self._shares_of_standard(standard)
        return np.concatenate([part._natural_from_standard(own) for part, own in shares], axis=-1)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        shares = self._shares_of_standard(standard)
        return [value for part, own in shares for value in part.mp_natural_from_standard(own)]

    # --- coordinates of one's own ---

    @property
    def no_standard_chart(self) -> str:
        return next((part.no_standard_chart for part in self._parts if part.no_standard_chart), "")

    def _standard_chart_domain(self, theta: Rows) -> Iterator[Condition]:
        yield from self._told((part, part._standard_chart_domain(theta[:, own])) for part, own in self._columns())

    @abstractmethod
    def _places_of_standard(self) -> Iterator[Counts]:
        """For every part the places of its own standard coordinates among all."""

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        own = [part._standard_fisher(theta[:, k], Natural(part.kernels, theta[:, k])) for part, k in self._columns()]
        return Blocks(*zip(self._places_of_standard(), own, strict=True))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        return self._joined(lambda part, own: part._unconstrained_from_natural(theta[:, own]))

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        return self._joined(lambda part, own: part._natural_from_unconstrained(u[:, own]))

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return consecutive(
            *(
                part._unconstrained_fisher(theta[:, own], Natural(part.kernels, theta[:, own]))
                for part, own in self._columns()
            )
        )

    def mp_natural_from_unconstrained(self, u: Sequence[Any]) -> Sequence[Any]:
        return [value for part, own in self._mp_shares(u) for value in part.mp_natural_from_unconstrained(own)]


def _together(inverses: Sequence[Inverse]) -> Inverse:
    """The parts' answers as one: a row takes the most iterations of any, and converges where all do."""
    theta = np.concatenate([inverse.theta for inverse in inverses], axis=-1)
    iterations = np.max([inverse.iterations for inverse in inverses], axis=0)
    return Inverse(theta, iterations, np.all([inverse.converged for inverse in inverses], axis=0))


def _all_or_none(values: Iterable[Any | None]) -> list[Any] | None:
    """The values, or None where one of them is."""
    found = list(values)
    there = [value for value in found if value is not None]
    return there if len(there) == len(found) else None
