"""Nodes and weights of sums and integrals over the events of a family, from what it draws and what it accepts.

A sum over counts; over numbers the trapezoidal rule in coordinates in which the density dies away exponentially or
faster at both ends, where it converges geometrically (Trefethen and Weideman 2014, The exponentially convergent
trapezoidal rule): each free number goes through x = m + s sinh u, a + e^u, or a + (b - a)/(1 + e^-u).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import NamedTuple

import numpy as np
from scipy.special import expit

DRAWS = 4000
WIDE, FINE = 121, {1: 401, 2: 161}
FARTHEST = 250.0
MOST_COUNTS = 40_000
NEGLIGIBLE = 42.0  # e^-42 of the largest term


class Nodes(NamedTuple):
    """Events (n, *event_shape), and weights (n,) with which values at them sum to the integral."""

    events: np.ndarray
    weights: np.ndarray


class NoRuleError(Exception):
    """The point has no rule: its counts are too many, or its mass is at an edge that floats do not resolve."""


def kind_of_events(family, theta) -> str | None:
    """Which rule serves a family, by its draws; None where an event has more than two free numbers."""
    draws = family.sample(theta, 20, np.random.default_rng(1))
    flat = draws.reshape(20, -1).astype(np.float64)
    count = flat.shape[1]
    steady = count > 1 and np.ptp(flat.sum(axis=-1)) < 1e-9
    if draws.dtype.kind == "i":
        total = round(flat[0].sum())
        few = math.comb(total + count - 1, count - 1) <= MOST_COUNTS if steady else count <= 2
        return ("compositions" if steady else "counts") if few else None
    if count > 1 and np.ptp(np.linalg.norm(flat, axis=-1)) < 1e-9:
        return "sphere" if count <= 3 else None
    if steady:
        return "simplex" if count <= 3 else None
    return "numbers" if count <= 2 else None


def nodes(family, theta) -> Nodes:
    """The rule for one point (size,) of a native family."""
    kind = kind_of_events(family, theta)
    flat = family.sample(theta, DRAWS, np.random.default_rng(1)).reshape(DRAWS, -1).astype(np.float64)
    if kind == "counts":
        return of_counts(family, theta, flat)
    if kind == "compositions":
        x = np.array(list(compositions(round(flat[0].sum()), flat.shape[1])), dtype=np.float64)
        return Nodes(x, np.ones(len(x)))
    if kind == "sphere":
        return on_the_sphere(flat.shape[1])
    if kind == "simplex":
        return in_box(family, theta, shares(flat), on_the_simplex)
    return over_numbers(family, theta, flat)


# --- counts ---


def of_counts(family, theta, flat) -> Nodes:
    """All counts up to one beyond which nothing counts."""
    count, top = flat.shape[1], flat.max() + 16
    while (top + 1) ** count <= MOST_COUNTS:
        axis = np.arange(top + 1)
        x = np.stack(np.meshgrid(*[axis] * count, indexing="ij"), axis=-1).reshape(-1, count)
        size = log_size(family, theta, x)
        if size[(x == top).any(axis=-1)].max() < size.max() - NEGLIGIBLE:
            inside = np.isfinite(size)
            return Nodes(shaped(family, x[inside]), np.ones(inside.sum()))
        top = round(1.5 * top)
    raise NoRuleError


def compositions(total, count) -> Iterator[tuple[int, ...]]:
    """All ways to write a total as a sum of so many counts."""
    if count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, count - 1):
            yield (first, *rest)


# --- unit vectors and proportions ---


def on_the_sphere(count) -> Nodes:
    """The circle by equal angles; the sphere by Gauss-Legendre along an axis and equal angles around it."""
    angles = 2 * np.pi * (np.arange(160) + 0.5) / 160
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    if count == 2:
        return Nodes(circle, np.full(160, 2 * np.pi / 160))
    height, weight = np.polynomial.legendre.leggauss(100)
    ring = np.sqrt(1 - height**2)[:, None, None] * circle
    x = np.concatenate([np.broadcast_to(height[:, None, None], (100, 160, 1)), ring], axis=-1)
    return Nodes(x.reshape(-1, 3), np.repeat(weight * 2 * np.pi / 160, 160))


def shares(flat) -> np.ndarray:
    """The logit of the share of what is left that each piece of a broken stick takes, but for the last piece."""
    left = np.cumsum(flat[:, ::-1], axis=-1)[:, ::-1]
    return np.log(flat[:, :-1]) - np.log(left[:, 1:])


def on_the_simplex(u) -> tuple[np.ndarray, np.ndarray]:
    """Proportions of logits of shares; the density is that of all of them but the last."""
    taken, left = expit(u), np.cumprod(expit(-u), axis=-1)
    before = np.concatenate([np.ones((len(u), 1)), left[:, :-1]], axis=-1)
    x = np.concatenate([before * taken, left[:, -1:]], axis=-1)
    return x, np.log(before * taken * expit(-u)).sum(axis=-1)


# --- numbers ---


class Chart(NamedTuple):
    """The open interval (low, high) from the real line; `middle` and `spread` where both ends are infinite."""

    low: float
    high: float
    middle: float
    spread: float

    def number(self, u) -> tuple[np.ndarray, np.ndarray]:
        """X and log dx/du."""
        if self.low > -np.inf and self.high < np.inf:
            width = self.high - self.low
            x = np.where(u < 0, self.low + width * expit(u), self.high - width * expit(-u))
            return x, np.log(width) - np.logaddexp(0, u) - np.logaddexp(0, -u)
        if self.low > -np.inf:
            return self.low + np.exp(u), u
        if self.high < np.inf:
            return self.high - np.exp(u), u
        return self.middle + self.spread * np.sinh(u), np.log(self.spread) + np.log(np.cosh(u))

    def place(self, x) -> np.ndarray:
        if self.low > -np.inf and self.high < np.inf:
            return np.log(x - self.low) - np.log(self.high - x)
        if self.low > -np.inf:
            return np.log(x - self.low)
        if self.high < np.inf:
            return np.log(self.high - x)
        return np.arcsinh((x - self.middle) / self.spread)


def over_numbers(family, theta, flat) -> Nodes:
    """Each interval that a number may lie in, cut where a hyperparameter may put a kink of T."""
    charts = []
    for k in range(flat.shape[1]):
        low, high = (edge(family, flat, k, sign) for sign in (-1.0, 1.0))
        if any(piles_up(np.abs(flat[:, k] - end)) for end in (low, high) if np.isfinite(end) and end):
            raise NoRuleError
        ends = [low, *sorted(c for c in numbers(family) if low < c < high), high]
        middle, spread = np.median(flat[:, k]), np.subtract(*np.percentile(flat[:, k], [75, 25]))
        charts.append([Chart(a, b, middle, spread) for a, b in itertools.pairwise(ends)])
    parts = []
    for cell in itertools.product(*charts):
        inside = np.all([(flat[:, k] > chart.low) & (flat[:, k] < chart.high) for k, chart in enumerate(cell)], axis=0)
        u = np.stack([chart.place(flat[inside, k]) for k, chart in enumerate(cell)], axis=-1)
        parts.append(in_box(family, theta, u, through(cell)))
    return Nodes(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def piles_up(distance) -> bool:
    """Whether the mass within d of an edge falls more slowly than d^0.75, so that the floats there are too few."""
    d = min(np.median(distance), 0.01)
    return (distance < 0.01 * d).sum() > 0.03 * (distance < d).sum() + 2


def through(charts) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    def numbers_of(u):
        pairs = [chart.number(u[:, k]) for k, chart in enumerate(charts)]
        return np.stack([x for x, _ in pairs], axis=-1), np.sum([slope for _, slope in pairs], axis=0)

    return numbers_of


def numbers(family) -> list[float]:
    """The real hyperparameters."""
    twin = family.reference
    return [value for field in fields(twin) if isinstance(value := getattr(twin, field.name), float)]


def edge(family, flat, k, sign) -> float:
    """Where the support of a number ends, by bisection among the floats from a draw."""

    def accepted(value):
        x = flat[:1].copy()
        x[0, k] = value
        return not family.reference._outside_support(shaped(family, x))[0]

    if accepted(sign * 1e300):
        return sign * np.inf
    inside, outside = (ordered(value) for value in (flat[0, k], sign * 1e300))
    while abs(inside - outside) > 1:
        middle = (inside + outside) // 2
        inside, outside = (middle, outside) if accepted(ordered(middle)) else (inside, middle)
    found = ordered(inside)
    if math.isclose(abs(found), math.pi, rel_tol=1e-6):
        return sign * math.pi  # a float32 a little beyond is accepted too
    return 0.0 if abs(found) < 1e-290 else found


def ordered(value):
    """The place of a float among all floats, and back."""
    if isinstance(value, int):
        size = float(np.int64(abs(value)).view(np.float64))
        return size if value >= 0 else -size
    place = int(np.float64(abs(value)).view(np.int64))
    return place if value >= 0 else -place


# --- the rule ---


def in_box(family, theta, u_of_draws, change) -> Nodes:
    """The trapezoidal rule in u over the box beyond which nothing counts, from where the draws are."""
    count = u_of_draws.shape[1] if u_of_draws.size else 1
    middle, spread = np.zeros(count), np.ones(count)
    if len(u_of_draws) > 20:
        middle, spread = np.median(u_of_draws, axis=0), u_of_draws.std(axis=0)
    reach = np.arcsinh(FARTHEST / spread)
    axes = [np.linspace(-r, r, WIDE) for r in reach]
    place = Place(middle, spread)
    for points in (WIDE, FINE[count]):
        size = at_grid(family, theta, change, place, axes)[2]
        kept = size > size.max() - NEGLIGIBLE
        for k, axis in enumerate(axes):
            along = np.flatnonzero(kept.any(axis=tuple(j for j in range(count) if j != k)))
            if along[0] == 0 or along[-1] == len(axis) - 1:
                raise NoRuleError
            axes[k] = np.linspace(axis[along[0] - 1], axis[along[-1] + 1], points)
    x, slope, size = at_grid(family, theta, change, place, axes)
    step = np.prod([axis[1] - axis[0] for axis in axes])
    kept = (size > size.max() - NEGLIGIBLE).ravel()
    return Nodes(shaped(family, x[kept]), np.exp(slope[kept]) * step)


class Place(NamedTuple):
    """U of t: an exponential tail in u is a double exponential one in t (Takahasi and Mori 1974)."""

    middle: np.ndarray
    spread: np.ndarray

    def __call__(self, t) -> tuple[np.ndarray, np.ndarray]:
        return self.middle + self.spread * np.sinh(t), np.log(self.spread * np.cosh(t)).sum(axis=-1)


def at_grid(family, theta, change, place, axes):
    """X and log dx/dt at all points of a grid in t, and `log_size` of the integrand there."""
    t = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    with np.errstate(all="ignore"):
        u, first = place(t.reshape(-1, len(axes)))
        x, second = change(u)
        size = log_size(family, theta, x) + first + second
    return x, first + second, np.where(np.isfinite(size), size, -np.inf).reshape(t.shape[:-1])


def log_size(family, theta, x) -> np.ndarray:
    """The logarithm of p(x) (1 + |T(x)|^2) at x (n, numbers), -inf outside the support."""
    size = np.full(len(x), -np.inf)
    inside = np.isfinite(x).all(axis=-1)
    size[inside] = family.log_density(theta, shaped(family, x[inside]))
    inside = np.isfinite(size)
    statistics = family.sufficient_statistics(shaped(family, x[inside]))
    size[inside] += np.log1p((statistics**2).sum(axis=-1))
    return size


def shaped(family, x) -> np.ndarray:
    return x.reshape(-1, *family.event_shape)
