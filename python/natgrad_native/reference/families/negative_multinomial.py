# ruff: noqa: D102  (the statements are documented in statements.py)
"""The NegativeMultinomial family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import (
    boundary,
    count_draws,
    count_vectors,
    factorial_excess,
    half_line,
    negative_binomial_entropy,
    pair,
    simplex,
)
from ..arrays import Rows
from ..categorical_kind import probabilities
from ..charts import SIMPLEX, Chart
from ..conditions import Condition
from ..conjugate import Conjugate, kinds_of_failure
from ..family import Family, Inverse, require_integer, require_real
from ..fisher_rao import of_kinds_of_failure
from ..metrics import DiagonalPlusConstant, Metric, Natural, Times
from ..special import expm1_remainder, ratio_remainder
from ..statements import positive_coordinates
from .categorical import Categorical
from .dirichlet import Dirichlet

NEWTON_STEPS = 64


@dataclass(frozen=True)
class NegativeMultinomial(Family):
    """NegativeMultinomial distribution of the failures of K kinds before the r-th success, r > 0 real.

    theta_k = log p_k, sum p < 1, T(x) = x, h(x) = Gamma(r + sum x)/(Gamma(r) prod x_k!).

    A = -r log(1 - sum p), mu = r p/(1 - sum p), F = diag(mu) + mu mu^T/r, F^-1 = diag(1/mu) - 11^T (1 - sum p)/r.
    Standard parameter: `probabilities` (..., K) of the failures. The sum of the counts is a NegativeBinomial; the
    entropy is its entropy and what the kinds add (factorial_excess.py).
    """

    successes: float
    categories: int

    def __post_init__(self) -> None:
        require_real(self, "successes", 0.0)
        require_integer(self, "categories", 1)
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"log_probability[{k}]" for k in range(self.categories))

    @property
    def size(self) -> int:
        return self.categories

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.categories,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probabilities": (self.categories,)}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        met = theta < 0
        for k in np.flatnonzero(~met.all(axis=0)):
            yield Condition(met[:, k], "log probability must be < 0", theta[:, k])
        success = _success(theta)
        yield Condition(success > 0, "sum of probabilities must be < 1", 1.0 - success)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from positive_coordinates(mu, "mean must be > 0")

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield from probabilities(standard["probabilities"])
        rest, _ = pair.one_less(standard["probabilities"])
        yield Condition(rest > 0, "sum of probabilities must be < 1", 1.0 - rest)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from count_vectors.counts(x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.log(standard["probabilities"])

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probabilities": np.exp(theta)}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """R (diag(1/p_k)/s + 1 1^T/s^2), s = 1 - sum p."""
        success = _success(theta)
        return DiagonalPlusConstant(self.successes / success[:, None] * np.exp(-theta), self.successes / success**2)

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"probabilities": SIMPLEX}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """Return log p_k - log s."""
        return np.asarray(theta - np.log(_success(theta))[:, None])

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        return simplex.log_probabilities(simplex.with_reference(u))[:, :-1]

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """R/s times the Categorical's F, for d mu / du = diag(mu) and d theta / du = I - 1 p^T."""
        categorical = Natural(Categorical(self.categories + 1).kernels, self._unconstrained_from_natural(theta))
        return Times(self.successes / _success(theta), categorical)

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(self.successes * np.log1p(_odds(theta).sum(axis=-1)))

    def _to_mean(self, theta: Rows) -> Rows:
        return self.successes * _odds(theta)

    def _to_natural(self, mu: Rows) -> Inverse:
        lead = mu.argmax(axis=-1)[:, None]
        others = mu.copy()
        np.put_along_axis(others, lead, 0.0, axis=-1)
        rest = self.successes + others.sum(axis=-1, keepdims=True)
        whole = rest + np.take_along_axis(mu, lead, axis=-1)
        share = mu / whole
        return Inverse.closed_form(np.where(share > 0.5, np.log1p(-rest / whole), np.log(share)))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        """Both terms of one sign."""
        total = mu.sum(axis=-1)
        return np.asarray(
            (mu * self._to_natural(mu).theta).sum(axis=-1) - self.successes * np.log1p(total / self.successes)
        )

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x

    def _log_base_measure(self, x: Rows) -> Rows:
        total, r = x.sum(axis=-1), np.full(len(x), self.successes)
        extended = count_vectors.log_coefficient(np.concatenate([x, r[:, None]], axis=-1))
        return np.asarray(extended - np.log1p(total / r))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        total, r = x.sum(axis=-1), np.full(len(x), self.successes)
        p = np.concatenate([np.exp(theta), _success(theta)[:, None]], axis=-1)
        mass = count_vectors.log_mass(total + r, np.concatenate([x, r[:, None]], axis=-1), p)
        return np.where(total > 0, mass - np.log1p(total / r), -self._log_partition(theta))

    def _entropy(self, theta: Rows) -> Rows:
        r, m = self.successes, _odds(theta)
        total = m.sum(axis=-1)
        log_failure = np.where(total < 1, np.log(total) - np.log1p(total), -np.log1p(1.0 / total))
        answer = negative_binomial_entropy.entropy(r, log_failure, total, r * total, self._log_partition(theta))
        for k in range(self.size):
            answer = answer + factorial_excess.negative_binomial(r, m[:, k])
        return np.asarray(answer - factorial_excess.negative_binomial(r, total))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -self._dual_of_natural(theta) - self._entropy(theta)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """R times Poisson divergences of rates m_k, d = theta_q - theta_p, and a ratio's, of success probabilities."""
        d = q - p
        m, from_p, to_q = _odds(p), pair.one_less_exponentials(p), pair.one_less_exponentials(q)
        near = d < 1.0
        moved = np.exp(q) / from_p[0][:, None]
        moves = np.where(near, m * expm1_remainder(np.where(near, d, 0.0)), moved - m * (1.0 + d))
        gain = ((to_q[0] - from_p[0]) + (to_q[1] - from_p[1])) / from_p[0]
        return np.asarray(self.successes * (moves.sum(axis=-1) + ratio_remainder(to_q[0] / from_p[0], gain)))

    def _fisher(self, theta: Rows) -> Rows:
        mu = self._to_mean(theta)
        return np.asarray(mu[:, :, None] * mu[:, None, :] / self.successes + np.eye(self.size) * mu[:, :, None])

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        mu = self._to_mean(theta)
        return np.asarray(mu * (v + (_odds(theta) * v).sum(axis=-1, keepdims=True)))

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """Sherman and Morrison (1950), without the part of the inverse's diagonal that cancels."""
        mu = self._to_mean(theta)
        damped = mu + damping[:, None]
        weight = mu / damped
        others = 1.0 - np.eye(self.size)
        denominator = self.successes + (weight * mu).sum(axis=-1, keepdims=True)
        own = (self.successes + (weight * mu) @ others) / denominator
        return np.asarray(v / damped * own - weight / denominator * ((weight * v) @ others))

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """Return det F = (1 + sum m) prod mu."""
        log_odds = np.log1p(_odds(theta).sum(axis=-1))
        return np.asarray(theta.sum(axis=-1) + (self.size + 1) * log_odds + self.size * np.log(self.successes))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        """The zero of 1 - sum exp(theta + beta direction), concave in beta.

        Newton from where one term alone is 1: from the right every step stays there, and while the others are large
        each takes off one in their exponent.
        """
        start = boundary.positive(-theta, -direction)
        beta = np.where(np.isfinite(start), start, 0.0)
        for _ in range(NEWTON_STEPS):
            moved = theta + beta[:, None] * direction
            slack, slope = _success(moved), (direction * np.exp(moved)).sum(axis=-1)
            working = np.isfinite(start) & (slack < 0) & (slope > 0)
            beta = np.where(working, np.maximum(beta + slack / np.where(working, slope, 1.0), 0.0), beta)
        return np.where(np.isfinite(start), beta, np.inf)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(mu, direction)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """The hyperbolic distance (Oller & Cuadras 1985, Rao's distance for negative multinomial distributions)."""
        return np.asarray(np.sqrt(self.successes) * of_kinds_of_failure(a, b, _success(a), _success(b)))

    def _conjugate(self) -> Conjugate:
        """A Dirichlet prior of the probabilities of the failures and, last, of a success."""
        prior = Dirichlet(self.categories + 1)
        return kinds_of_failure(prior, self.successes, "probabilities and that of a success")

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """Poisson counts of a common Gamma rate."""
        m = _odds(theta.reshape(-1, self.size)).reshape(theta.shape)
        rate = rng.standard_gamma(self.successes, size=shape)
        return count_draws.poisson(rng, rate[..., None] * m)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        """Means of 0.2 to 9 each."""
        mu = np.exp(rng.uniform(-1.6, 2.2, (rows, self.size)))
        return self._to_natural(mu).theta

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Odds of a failure, log-uniform; shares of the kinds likewise, or alike, in half of the rows each."""
        odds = 10.0 ** rng.uniform(-decades, decades, (rows, 1))
        far = 10.0 ** rng.uniform(-decades, 0.0, (rows, self.size))
        near = rng.uniform(0.1, 1.0, (rows, self.size))
        shares = np.where(rng.random((rows, 1)) < 0.5, far, near)
        return self._to_natural(self.successes * odds * shares / shares.sum(axis=-1, keepdims=True)).theta

    def hard_points(self) -> Rows:
        ramp = np.linspace(0.0, 1.0, self.size)
        odds = np.array([10.0 ** (low + (high - low) * ramp) for low, high in LOG_ODDS_RANGES])
        return self._to_natural(self.successes * odds).theta

    @classmethod
    def examples(cls) -> tuple[NegativeMultinomial, ...]:
        return (cls(2.5, 3), cls(0.3, 2), cls(70.0, 2))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        if max(theta) < -1 - mpmath.log(len(theta)):
            return -self.successes * mpmath.log1p(-sum(mpmath.exp(t) for t in theta))
        lead = max(range(len(theta)), key=lambda k: theta[k])
        others = sum(mpmath.exp(t) for k, t in enumerate(theta) if k != lead)
        return -self.successes * mpmath.log(-mpmath.expm1(theta[lead]) - others)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return list(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(part) for part in standard["probabilities"]]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        r = mpmath.mpf(self.successes)
        return mpmath.loggamma(r + sum(x)) - mpmath.loggamma(r) - sum(mpmath.loggamma(part + 1) for part in x)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """E log h = integral of (sum of 1 - E z^x_k, less z^(r-1) (1 - E z^sum x)) z/((1 - z) t) dt, z = exp(-t).

        DLMF 5.9.19.
        """
        import mpmath

        r = mpmath.mpf(self.successes)
        inner = mpmath.mp.dps
        with mpmath.workdps(3 * inner):
            powers = [mpmath.exp(t) for t in theta]
            odds = [power / (1 - sum(powers)) for power in powers]
            whole = sum(odds)

        def integrand(t: Any) -> Any:
            # t times the integrand loses no more than the size of mu over that of the answer.
            with mpmath.workdps(inner + 40):
                s = -mpmath.expm1(-t)
                kinds = sum(-mpmath.expm1(-r * mpmath.log1p(m * s)) for m in odds)
                total = -mpmath.expm1(-r * mpmath.log1p(whole * s))
                return (kinds * mpmath.exp(-t) - total * mpmath.exp(-r * t)) / (s * t)

        return half_line.mp_integral(integrand, 1 / (1 + whole + r + whole * r), 1 + 1 / r)


# log10 of the odds of the first and of the last kind; the others lie between.
LOG_ODDS_RANGES = ((-14.0, -14.0), (7.0, 7.0), (-12.0, 12.0), (0.0, 0.0), (8.0, 3.0), (-100.0, -3.0))


def _success(theta: Rows) -> Rows:
    """1 - sum exp(theta)."""
    return pair.one_less_exponentials(theta)[0]


def _odds(theta: Rows) -> Rows:
    return np.asarray(np.exp(theta) / _success(theta)[:, None])
