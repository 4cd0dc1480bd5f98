# ruff: noqa: D102  (the statements are documented in statements.py)
"""The generalised inverse Gaussian family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import bessel_k, boundary, linear, representable
from ..arrays import Rows, average, mean_of_observations
from ..charts import POSITIVE, Chart
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..family import Family, Inverse, require_real
from ..metrics import Metric, Natural
from ..pair import product_minus_one, product_over_one
from ..special import expm1_remainder, ratio_remainder

# Below this divergence its closed form may have cancelled.
CLOSE = 0.25
LARGEST_ORDER = 1e6


class Law(NamedTuple):
    """A row as the law of s in `bessel_k`, x^(+-1) = mode e^s with the sign of the order."""

    mode: Rows
    delta: Rows  # w - p
    w: Rows
    alpha: Rows  # delta / w
    beta: Rows  # (w + p) / w
    moments: bessel_k.Moments


@dataclass(frozen=True)
class GeneralizedInverseGaussian(Family):
    """Generalised inverse Gaussian distribution on x > 0 of known order p, |p| <= 1e6.

    T(x) = (x, 1/x), theta = (-psi/2, -chi/2), both < 0, h(x) = x^(p-1), A = log 2 K_p(omega) + (p/2) log(chi/psi),
    omega = sqrt(chi psi), mu = (sqrt(chi/psi) K_(p+1)(omega), sqrt(psi/chi) K_(p-1)(omega)) / K_p(omega). Standard
    parameters: `psi`, `chi`. Not steep for |p| > 1: the mean domain is 1 < mu_1 mu_2, and mu_1 mu_2 < |p| / (|p| - 1)
    there, an interval that at |p| = 1e6 holds eight numbers of float32, and fewer beyond. Centred mean coordinates: [E
    x, E 1/x - 1 / E x], from which omega keeps its digits however large it is. K_p and its logarithmic derivatives are
    sums of positive terms (`bessel_k`); with c = E[cosh s - 1] and v = Var[cosh s] integration by parts makes of them E
    e^s = 1 + alpha c, E e^-s = 1 + beta c, Var e^s = (1 + alpha^2 c + alpha delta v) / w and det F = (4/w) (v (1 +
    alpha beta c) - p^2 c^2 / w^3). The inverse solves mu_1 mu_2 - 1 = 2 c + alpha beta c^2 for delta.
    """

    order: float

    def __post_init__(self) -> None:
        require_real(self, "order")
        if abs(self.order) > LARGEST_ORDER:
            raise ValueError(
                f"GeneralizedInverseGaussian: order must be in [-{LARGEST_ORDER:g}, {LARGEST_ORDER:g}], "
                f"got {self.order!r}"
            )
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        return ("negative_half_psi", "negative_half_chi")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"psi": (), "chi": ()}

    @property
    def _p(self) -> float:
        return abs(self.order)

    def _turned(self, rows: Rows) -> Rows:
        """The coordinates of x for an order >= 0, those of 1/x, whose order is -p, below."""
        return rows if self.order >= 0 else rows[:, ::-1]

    def _law(self, theta: Rows) -> Law:
        half = self._turned(theta)
        psi, chi = -2.0 * half[:, 0], -2.0 * half[:, 1]
        omega = np.sqrt(psi) * np.sqrt(chi)
        return self._at(psi, omega)

    def _at(self, psi: Rows, omega: Rows) -> Law:
        p = self._p
        w = np.hypot(p, omega)
        delta = omega * (omega / (w + p))
        return Law((w + p) / psi, delta, w, delta / w, (w + p) / w, bessel_k.moments(p, np.asarray(delta)))

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 0] < 0, "psi must be > 0", -2.0 * theta[:, 0])
        yield Condition(theta[:, 1] < 0, "chi must be > 0", -2.0 * theta[:, 1])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["psi"] > 0, "psi must be > 0", standard["psi"])
        yield Condition(standard["chi"] > 0, "chi must be > 0", standard["chi"])

    def _excess_domain(self, excess: Rows, filled: Rows) -> Iterator[Condition]:
        """Of E x E 1/x - 1, and that times |p| - 1, less 1."""
        yield Condition(excess > 0, "E x E 1/x must be > 1", 1.0 + excess)
        room = filled < 0
        yield Condition(room, "E x E 1/x must be < |order| / (|order| - 1)", 1.0 + excess)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 0, "E x must be > 0", mu[:, 0])
        yield Condition(mu[:, 1] > 0, "E 1/x must be > 0", mu[:, 1])
        filled = product_over_one(mu[:, 0], mu[:, 1], self._p - 1.0)
        yield from self._excess_domain(product_minus_one(mu[:, 0], mu[:, 1]), filled)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, 0] > 0, "E x must be > 0", centred[:, 0])
        excess = centred[:, 0] * centred[:, 1]
        yield from self._excess_domain(excess, (self._p - 1.0) * excess - 1.0)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return -0.5 * np.stack([standard["psi"], standard["chi"]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"psi": -2.0 * theta[:, 0], "chi": -2.0 * theta[:, 1]}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.full_like(theta, -0.5))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"psi": POSITIVE, "chi": POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        at = self._law(theta)
        return self._p * np.log(at.mode) - at.w + at.moments.log_integral

    def _to_mean(self, theta: Rows) -> Rows:
        at = self._law(theta)
        c = at.moments.cosh
        return self._turned(np.stack([at.mode * (1.0 + at.alpha * c), (1.0 + at.beta * c) / at.mode], axis=-1))

    def _excess(self, at: Law) -> Rows:
        """mu_1 mu_2 - 1."""
        c = at.moments.cosh
        return c * (2.0 + at.alpha * at.beta * c)

    def _centred_from_natural(self, theta: Rows) -> Rows:
        at = self._law(theta)
        mean = self._to_mean(theta)[:, 0]
        return np.stack([mean, self._excess(at) / mean], axis=-1)

    inverse_method = (
        "Newton in u = log(sqrt(p^2 + psi chi) - |p|) on log(1/(E x E 1/x - 1) - max(|p| - 1, 0)), linear at both ends "
        "with slope 1 above (DLMF 10.30.2 and 10.40.2), from u equal to the value sought, inside a bracket"
    )
    most_inverse_iterations = 40

    def _to_natural(self, mu: Rows) -> Inverse:
        return self._solve(mu[:, 0], product_minus_one(mu[:, 0], mu[:, 1]))

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return self._solve(centred[:, 0], centred[:, 0] * centred[:, 1])

    def _solve(self, mean: Rows, excess: Rows) -> Inverse:
        """Newton on log(1/excess - max(p - 1, 0)) as a function of u = log delta, from u the value sought.

        That function is linear at both ends, with slope 1 at infinity: 1/excess is w there and falls to max(p - 1, 0).
        """
        p = self._p
        floor = max(p - 1.0, 0.0)
        tiny = np.finfo(np.float64).eps * floor
        target = np.maximum(1.0 / excess - floor, tiny)
        low = np.full(mean.shape, -700.0 if p > 2.0 else -350.0)  # where (cosh s)^2 would overflow
        high = np.full(mean.shape, 700.0)
        u = np.clip(np.log(target), low, high)
        iterations = np.zeros(mean.shape, dtype=np.int64)
        converged = np.zeros(mean.shape, dtype=bool)
        finite = np.isfinite(u)
        active = finite.copy()
        before = high - low
        for _ in range(100):
            if not active.any():
                break
            value, slope = self._gap(u, target, floor, tiny)
            iterations += active
            low = np.where(active & (value < 0), u, low)
            high = np.where(active & (value >= 0), u, high)
            newton = u - value / slope
            trusted = (newton >= low) & (newton <= high) & (np.abs(newton - u) <= 0.5 * before)
            following = np.where(trusted, newton, 0.5 * (low + high))
            move = np.abs(following - u)
            before = np.where(active, np.where(trusted, before, move), before)
            before = np.where(active, np.maximum(move, 0.5 * before), before)
            u = np.where(active, following, u)
            done = active & (move <= 1e-7)
            converged |= done
            active &= ~done
        value, slope = self._gap(u, target, floor, tiny)
        with np.errstate(all="ignore"):
            last = value / slope
        u = u - np.where(np.abs(last) < 1e-5, last, 0.0)
        delta = np.exp(u)
        w = p + delta
        at = self._at(w + p, np.sqrt(delta) * np.sqrt(delta + 2.0 * p))
        if self.order >= 0:
            mode = mean / (1.0 + at.alpha * at.moments.cosh)
        else:
            mode = (1.0 + at.beta * at.moments.cosh) / mean
        theta = -0.5 * self._turned(np.stack([(w + p) / mode, delta * mode], axis=-1))
        # An end of the bracket is no root.
        return Inverse(theta, iterations, converged & (np.abs(self._excess(at) - excess) <= 1e-8 * excess))

    def _gap(self, u: Rows, target: Rows, floor: float, tiny: float) -> tuple[Rows, Rows]:
        """Log of the gap over its target at delta = e^u, and the derivative in u: d excess / d delta = -w det F / 2."""
        delta = np.exp(u)
        p = self._p
        at = self._at(np.ones_like(u), np.sqrt(delta) * np.sqrt(delta + 2.0 * p))
        excess = self._excess(at)
        gap = np.maximum(1.0 / excess - floor, tiny)
        return np.log(gap / target), delta * 2.0 * self._bracket(at) / (excess * excess) / gap

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([x, 1.0 / x], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return (self.order - 1.0) * np.log(x)

    def _mean_of_log(self, at: Law) -> Rows:
        found = np.log(at.mode) + at.moments.shift
        return found if self.order >= 0 else -found

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray((self.order - 1.0) * self._mean_of_log(self._law(theta)))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-E(s) - log I - log x, s = log of x over its mode."""
        at = self._law(theta)
        half = self._turned(np.stack([x, 1.0 / x], axis=-1))
        excess = (x - at.mode) / at.mode if self.order >= 0 else (1.0 / at.mode - x) / x
        return -self._energy(at, half[:, 0] / at.mode, excess) - at.moments.log_integral - np.log(x)

    def _energy(self, at: Law, ratio: Rows, excess: Rows) -> Rows:
        """E(log ratio), given ratio - 1 formed without cancellation near 1."""
        near = np.abs(excess) < 0.5
        even = np.where(near, excess * excess / (2.0 * ratio), 0.5 * (ratio + 1.0 / ratio) - 1.0)
        return at.delta * even + self._p * ratio_remainder(ratio, excess)

    def _entropy(self, theta: Rows) -> Rows:
        at = self._law(theta)
        energy = at.delta * at.moments.cosh + self._p * at.moments.rise
        return at.moments.log_integral + energy + self._mean_of_log(at)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """<theta, mu> = -w - (omega^2 / w) c: the w is also in A."""
        at = self._law(theta)
        return -at.alpha * (at.w * at.beta) * at.moments.cosh - self._p * np.log(at.mode) - at.moments.log_integral

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """E_q(log of the ratio of the modes) + what the changes of w and of theta do; log E_p e^y, E_p y = 0, close."""
        one, two = self._law(p), self._law(q)
        move = self._turned(q - p) * np.stack([one.mode, 1.0 / one.mode], axis=-1)
        half, other = self._turned(p), self._turned(q)
        # mode_p / mode_q - 1 from the differences of the points.
        square = 4.0 * ((half - other)[:, 0] * half[:, 1] + (half - other)[:, 1] * other[:, 0])
        sigma = two.w + self._p
        rise = square / (one.w + two.w) / sigma
        relative = (other - half)[:, 0] / half[:, 0]
        excess = rise + relative + rise * relative
        ratio = one.mode / two.mode
        excess = np.where(np.maximum(np.abs(rise), np.abs(relative)) < 0.25, excess, ratio - 1.0)
        c = one.moments.cosh
        shift = -(move[:, 0] * one.alpha + move[:, 1] * one.beta) * c
        far = self._energy(two, ratio, excess) + shift + (two.moments.log_integral - one.moments.log_integral)
        answer = np.asarray(far)
        rows = np.flatnonzero(~(far >= CLOSE))
        if rows.size:
            again = self._law(p[rows])
            answer[rows] = self._close(again, two.delta[rows], -np.log(ratio[rows]), move[rows])
        return answer

    def _close(self, one: Law, delta: Rows, shift: Rows, move: Rows) -> Rows:
        """Log E_p e^y = log(1 + E_p (e^y - 1 - y)), y = <theta_q - theta_p, T - mu_p>, over what both laws reach."""
        order = self._p
        h = np.minimum(bessel_k.step(order, one.delta), bessel_k.step(order, delta))
        left, right = bessel_k.reach(order, one.delta)
        other_left, other_right = bessel_k.reach(order, delta)
        far = np.maximum(np.maximum(left, other_left - shift), np.maximum(right, other_right + shift))
        count = np.where(np.isfinite(far) & (far < bessel_k.FARTHEST), np.ceil(far / h), 0.0)
        c, mean = one.moments.cosh, one.alpha * one.moments.cosh

        def term(energy: Rows, rows: Any, rise: Rows, cosh: Rows) -> Rows:
            tilt = move[rows, 0] - move[rows, 1]
            y = tilt * (rise - mean[rows]) + 2.0 * move[rows, 1] * (cosh - c[rows])
            near = y < 1.0
            remote = np.exp(y - energy) - np.exp(-energy) * (1.0 + y)
            return np.where(near, np.exp(-energy) * expm1_remainder(np.where(near, y, 0.0)), remote)

        everywhere = np.arange(h.size)
        zero = np.zeros(h.size)
        total, mass = term(zero, everywhere, zero, zero), np.ones(h.size)
        for i in range(1, int(count.max(initial=0.0)) + 1):
            rows = np.flatnonzero(count >= i)
            node = bessel_k.nodes(i * h[rows])
            even = one.delta[rows] * node.cosh
            at_left, at_right = even + order * node.left, even + order * node.right
            mass[rows] += np.exp(-at_left) + np.exp(-at_right)
            total[rows] += term(at_right, rows, node.rise, node.cosh)
            total[rows] += term(at_left, rows, -node.rise / (1.0 + node.rise), node.cosh)
        return np.where(count > 0, np.log1p(total / mass), np.nan)

    # --- Fisher information ---

    def _bracket(self, at: Law) -> Rows:
        """(w/4) det F = v (1 + alpha beta c) - p^2 c^2 / w^3: the second term is the smaller for every p and omega."""
        c, v = at.moments.cosh, at.moments.variance
        share = self._p / at.w
        return v * (1.0 + at.alpha * at.beta * c) - share * share * (c * c / at.w)

    def _entries(self, at: Law) -> tuple[Rows, Rows, Rows]:
        c, v = at.moments.cosh, at.moments.variance
        first = at.mode * at.mode * (1.0 + at.alpha * at.alpha * c + at.alpha * at.delta * v) / at.w
        sigma = at.w + self._p
        last = (1.0 + at.beta * at.beta * c + at.beta * sigma * v) / at.w / at.mode / at.mode
        return (first, -self._excess(at), last) if self.order >= 0 else (last, -self._excess(at), first)

    def _fisher(self, theta: Rows) -> Rows:
        a, b, c = self._entries(self._law(theta))
        return np.stack([a, b, b, c], axis=-1).reshape(-1, 2, 2)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        at = self._law(theta)
        a, b, c = self._entries(at)
        return linear.solve_two_by_two(a, b, c, 4.0 * self._bracket(at) / at.w, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        at = self._law(theta)
        return np.asarray(np.log(4.0 * self._bracket(at) / at.w))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta, -direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The first beta at which mu_1 mu_2, a parabola along the ray, is 1 or |p| / (|p| - 1)."""
        slope = mu[:, 0] * direction[:, 1] + mu[:, 1] * direction[:, 0]
        bend = direction[:, 0] * direction[:, 1]
        excess = product_minus_one(mu[:, 0], mu[:, 1])
        found = first_root(excess, slope, bend)
        if self._p > 1:
            found = np.minimum(found, first_root(1.0 / (self._p - 1.0) - excess, -slope, -bend))
        return found

    # --- data ---

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.zeros(2) if self.order == 1.0 else None

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Devroye (2014, Random variate generation for the generalized inverse Gaussian distribution): exact.

        exp(-E(s)) is log-concave; its hat is 1 between two points and the tangents at them, exponentials, beyond.
        """
        half = np.broadcast_to(theta, (*shape, 2)).reshape(-1, 2)
        half = self._turned(half)
        psi, chi = -2.0 * half[:, 0], -2.0 * half[:, 1]
        p, omega = self._p, np.sqrt(psi) * np.sqrt(chi)
        w = np.hypot(p, omega)
        delta = omega * (omega / (w + p))

        def energy(s: Rows, rows: Any = slice(None)) -> Rows:
            node = bessel_k.nodes(np.abs(s))
            return np.asarray(delta[rows] * node.cosh + p * np.where(s > 0, node.right, node.left))

        one = np.ones_like(w)
        at_one = energy(one)
        t = np.where(at_one > 2.0, np.sqrt(2.0 / w), np.where(at_one < 0.5, np.log(4.0 / (delta + 2.0 * p)), 1.0))
        at_one = energy(-one)
        wide = np.log1p((1.0 + np.sqrt(1.0 + 2.0 * delta)) / delta)
        if p > 0:
            wide = np.minimum(wide, 1.0 / p)
        narrow = np.sqrt(4.0 / (delta * np.cosh(1.0) + p))
        s = np.where(at_one > 2.0, narrow, np.where(at_one < 0.5, wide, 1.0))
        eta, zeta = energy(t), delta * np.sinh(t) + p * np.expm1(t)
        theta_, xi = energy(-s), delta * np.sinh(s) - p * np.expm1(-s)
        left, right = 1.0 / xi, 1.0 / zeta
        t_inner, s_inner = t - right * eta, s - left * theta_
        inner = t_inner + s_inner
        total = inner + left + right
        found = np.empty_like(w)
        rows = np.arange(w.size)
        while rows.size:
            u, v, accept = rng.random((3, rows.size))
            v = 1.0 - v
            u = u * total[rows]
            a, b = -s_inner[rows], t_inner[rows]
            beyond = b - right[rows] * np.log(v)
            before = a + left[rows] * np.log(v)
            draw = np.where(
                u < inner[rows], a + inner[rows] * v, np.where(u < inner[rows] + right[rows], beyond, before)
            )
            log_hat = np.where(
                draw > b,
                -eta[rows] - zeta[rows] * (draw - t[rows]),
                np.where(draw < a, -theta_[rows] + xi[rows] * (draw + s[rows]), 0.0),
            )
            good = np.log(1.0 - accept) + log_hat <= -energy(draw, rows)
            found[rows[good]] = draw[good]
            rows = rows[~good]
        mode = (w + p) / psi
        draws = mode * np.exp(found) if self.order >= 0 else np.exp(-found) / mode
        return np.asarray(draws.reshape(shape))

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[E x, E 1/x - 1 / E x], the second as E (x - E x)^2 / x / (E x)^2, whose terms have one sign."""
        mean = np.expand_dims(mean_of_observations(x, weights, axis), axis)
        deviation = (x - mean) / mean
        return np.stack([mean.squeeze(axis), average(deviation / x * deviation, weights, axis)], axis=-1)

    def scipy_twin(self, theta: Rows) -> Any:
        psi, chi = -2.0 * theta
        return stats.geninvgauss(self.order, np.sqrt(psi * chi), scale=np.sqrt(chi / psi))

    # --- what tests take ---

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        return cls(-1.3), cls(4.0)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return np.asarray(-np.exp(rng.uniform(-1.5, 2.5, (rows, 2))))

    def hard_points(self) -> Rows:
        pairs = [[1e-4, 1e-4], [1e12, 1e12], [1e-8, 1e8], [1e8, 1e-4], [1.0, 1e-6], [1e-6, 1.0], [1e3, 1e2]]
        return -0.5 * np.array(pairs)

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return -0.5 * log_uniform(rng, (rows, 2), decades)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        psi, chi = -2 * theta[0], -2 * theta[1]
        log_k = bessel_k.mp_log_bessel_k(self.order, mpmath.sqrt(psi * chi))
        return mpmath.log(2) + log_k + mpmath.mpf(self.order) / 2 * mpmath.log(chi / psi)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """Return (p - 1) E log x, E log x = log sqrt(chi/psi) + d log K_p / dp by central differences."""
        import mpmath

        with mpmath.workdps(100):
            psi, chi = -2 * theta[0], -2 * theta[1]
            order, omega = mpmath.mpf(self.order), mpmath.sqrt(psi * chi)
            h = mpmath.mpf(10) ** -20 * (1 + abs(order))
            rise = bessel_k.mp_log_bessel_k(order + h, omega) - bessel_k.mp_log_bessel_k(order - h, omega)
            return (order - 1) * (mpmath.log(chi / psi) / 2 + rise / (2 * h))

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        return [mean[0], mean[1] - 1 / mean[0]]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x, 1 / x]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return (mpmath.mpf(self.order) - 1) * mpmath.log(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [-standard["psi"] / 2, -standard["chi"] / 2]


def first_root(slack: Rows, slope: Rows, bend: Rows) -> Rows:
    """The smallest beta > 0 with slack + slope beta + bend beta^2 = 0, slack > 0; inf where there is none."""
    square = slope * slope - 4.0 * bend * slack
    root = np.sqrt(np.maximum(square, 0.0))
    rises = slope > 0
    above, below = np.where(rises, slope + root, 2.0 * slack), np.where(rises, -2.0 * bend, root - slope)
    some = (square >= 0) & (below > 0)
    return np.where(some, above / np.where(some, below, 1.0), np.inf)
