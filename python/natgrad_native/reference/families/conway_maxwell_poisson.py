# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Conway-Maxwell-Poisson family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .. import boundary, conway_maxwell, count_draws
from ..arrays import Rows
from ..charts import Chart
from ..conditions import Condition
from ..conway_maxwell import Law
from ..family import Family, Inverse, require_real
from ..metrics import Metric, Natural
from ..special import expm1_remainder, stirling_remainder

SMALLEST, LARGEST = 0.01, 1000.0
# A difference of log-partitions above this has digits enough.
CLOSE = 10.0
# Log of what is below rounding beside 1.
RARE = -38.0


@dataclass(frozen=True)
class ConwayMaxwellPoisson(Family):
    """Conway-Maxwell-Poisson distribution on {0, 1, ...} of known dispersion nu, 0.01 <= nu <= 1000.

    T(x) = x, theta = log rate, h(x) = (x!)^-nu, A = log sum_x rate^x / (x!)^nu. Standard parameter: `rate`. Poisson at
    nu = 1, less dispersed above. mu = E x = sum_x x rate^x / (x!)^nu exp(-A), F = E x^2 - mu^2: A and its derivatives
    are a sum over what has weight or an asymptotic expansion (`conway_maxwell`). Below nu = 0.01 that sum would be too
    long; above nu = 1000 the base measure of two events, 2^-nu, would underflow. The inverse is Newton on log mu inside
    the bounds of `_bracket`.
    """

    dispersion: float

    def __post_init__(self) -> None:
        require_real(self, "dispersion", 0.0)
        if not SMALLEST <= self.dispersion <= LARGEST:
            raise ValueError(
                f"ConwayMaxwellPoisson: dispersion must be in [{SMALLEST:g}, {LARGEST:g}], got {self.dispersion!r}"
            )
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_rate",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"rate": ()}

    def _law(self, theta: Rows) -> Law:
        return Law(theta[:, 0], self.dispersion)

    # --- domains ---

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 0, "mean must be > 0", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["rate"] > 0, "rate must be > 0", standard["rate"])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 0) & (x == np.floor(x)) & (x < np.inf), "x must be a non-negative integer", x)

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.log(standard["rate"])[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"rate": np.exp(theta[:, 0])}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.exp(-theta))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _log_partition(self, theta: Rows) -> Rows:
        return self._law(theta).moments().log_partition

    def _to_mean(self, theta: Rows) -> Rows:
        return self._law(theta).moments().mean[:, None]

    def _bracket(self, mu: Rows) -> tuple[Rows, Rows, Rows]:
        """Ends of theta, and a start between them.

        rate = E x^nu and 1/rate >= E (1 + x)^-nu (from p(x) x^nu = rate p(x - 1)), so by Jensen's inequality
        nu log mu <= theta <= nu log(1 + mu) for nu >= 1, theta <= nu log mu for nu <= 1; x^nu is above x for nu > 1,
        below for nu < 1; and for nu <= 1 rate = mu E x^(nu - 1) >= mu (1 + 2 mu)^(nu - 1) by Jensen under the law
        weighed by x, whose mean 1 + E x(x - 1) / mu is at most 1 + 2 mu, for any nu >= 0:

        p(i + k) / p(i) = rate^k / ((i + 1) ... (i + k))^nu falls with i, so the hazard p(i) / P(x >= i) rises and the
        mean residual life E(x - i | x >= i) falls (Barlow and Proschan 1975, Statistical Theory of Reliability and
        Life Testing, section 4.2) from mu at i = 0. Hence E x(x - 1)/2, the mean of sum_(i >= 1) (x - i)^+, is
        sum_(i >= 1) P(x >= i) E(x - i | x >= i) <= mu^2.
        """
        nu = self.dispersion
        log_mu = np.log(mu)
        if nu <= 1.0:
            low, high = log_mu - (1.0 - nu) * np.log1p(2.0 * mu), np.minimum(log_mu, nu * log_mu)
            start = log_mu - (1.0 - nu) * np.log1p(mu)
        else:
            low, high = np.maximum(log_mu, nu * log_mu), nu * np.log1p(mu)
            start = np.where(mu < 1.0, log_mu, nu * np.log(np.maximum(mu, 1.0) + 0.5 * (nu - 1.0) / nu))
        return low - 1e-3, high + 1e-3, start

    inverse_method = (
        "Newton on log mu inside a bracket that Jensen's inequality and mean residual lives give (Barlow and Proschan "
        "1975, Statistical theory of reliability, section 4.2), from nu log(mu + (nu - 1)/(2 nu)) where nu and mu are "
        "above 1 (Shmueli et al. 2005, A useful distribution for fitting discrete data), else from log mu, less "
        "(1 - nu) log(1 + mu) where nu < 1, exact at nu = 0 and nu = 1"
    )
    most_inverse_iterations = 60

    def _to_natural(self, mu: Rows) -> Inverse:
        target = mu[:, 0]
        low, high, theta = self._bracket(target)
        theta = np.clip(theta, low, high)
        iterations = np.zeros(target.shape, dtype=np.int64)
        converged = np.zeros(target.shape, dtype=bool)
        before = high - low
        active = np.isfinite(theta)
        for _ in range(100):
            rows = np.flatnonzero(active)
            if not rows.size:
                break
            at = theta[rows]
            found = Law(at, self.dispersion).moments()
            iterations[rows] += 1
            value = np.log(found.mean / target[rows])
            newton = at - value * found.mean / found.variance
            low[rows] = np.where(value < 0, at, low[rows])
            high[rows] = np.where(value < 0, high[rows], at)
            good = (newton >= low[rows]) & (newton <= high[rows]) & (np.abs(newton - at) <= 0.5 * before[rows])
            following = np.where(value == 0, at, np.where(good, newton, 0.5 * (low[rows] + high[rows])))
            move = np.abs(following - at)
            before[rows] = np.maximum(move, 0.5 * before[rows])
            theta[rows] = following
            done = move <= 4.0 * np.finfo(np.float64).eps * np.maximum(np.abs(following), 0.01)
            converged[rows] |= done
            active[rows] = ~done
        # An end of the bracket is no root.
        met = np.abs(np.log(self._to_mean(theta[:, None])[:, 0] / target)) <= 1e-8
        return Inverse(theta[:, None], iterations, converged & met)

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-self.dispersion * special.gammaln(x + 1.0))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -self.dispersion * self._law(theta).moments().log_factorial

    def _entropy(self, theta: Rows) -> Rows:
        return self._law(theta).moments().entropy

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """Where both are expanded y (e^t - 1 - t) + sum_k d_k y^-k (e^-kt - 1 + kt), t = (theta_q - theta_p) / nu.

        Elsewhere the difference of log-partitions, or where that may cancel log E_p e^u = log(1 + E_p (e^u - 1 - u)),
        u = (theta_q - theta_p) (x - mu_p), a sum of positive terms.
        """
        one, two = self._law(p), self._law(q)
        at, other = one.moments(), two.moments()
        step = q[:, 0] - p[:, 0]
        answer = other.log_partition - at.log_partition - step * at.mean
        expanded = one.large & two.large
        d, _slope = conway_maxwell._at(self.dispersion)
        t = step / self.dispersion
        series = one.y * expm1_remainder(t)
        for k, value in enumerate(d, 1):
            series = series + value * (np.where(expanded, one.y, 1.0) ** -k * expm1_remainder(-k * t))
        answer = np.where(expanded & (np.abs(t) < 1.0), series, answer)
        limit = 8.0 * max(conway_maxwell.LEAST_Y / self.dispersion, conway_maxwell.LEAST_VARIANCE * self.dispersion)
        near = ~(expanded & (np.abs(t) < 1.0)) & (answer < CLOSE) & (one.alpha < limit)
        rows = np.flatnonzero(near)
        if rows.size:
            answer[rows] = self._close(p[rows, 0], step[rows])
        return answer

    def _close(self, theta: Rows, step: Rows) -> Rows:
        shift = conway_maxwell.summed(theta, self.dispersion).shift
        mass, total = np.ones(theta.size), np.zeros(theta.size)

        def term(log: Rows, u: Rows) -> Rows:
            near = u < 1.0
            far = np.exp(log + u) - np.exp(log) * (1.0 + u)
            return np.where(near, np.exp(log) * expm1_remainder(np.where(near, u, 0.0)), far)

        total += term(np.zeros_like(theta), -step * shift)
        for weight in conway_maxwell.terms(theta, self.dispersion, step):
            rows = weight.rows
            mass[rows] += np.exp(weight.log)
            total[rows] += term(weight.log, step[rows] * (weight.j - shift[rows]))
        return np.log1p(total / mass)

    # --- Fisher information ---

    def _fisher(self, theta: Rows) -> Rows:
        return self._law(theta).moments().variance[:, None, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """Where both neighbours of the mode are rare, the variance is the sum of their probabilities."""
        law = self._law(theta)
        mode = np.floor(law.alpha)
        above = law.theta - law.nu * np.log(mode + 1.0)
        below = np.where(mode > 0, law.nu * np.log(mode) - law.theta, -np.inf)
        rare = np.maximum(above, below) < RARE
        return np.asarray(np.where(rare, np.logaddexp(above, below), np.log(law.moments().variance)))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(mu, direction)

    # --- data ---

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """Devroye (1987, A simple generator for discrete log-concave distributions): exact, about four tries a draw.

        With q the probability of the mode m, p(m + j) <= q min(1, e^(w - q |j|)), w = 1 + q/2, after rounding of the
        continuous variable. A q too small by rounding only widens the hat. Above 2^62, where float64 has every 1024th
        number only, by the quantile of a Normal z instead, alpha + 1/2 nu - 1/2 + sqrt(alpha/nu) z + (z^2 - 1)/6 nu to
        the relative order (alpha nu)^-3/2 (Cornish & Fisher 1937; the cumulants are alpha/nu^(k-1), Gaunt et al. 2019).
        """
        nu = self.dispersion
        flat = np.broadcast_to(theta[..., 0], shape).reshape(-1)
        points, index = np.unique(flat, return_inverse=True)
        alpha = np.exp(points / nu)
        normal = alpha >= count_draws.LARGE
        mode = np.floor(np.where(normal, 0.0, alpha))
        base = np.maximum(mode, 1.0)
        drift = points - nu * np.log(base)
        # The law's log-partition beside the term at its mode, free of their common size.
        law = Law(points, nu)
        stirling = special.gammaln(mode + 1.0)
        expanded = 0.5 * np.log(2.0 * np.pi * np.maximum(alpha, 1.0) / nu)
        peak = np.where(law.large, -expanded - 0.1, mode * points - nu * stirling - law.moments().log_partition)
        q = np.exp(np.minimum(peak, 0.0))[index]
        mode, base, drift = mode[index], base[index], drift[index]
        found = np.zeros(flat.size)
        rows = np.flatnonzero(~normal[index])
        if rows.size < flat.size:
            centre, z = np.minimum(alpha[index], np.finfo(np.float64).max), rng.standard_normal(flat.size)
            quantile = centre + (np.sqrt(centre / nu) * z + (0.5 / nu - 0.5) + (z * z - 1.0) / (6.0 * nu))
            found = np.where(normal[index], np.rint(quantile), 0.0)
        while rows.size:
            u, v, accept = rng.random((3, rows.size))
            sign = np.where(rng.random(rows.size) < 0.5, -1.0, 1.0)
            height = q[rows]
            w = 1.0 + 0.5 * height
            flat_part = u <= w / (1.0 + w)
            distance = np.where(flat_part, v * w, w - np.log1p(-v)) / height
            j = sign * np.rint(distance)
            log_hat = np.minimum(0.0, w - height * distance)
            inside = mode[rows] + j >= 0
            j_inside = np.where(inside, j, 0.0)
            log_ratio = j_inside * drift[rows] - nu * _log_rise(mode[rows], base[rows], j_inside)
            good = inside & (np.log1p(-accept) + log_hat <= log_ratio)
            found[rows[good]] = (mode[rows] + j)[good]
            rows = rows[~good]
        return count_draws.integers(found).reshape(shape)

    # --- what tests take ---

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        return cls(0.5), cls(2.5)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return np.asarray(rng.uniform(-3.0, 2.5 * min(self.dispersion, 1.5), (rows, 1)))

    def hard_points(self) -> Rows:
        nu = self.dispersion
        large = nu * np.log(np.array([43.9 / nu, 44.1 / nu, 2.49 * nu, 2.51 * nu, 1e6, 1e12]))
        return np.concatenate([[-27.0, -7.0, 0.0], large])[:, None]

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Rates below 1, and rate^(1/nu), near the mean, above."""
        u = np.log(10.0) * rng.uniform(-decades, decades, (rows, 1))
        return np.asarray(np.where(u > 0, self.dispersion * u, u))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        return conway_maxwell.mp_log_normaliser(theta[0], self.dispersion)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """-nu E log x! = nu dA/dnu, by central differences."""
        import mpmath

        # h^2 alpha log(alpha)^3, alpha = 1e12, is far below the entropy, in which terms of that size cancel.
        with mpmath.workdps(90):
            nu, h = mpmath.mpf(self.dispersion), mpmath.mpf(10) ** -25 * self.dispersion
            rise = [conway_maxwell.mp_log_normaliser(theta[0], nu + sign * h) for sign in (1, -1)]
            return nu * (rise[0] - rise[1]) / (2 * h)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.mpf(self.dispersion) * mpmath.loggamma(x + 1)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(standard["rate"])]


def _log_rise(mode: Rows, base: Rows, j: Rows) -> Rows:
    """Log of (mode + j)! / mode! / base^j, by Stirling's form where mode is large (DLMF 5.11.1)."""
    small = special.gammaln(mode + j + 1.0) - special.gammaln(mode + 1.0) - j * np.log(base)
    start, end = np.maximum(mode, 1.0), np.maximum(mode + j, 1.0)
    large = (end + 0.5) * np.log1p(j / start) - j + stirling_remainder(end) - stirling_remainder(start)
    return np.where((mode > 100.0) & (mode + j > 100.0), large, small)
