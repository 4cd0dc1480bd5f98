# ruff: noqa: D102  (the statements are documented in statements.py)
"""The GeneralizedDirichlet family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import dirichlet_maps, representable
from ..arrays import Rows
from ..charts import POSITIVE, Chart
from ..conditions import Condition
from ..dirichlet_kind import proportions
from ..family import Family, require_integer
from ..independent_kind import IndependentKind
from ..metrics import Metric, Natural
from ..statements import positive_coordinates
from .beta import Beta


@dataclass(frozen=True)
class GeneralizedDirichlet(IndependentKind):
    """Generalized Dirichlet distribution on K >= 2 proportions: theta = (alpha, beta), h(x) = prod 1/x_k.

    The shares z_k = x_k/(x_k + ... + x_K), k < K, of a broken stick are independent Betas: T(x) = (log z, log(1 - z)),
    A = sum log B(alpha_k, beta_k) (Connor & Mosimann 1969), mu = (psi(alpha) - psi(alpha + beta), psi(beta) -
    psi(alpha + beta)). It is the Dirichlet where beta_k = alpha_(k+1) +
    beta_(k+1). Standard parameters: `alpha` (..., K-1), `beta` (..., K-1). The inverse is that of Beta.
    """

    categories: int

    inverse_method = "that of each Beta"
    most_inverse_iterations = Beta.most_inverse_iterations

    def __post_init__(self) -> None:
        require_integer(self, "categories", 2)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[GeneralizedDirichlet, ...]:
        return (cls(4),)

    @property
    def _base(self) -> Family:
        return Beta()

    @property
    def _count(self) -> int:
        return self.categories - 1

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.categories,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"alpha": (self._count,), "beta": (self._count,)}

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield from positive_coordinates(standard["alpha"], "alpha must be > 0")
        yield from positive_coordinates(standard["beta"], "beta must be > 0")

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from proportions(x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.concatenate([standard["alpha"], standard["beta"]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"alpha": theta[:, : self._count], "beta": theta[:, self._count :]}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"alpha": POSITIVE, "beta": POSITIVE}

    def _sufficient_statistics(self, x: Rows) -> Rows:
        """Of z and 1 - z the logarithm of the larger by log1p of the smaller."""
        tails = np.cumsum(x[:, ::-1], axis=-1)[:, ::-1]
        share, other = x[:, :-1] / tails[:, :-1], tails[:, 1:] / tails[:, :-1]
        minor = share < 0.5
        near, far = np.log1p(-np.where(minor, share, other)), np.log(np.where(minor, share, other))
        return np.concatenate([np.where(minor, far, near), np.where(minor, near, far)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-np.log(x).sum(axis=-1))

    @property
    def _times_in_log_x(self) -> NDArray[np.float64]:
        """How often each coordinate of T is a part of sum log x_k."""
        n = self._count
        return np.concatenate([np.ones(n), np.arange(n, 0, -1.0)])

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-(self._to_mean(theta) * self._times_in_log_x).sum(axis=-1))

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return -self._times_in_log_x

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        pairs = np.stack([theta[..., : self._count], theta[..., self._count :]], axis=-1)
        logs = dirichlet_maps.sample_log(pairs, (*shape, self._count), rng)
        log_rest = np.cumsum(logs[..., 1], axis=-1)
        before = np.concatenate([np.zeros((*shape, 1)), log_rest[..., :-1]], axis=-1)
        return np.asarray(np.exp(np.concatenate([logs[..., 0] + before, log_rest[..., -1:]], axis=-1)))

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws, 1.0)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -sum(int(times) * m for times, m in zip(self._times_in_log_x, mean, strict=True))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        rest = [sum(x[k + 1 :]) for k in range(self._count)]
        first = [-mpmath.log1p(r / value) for value, r in zip(x, rest, strict=False)]
        return [*first, *(-mpmath.log1p(value / r) for value, r in zip(x, rest, strict=False))]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -sum(mpmath.log(value) for value in x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [*standard["alpha"], *standard["beta"]]
