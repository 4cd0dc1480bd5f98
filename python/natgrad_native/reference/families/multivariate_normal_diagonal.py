# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateNormalDiagonal family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows, average, mean_of_observations
from ..charts import POSITIVE, REAL, Chart
from ..conditions import Condition
from ..conjugate import Conjugate, coordinate_by_coordinate
from ..family import Family, require_integer
from ..gaussian_parts import Conditional, Marginal
from ..independent_kind import IndependentKind
from ..metrics import Diagonal, Metric, Natural
from ..normal_kind import moments
from ..statements import positive_coordinates
from .independent import Independent
from .normal import Normal


@dataclass(frozen=True)
class MultivariateNormalDiagonal(IndependentKind):
    """Normal distribution in d dimensions with a diagonal covariance: theta = (m/v, -1/2v), T(x) = (x, x^2), h(x) = 1.

    d independent Normals: A = sum m^2/2v + log(2 pi v)/2, mu = (m, v + m^2). Standard parameters: `mean` (..., d),
    `variance` (..., d). Centred mean coordinates: [m, v].
    """

    dimension: int

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[MultivariateNormalDiagonal, ...]:
        return (cls(3),)

    @property
    def _base(self) -> Family:
        return Normal()

    @property
    def _count(self) -> int:
        return self.dimension

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": (self.dimension,), "variance": (self.dimension,)}

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return positive_coordinates(standard["variance"], "variance must be > 0")

    def _support(self, x: Rows) -> Iterator[Condition]:
        for k in range(self.dimension):
            yield Condition(np.isfinite(x[:, k]), "x must be finite", x[:, k])

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.concatenate([standard["mean"] / standard["variance"], -0.5 / standard["variance"]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        mean, variance = self._moments(theta)
        return {"mean": mean, "variance": variance}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        _, variance = self._moments(theta)
        return Diagonal(np.concatenate([1.0 / variance, 0.5 / variance / variance], axis=-1))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL, "variance": POSITIVE}

    def _moments(self, theta: Rows) -> tuple[Rows, Rows]:
        return moments(np.stack([theta[..., : self.dimension], theta[..., self.dimension :]], axis=-1))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.concatenate([x, x * x], axis=-1)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        return self._sum(self._base._log_density(self._copies(theta), x.reshape(-1)))

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        places = np.array([*indices, *(self.dimension + k for k in indices)], dtype=np.int64)
        return Marginal(MultivariateNormalDiagonal(len(indices)), places, centred=False)

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        left = self._marginal_of(rest)
        return Conditional(left.family, lambda theta, _: left.of(theta))

    def _conjugate(self) -> Conjugate:
        """A NormalInverseGamma prior of the mean and variance of every coordinate."""
        one = Normal()._conjugate()
        return coordinate_by_coordinate(Independent(one.family, self.dimension), self.dimension, one)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        mean, variance = self._moments(theta)
        return np.asarray(mean + np.sqrt(variance) * rng.standard_normal((*shape, self.dimension)))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[mean, mean of squared deviations from it], in two passes."""
        mean = mean_of_observations(x, weights, axis)
        spread = average((x - np.expand_dims(mean, axis)) ** 2, weights, axis)
        return np.concatenate([mean, spread], axis=-1)

    def scipy_twin(self, theta: Rows) -> Any:
        mean, variance = self._moments(theta)
        return stats.multivariate_normal(mean, np.diag(variance))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [*x, *(value * value for value in x)]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        mean, variance = standard["mean"], standard["variance"]
        return [*(m / v for m, v in zip(mean, variance, strict=True)), *(-1 / (2 * v) for v in variance)]
