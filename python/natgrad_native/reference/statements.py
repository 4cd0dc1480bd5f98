"""What a family states about itself.

Statements work on checked float64 rows: points (rows, size), observations (rows, *event_shape), values (rows,). All
public operations follow from them in `family.py`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import bregman, charts, linear, representable
from .arrays import Counts, Mask, Real, Rows, average
from .charts import Chart
from .conditions import Condition
from .linear import DENSE_LIMIT
from .relation_statements import RelationStatements

if TYPE_CHECKING:
    from .metrics import Metric, Natural


class Inverse(NamedTuple):
    """Answer of an inverse mean map: theta (rows, size), the iterations of each row, and whether it converged."""

    theta: Rows
    iterations: Counts
    converged: Mask

    @classmethod
    def closed_form(cls, theta: Rows) -> Inverse:
        """An answer that took no iteration."""
        rows = theta.shape[0]
        return cls(theta, np.zeros(rows, dtype=np.int64), np.ones(rows, dtype=bool))


class Statements(RelationStatements):
    """The statements of one family; those with a body are derived, and overridden where a better form exists."""

    # --- what it is ---

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the natural coordinates."""

    @property
    def size(self) -> int:
        """Number of natural coordinates."""
        return len(self.names)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one observation."""
        return ()

    @property
    @abstractmethod
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names of the standard parameters and the shape of one value of each."""

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterable[Condition]:
        """Conditions on finite natural parameters (none: every point is allowed)."""
        return ()

    @abstractmethod
    def _mean_domain(self, mu: Rows) -> Iterable[Condition]:
        """Conditions on finite mean parameters."""

    def _centred_domain(self, centred: Rows) -> Iterable[Condition]:
        """Conditions on finite centred mean parameters."""
        return self._mean_domain(centred)

    @abstractmethod
    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        """Conditions on finite standard parameters."""

    @abstractmethod
    def _support(self, x: Rows) -> Iterable[Condition]:
        """Conditions on an observation."""

    # --- maps ---

    @abstractmethod
    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows: ...

    @abstractmethod
    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]: ...

    @abstractmethod
    def _log_partition(self, theta: Rows) -> Rows: ...

    @abstractmethod
    def _to_mean(self, theta: Rows) -> Rows: ...

    # How the inverse mean map is found and from which start, with their sources.
    inverse_method: ClassVar[str] = "closed form"

    @property
    def most_inverse_iterations(self) -> int:
        """Iterations that no row of the inverse maps exceeds over the whole domain, in the core and here; measured."""
        return 0

    @abstractmethod
    def _to_natural(self, mu: Rows) -> Inverse: ...

    def _centred_from_natural(self, theta: Rows) -> Rows:
        """Centred mean parameters; the plain ones unless a family says otherwise."""
        return self._to_mean(theta)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return self._to_natural(centred)

    # --- densities ---

    @abstractmethod
    def _sufficient_statistics(self, x: Rows) -> Rows: ...

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        """E log h(x) under theta, 0 unless a family says otherwise."""
        return np.zeros(theta.shape[0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """Return log h(x) + <theta, T(x)> - A(theta) inside the support."""
        inner = (theta * self._sufficient_statistics(x)).sum(axis=-1)
        return np.asarray(inner - self._log_partition(theta) + self._log_base_measure(x))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """A*(grad A(theta)) = <theta, mu> - A(theta)."""
        return np.asarray((theta * self._to_mean(theta)).sum(axis=-1) - self._log_partition(theta))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        """A*(mu), by way of theta."""
        return self._dual_of_natural(self._to_natural(mu).theta)

    def _entropy(self, theta: Rows) -> Rows:
        """-A*(mu) - E log h."""
        return np.asarray(-self._dual_of_natural(theta) - self._expected_log_base_measure(theta))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """A(q) - A(p) - <q - p, mu_p>, by quadrature of F where that would cancel."""
        return bregman.divergence(self._log_partition, self._to_mean, self._fisher_multiply, p, q)

    # --- Fisher information ---

    @abstractmethod
    def _fisher(self, theta: Rows) -> Rows: ...

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        return np.asarray((self._fisher(theta) @ v[..., None])[..., 0])

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """Scalar division, dense solve up to `DENSE_LIMIT` coordinates, conjugate gradients above."""
        if self.size == 1:
            return np.asarray(v / (self._fisher(theta)[:, :, 0] + damping[:, None]))
        if self.size <= DENSE_LIMIT:
            return linear.solve_dense(self._fisher(theta), v, damping)
        return linear.conjugate_gradients(lambda u: self._fisher_multiply(theta, u), v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        if self.size == 1:
            return np.asarray(np.log(self._fisher(theta)[:, 0, 0]))
        return np.asarray(np.linalg.slogdet(self._fisher(theta))[1])

    # --- coordinates of one's own ---

    @property
    def no_standard_chart(self) -> str:
        """Why the standard parameters are no coordinates of a point, as a unit vector is none; empty where they are."""
        return ""

    def _standard_chart_domain(self, theta: Rows) -> Iterable[Condition]:
        """Conditions on points besides the natural domain's, where the standard parameters are singular."""
        return ()

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """F in the standard parameters c, in order, flattened; given F in the natural ones.

        `natural.along(d theta / d c)` where J^T F J does not cancel, `natural.inverse()` where c = mu, and elsewhere a
        closed form of `metrics.py`. Probabilities are represented by all but the last, a symmetric matrix by its packed
        lower triangle.
        """
        raise NotImplementedError(f"{type(self).__name__} states neither _standard_fisher nor no_standard_chart")

    @property
    def standard_charts(self) -> Mapping[str, Chart]:
        """The chart of each standard parameter, in order; none where theta itself has all of R^size and serves.

        None either for a family that states the three maps and F below, and `mp_natural_from_unconstrained`, itself.
        """
        raise NotImplementedError(f"{type(self).__name__} does not state its standard_charts")

    @property
    def _standard_counts(self) -> list[int]:
        """The number of coordinates of each standard parameter; a last probability is what the others leave."""
        stated, shapes = self.standard_charts, self.standard_shapes
        if stated:
            return [stated[name].size(shape) for name, shape in shapes.items()]
        counts = [math.prod(shape) for shape in shapes.values()]
        return [*counts[:-1], self.size - sum(counts[:-1])]

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        if not self.standard_charts:
            return theta
        return charts.forward(self.standard_charts, self._standard_from_natural(theta))

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        if not self.standard_charts:
            return u
        return self._natural_from_standard(charts.inverse(self.standard_charts, self.standard_shapes, u))

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """F in the unconstrained coordinates, along the charts unless a family says otherwise."""
        if not self.standard_charts:
            return natural
        u = self._unconstrained_from_natural(theta)
        jacobian = charts.jacobian(self.standard_charts, self.standard_shapes, u)
        return self._standard_fisher(theta, natural).along(jacobian)

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        """inf, for a family whose natural domain is all of R^size."""
        return np.full(theta.shape[0], np.inf)

    @abstractmethod
    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows: ...

    # --- data ---

    @abstractmethod
    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """Draws of shape `shape + event_shape` for theta (..., size) whose batch shape ends `shape`."""

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        """Draws in their final dtype, finite, moved off an edge of the support that rounding put them on or beyond.

        `representable.py` has the moves.
        """
        return draws

    def _sample_in(self, dtype: Real, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """Draws in their final dtype, integers as they are.

        A family where one part of a draw depends on another overrides this, to draw it given the other as rounded.
        """
        draws = self._sample(theta, shape, rng)
        if draws.dtype.kind in "iu":
            return draws
        return self._inside_support(representable.rounded(draws, dtype))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """Centred mean parameters of observations x (batch, *event_shape) averaged along batch axis `axis`.

        `weights` are normalised along `axis` and broadcast against x.
        """
        batch = x.shape[: x.ndim - len(self.event_shape)]
        flat = self._sufficient_statistics(x.reshape((-1, *self.event_shape)))
        return average(flat.reshape((*batch, self.size)), weights, axis)

    # --- what tests take ---

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Instances that stand for the family wherever a suite runs over the registry."""
        return (cls(),)

    def scipy_twin(self, theta: Rows) -> Any | None:
        """The frozen `scipy.stats` distribution for one theta (size,), None if SciPy has none; its `entropy` too."""
        return None

    def definite_part(self, x: Rows) -> Rows | None:
        """The positive definite matrices in observations, by whose condition T, h and the density lose digits."""
        return None

    @abstractmethod
    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        """Interior natural parameters (rows, size) of moderate conditioning."""

    @abstractmethod
    def hard_points(self) -> Rows:
        """A few extreme but valid natural parameters (rows, size)."""

    @abstractmethod
    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Natural parameters (rows, size) over the whole domain, each row inside it.

        Scales, shapes and distances from a boundary are log-uniform over 10^-decades ... 10^decades.
        """

    # --- the judge: the same statements in mpmath, at the caller's precision ---

    @abstractmethod
    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        """A(theta) for a list of mpf: the judge of all else."""

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """E log h, given theta and mu as lists of mpf; 0 unless a family says otherwise."""
        return 0

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        """Centred mean parameters from plain ones, (size,); the same unless a family says otherwise."""
        return mean

    @abstractmethod
    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        """T(x) for one observation, an mpf or for vectors a list of them: (size,)."""

    def mp_log_base_measure(self, x: Any) -> Any:
        """Return log h(x) for one observation; 0 unless a family says otherwise."""
        return 0

    @abstractmethod
    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        """Theta from standard parameters by name, mpf or (nested) lists of them: (size,)."""

    def mp_natural_from_unconstrained(self, u: Sequence[Any]) -> Sequence[Any]:
        """Theta from unconstrained coordinates (size,), by the charts."""
        if not self.standard_charts:
            return u
        return self.mp_natural_from_standard(charts.mp_inverse(self.standard_charts, self.standard_shapes, u))


def positive_coordinates(point: Rows, text: str, sign: float = 1.0) -> Iterator[Condition]:
    """The condition `text`, sign * point > 0, for each coordinate that some row breaks it in."""
    values = sign * point
    met = values > 0
    for k in np.flatnonzero(~met.all(axis=0)):
        yield Condition(met[:, k], text, values[:, k])
