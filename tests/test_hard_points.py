"""Points at which a plain formula loses its digits, by name: every operation, native and reference, judged by mpmath.

What mpmath finds and what an answer may err by are those of the stored points (`accuracy/`).
"""

from __future__ import annotations

from functools import cache

import mpmath
import natgrad_native as ng
import numpy as np
import pytest
import tolerances
from accuracy import make_points, rules
from accuracy.known import Known
from judge import Judge, floats

EPS = float(np.finfo(np.float64).eps)
WHO = ["native", "reference"]


def along(direction, length):
    """A vector of a length."""
    return length / np.linalg.norm(direction) * np.asarray(direction)


def gaussian(dimension, mean, covariance):
    """A MultivariateNormal and its natural parameters."""
    family = ng.MultivariateNormal(dimension)
    return family, family.natural_from_standard(mean=mean, covariance=covariance)


TURN = np.linalg.qr(np.random.default_rng(4).standard_normal((3, 3)))[0]
POINTS = {
    "Poisson at rate 1e-12": (ng.Poisson(), np.log([1e-12])),
    "Poisson at rate 63.999": (ng.Poisson(), np.log([63.999])),
    "Poisson at rate 64": (ng.Poisson(), np.log([64.0])),
    "Poisson at rate 1e15": (ng.Poisson(), np.log([1e15])),
    "Gamma with shape 1e-8": (ng.Gamma(), [1e-8, -2.0]),
    "Gamma with shape 15.9": (ng.Gamma(), [15.9, -2.0]),
    "Gamma with shape 16.1": (ng.Gamma(), [16.1, -2.0]),
    "Gamma with shape 1e12": (ng.Gamma(), [1e12, -2.0]),
    "Beta(1e-3, 1e6)": (ng.Beta(), [1e-3, 1e6]),
    "Beta(1e-12, 3e-12)": (ng.Beta(), [1e-12, 3e-12]),
    "Dirichlet([1e-3, 1, 5])": (ng.Dirichlet(3), [1e-3, 1.0, 5.0]),
    "Dirichlet([1e-8, 1e-8, 1e-8])": (ng.Dirichlet(3), [1e-8, 1e-8, 1e-8]),
    "rank-one denominator of Dirichlet([1e8, 1e8])": (ng.Dirichlet(2), [1e8, 1e8]),
    "rank-one denominator of Dirichlet([1e-8, 1e8])": (ng.Dirichlet(2), [1e-8, 1e8]),
    "rank-one denominator of Dirichlet([2, 5e5, 1e-4])": (ng.Dirichlet(3), [2.0, 5e5, 1e-4]),
    "rank-one denominator of Dirichlet([1e12, 2e12, 3e12])": (ng.Dirichlet(3), [1e12, 2e12, 3e12]),
    "VonMisesFisher in 3 dimensions at 1e7": (ng.VonMisesFisher(3), along([1.0, -2.0, 0.5], 1e7)),
    "VonMisesFisher in 3 dimensions along an axis at 1e12": (ng.VonMisesFisher(3), [1e12, 0.0, 0.0]),
    "VonMisesFisher in 5 dimensions beside an axis": (
        ng.VonMisesFisher(5),
        [25521.6753, -2.11239469, 5.88216998, 1.72097574, 2.12108520],
    ),
    "NegativeBinomial(2.5) at log(1-p) = -1e-14": (ng.NegativeBinomial(2.5), [-1e-14]),
    "NegativeBinomial(1e-8) at log(1-p) = -1e-14": (ng.NegativeBinomial(1e-8), [-1e-14]),
    "NegativeBinomial(1e8) at log(1-p) = -1e-14": (ng.NegativeBinomial(1e8), [-1e-14]),
    "a Gaussian of condition 1e12": gaussian(3, [1.0, -2.0, 0.5], TURN @ np.diag([1e6, 1.0, 1e-6]) @ TURN.T),
    "Normal at mean/sd = 1e8": (ng.Normal(), [1e8, -0.5]),
    "a Gaussian in one dimension at mean/sd = 1e8": (ng.MultivariateNormal(1), [1e8, -0.5]),
    "a Gaussian in two dimensions at mean/sd = 1e8": gaussian(2, [1e8, -1e8], [[1.0, 0.5], [0.5, 2.0]]),
}
# A point near by for a KL must be farther than an eps of theta moves it: here that moves the mean by 1e-8 deviations.
FAR_FROM_ZERO = ("a Gaussian in two dimensions at mean/sd = 1e8",)


@cache
def known(name) -> Known:
    """What mpmath finds at a point, with KL to a relative 1e-8 and far from it."""
    family, theta = POINTS[name]
    twin, theta = family.reference, np.asarray(theta, dtype=np.float64)
    x = make_points.draws(twin, theta[None], np.random.default_rng(1))[0]
    standard = np.concatenate([np.ravel(value) for value in twin.standard_from_natural(theta).values()])
    rows = []
    for factor in (1.5,) if name in FAR_FROM_ZERO else (1.5, 1 + 1e-8):
        given = {"theta": theta, "other": factor * theta, "observation": x, "standard": standard}
        rows.append(given | make_points.find((twin, "float64", 0, given))[1])
    return Known(twin, {part: np.array([row[part] for row in rows]) for part in rows[0]}, len(rows))


@pytest.mark.parametrize("operation", rules.OPERATIONS)
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", POINTS)
def test_digits_are_kept(name, who, operation):
    family = POINTS[name][0] if who == "native" else POINTS[name][0].reference
    found = rules.verdict(family, known(name), operation, np.float64)
    if not found.ratio.size:
        pytest.skip("the operand, rounded, may be outside its domain, or there is no draw")
    assert found.ratio.max() <= 1.0, f"{found.ratio.max():.3g} x bound"


# --- entropies of counts, on both sides of every change of method and far from all of them ---

ENTROPIES = [
    *((ng.Binomial(n), t) for n in (1, 2, 191, 193, 10**9) for t in (-40.0, -1e-3)),
    *((ng.Binomial(10**9), np.log(v / (1e9 - v))) for v in (1e-3, 47.0, 49.0)),
    *((ng.NegativeBinomial(r), np.log(q)) for r in (1e-8, 0.9, 1.0, 63.9, 64.1) for q in (1e-12, 0.49, 0.51)),
    *((ng.NegativeBinomial(r), -1e-12) for r in (1e-8, 0.9, 63.9, 64.1, 1e8)),
    *((ng.NegativeBinomial(1e8), -np.log1p(1e8 / v)) for v in (127.0, 129.0)),
    *((ng.Logarithmic(), np.log(p)) for p in (1e-40, 1e-12, 0.499, 0.501, 1 - 1e-12)),
]


@pytest.mark.parametrize(("family", "t"), ENTROPIES, ids=repr)
def test_the_entropy_of_counts(family, t):
    twin = family.reference
    with mpmath.workdps(150):
        theta, a = mpmath.mpf(float(t)), twin.mp_log_partition
        step = abs(theta) * mpmath.mpf(10) ** -40
        mean = (a([theta + step]) - a([theta - step])) / (2 * step)
        dual = theta * mean - a([theta])
        with mpmath.workdps(25):
            truth = -dual - twin.mp_expected_log_base_measure([theta], [mean])
    for kind in (family, twin):
        assert abs(kind.entropy([t]) - float(truth)) <= 16 * EPS * float(truth - dual)


# --- densities where <theta, T(x)>, A and log h are large and what is left of them is not ---

DENSITIES = {
    **{
        f"Poisson at rate {rate:g}, {by:g} deviations off": (
            ng.Poisson(),
            np.log(rate),
            max(0.0, np.rint(rate + by * np.sqrt(rate))),
        )
        for rate in (1.0, 70.0, 1e6, 1e10, 1e12, 1e15)
        for by in (-3.0, 0.0, 0.5, 20.0)
    },
    **{
        f"Bernoulli({theta:g}) at {x}": (ng.Bernoulli(), theta, x)
        for theta in (-700.0, -40.0, -1e-3, 1e-9, 16.4, 36.0, 700.0)
        for x in (0, 1)
    },
    "two events of a rate that underflows": (ng.Poisson(), -800.0, 2),
    "no event of a rate that underflows": (ng.Poisson(), -800.0, 0),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_the_log_density(name):
    """Within 16 eps of the value and of what an eps of theta makes of it."""
    family, theta, x = DENSITIES[name]
    at = Judge(family.reference, [theta], digits=420)  # e^-700 and its differences
    truth = float(at.log_density(x))
    with mpmath.workdps(60):
        slope = abs(float(family.reference.mp_sufficient_statistics(mpmath.mpf(x))[0] - at.mean[0]))
    for kind in (family, family.reference):
        error = abs(kind.log_density([theta], x) - truth)
        assert error <= 16 * EPS * (abs(truth) + slope * abs(theta)) + np.finfo(np.float64).tiny


# --- unit vectors in any dimension ---

SPHERES = [
    (2, 1e-300), (3, 1e-300), (3, 31.9), (3, 1e7), (4, 30.0), (19, 1e-5), (19, 1.8), (50, 20.0), (65, 33.0),
    (66, 1e-300), (66, 1e12), (200, 1e3), (1000, 5.0), (1000, 1e6), (10_000, 1e-300), (10_000, 3e3),
]  # fmt: skip


class Sphere:
    """VonMisesFisher at one point: A, R/k and R' from 0F1, and from them the rest."""

    def __init__(self, theta) -> None:
        self.theta = [mpmath.mpf(float(t)) for t in theta]
        self.dimension = len(theta)
        self.k = mpmath.norm(self.theta)
        self.log_partition, self.over, self.slope = self.at(self.k)
        self.radius = self.over * self.k

    def at(self, k):
        half, terms = mpmath.mpf(self.dimension) / 2, 10**7
        first, second = (mpmath.hyp0f1(half + i, k * k / 4, maxterms=terms) for i in (0, 1))
        area = mpmath.log(2) + half * mpmath.log(mpmath.pi) - mpmath.loggamma(half)
        over = second / first / self.dimension
        return area + mpmath.log(first), over, 1 - (self.dimension - 1) * over - (k * over) ** 2

    def multiply(self, v):
        """F v, and |F| |v|, as floats."""
        v = [mpmath.mpf(float(x)) for x in v]
        share = mpmath.fdot(self.theta, v) / self.k**2
        image = floats(self.over * (x - share * t) + self.slope * share * t for x, t in zip(v, self.theta, strict=True))
        size, unit = np.abs(floats(v)), np.abs(floats(t / self.k for t in self.theta))
        return image, float(self.over) * (size + unit * (unit @ size)) + float(self.slope) * unit * (unit @ size)

    def kl(self, theta):
        """KL to another point."""
        other = [mpmath.mpf(float(t)) for t in theta]
        change = [q - p for p, q in zip(self.theta, other, strict=True)]
        return self.at(mpmath.norm(other))[0] - self.log_partition - self.over * mpmath.fdot(change, self.theta)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("dimension", "k"), SPHERES, ids=str)
def test_von_mises_fisher_in_any_dimension(who, dimension, k):
    family = ng.VonMisesFisher(dimension) if who == "native" else ng.reference.VonMisesFisher(dimension)
    rng = np.random.default_rng(dimension)
    theta = along(rng.standard_normal(dimension), k)
    x = along(rng.standard_normal(dimension), 1.0)
    with mpmath.workdps(700 if k < 1e-200 else 60):
        at = Sphere(theta)
        pull = at.radius * at.k
        assert abs(family.log_partition(theta) - at.log_partition) <= 16 * EPS * (abs(at.log_partition) + pull)
        entropy = at.log_partition - pull
        assert abs(family.entropy(theta) - entropy) <= 16 * EPS * (abs(entropy) + at.slope * at.k**2)
        inner = mpmath.fdot(at.theta, [mpmath.mpf(float(c)) for c in x])
        terms = abs(at.log_partition) + np.abs(theta * x).sum()
        assert abs(family.log_density(theta, x) - inner + at.log_partition) <= 16 * EPS * terms
        determinant = (dimension - 1) * mpmath.log(at.over) + mpmath.log(at.slope)
        assert abs(family.fisher_log_determinant(theta) - determinant) <= 16 * EPS * abs(determinant)
        mu = family.mean_from_natural(theta)
        np.testing.assert_allclose(mu, float(at.over) * theta, rtol=16 * EPS)
        back = Sphere(family.natural_from_mean(mu)).radius
        given = mpmath.norm([mpmath.mpf(float(m)) for m in mu])
        assert abs(back - given) <= 16 * EPS * (given + at.slope * at.k)
        assert abs(family.dual_log_partition(mu) + entropy) <= 16 * EPS * (abs(entropy) + pull)
        # The reference's products are with the dense F.
        for v in (rng.standard_normal(dimension), theta / k) if dimension <= 1000 else ():
            image, size = at.multiply(v)
            assert (np.abs(family.fisher_multiply(theta, v) - image) <= 32 * EPS * size).all()
            solved = family.fisher_solve(theta, v)
            image, size = at.multiply(solved)
            assert (np.abs(image - v) <= 64 * EPS * (size + np.abs(v))).all()
        for other in (1.25 * theta, (1 + 1e-8) * theta) if k > 1e-200 else ():
            truth, found = at.kl(other), family.kl_divergence(theta, other)
            assert found >= 0
            assert abs(found - truth) <= (1e-10 + 64 * EPS) * truth


def test_in_the_plane_von_mises_fisher_is_von_mises():
    circle, sphere = ng.VonMises(), ng.VonMisesFisher(dimension=2)
    rng = np.random.default_rng(0)
    p, q = rng.standard_normal((2, 50, 2)) * 10.0 ** rng.uniform(-3, 6, (2, 50, 1))
    for operation in ("log_partition", "entropy", "mean_from_natural", "fisher_log_determinant"):
        np.testing.assert_allclose(getattr(sphere, operation)(p), getattr(circle, operation)(p), rtol=1e-13)
    np.testing.assert_allclose(sphere.kl_divergence(p, q), circle.kl_divergence(p, q), rtol=1e-12)


# --- many proportions ---


class Proportions:
    """A Dirichlet whose concentrations are a few values, each many times, so that mpmath has few functions to find."""

    def __init__(self, values, repeats) -> None:
        self.alpha = np.repeat(values, repeats)
        self.values, self.repeats = [mpmath.mpf(float(v)) for v in values], repeats
        self.total = repeats * mpmath.fsum(self.values)
        self.slopes = [mpmath.psi(1, v) for v in self.values]
        self.common = mpmath.psi(1, self.total)
        self.means = [mpmath.psi(0, v) - mpmath.psi(0, self.total) for v in self.values]
        logs = mpmath.fsum(mpmath.loggamma(v) for v in self.values)
        self.log_partition = repeats * logs - mpmath.loggamma(self.total)

    def whole(self, values) -> np.ndarray:
        return np.repeat(floats(values), self.repeats)

    def inner(self, left, right):
        return self.repeats * mpmath.fdot(left, right)

    def multiply(self, v):
        """F v for v (categories,), in long double, and |F| |v|."""
        total = mpmath.fsum(mpmath.mpf(float(x)) for x in v)
        slopes = np.repeat(np.array([np.longdouble(mpmath.nstr(s, 25)) for s in self.slopes]), self.repeats)
        shared = np.longdouble(mpmath.nstr(self.common * total, 25))
        return slopes * v - shared, slopes * np.abs(v) + np.longdouble(float(self.common)) * np.abs(v).sum()


@pytest.mark.parametrize("who", WHO)
def test_dirichlet_with_a_hundred_thousand_categories(who):
    family = ng.Dirichlet(100_000) if who == "native" else ng.reference.Dirichlet(100_000)
    rng = np.random.default_rng(2)
    name, repeats = "Dirichlet", 5000
    values, others = np.exp(rng.uniform(-3, 3, (2, 20)))
    with mpmath.workdps(60):
        at, there = Proportions(values, repeats), Proportions(others, repeats)
        theta, mu = at.alpha, at.whole(at.means)
        size = {key: tolerances.bound(key, name, np.float64) for key in tolerances.TABLE}
        moved = np.abs(at.multiply(theta)[1])  # |F| |theta|
        found = family.mean_from_natural(theta)
        assert (np.abs(found - mu) <= size["mean_from_natural"] * (np.abs(mu) + moved)).all()
        pull = float(at.inner([abs(m) for m in at.means], at.values))
        error = abs(family.log_partition(theta) - at.log_partition)
        assert error <= size["log_partition"] * (abs(at.log_partition) + pull)
        dual = at.inner(at.means, at.values) - at.log_partition
        entropy = at.repeats * mpmath.fsum(at.means) - dual
        assert abs(family.entropy(theta) - entropy) <= size["entropy"] * (abs(entropy) + moved @ (theta + 1))
        inverses = at.repeats * mpmath.fsum(1 / s for s in at.slopes)
        determinant = at.repeats * mpmath.fsum(map(mpmath.log, at.slopes)) + mpmath.log(1 - at.common * inverses)
        error = abs(family.fisher_log_determinant(theta) - determinant)
        assert error <= size["fisher_log_determinant"] * abs(determinant)
        v = np.cos(np.arange(len(theta)))
        image, scale = at.multiply(v)
        assert (np.abs(family.fisher_multiply(theta, v) - image) <= size["fisher_multiply"] * scale).all()
        image, scale = at.multiply(family.fisher_solve(theta, v))
        assert (np.abs(image - v) <= size["fisher_solve"] * (scale + np.abs(v))).all()
        change = [q - p for p, q in zip(at.values, there.values, strict=True)]
        divergence = there.log_partition - at.log_partition - at.inner(change, at.means)
        assert abs(family.kl_divergence(theta, there.alpha) - divergence) <= 1e-10 * divergence
        back = family.natural_from_mean(mu)
        total = mpmath.fsum(mpmath.mpf(float(a)) for a in back)
        some = np.arange(0, len(theta), 997)
        image = floats(mpmath.psi(0, mpmath.mpf(float(back[k]))) - mpmath.psi(0, total) for k in some)
        allowed = size["natural_from_mean"] * (np.abs(mu) + moved)[some]
        assert (np.abs(image - mu[some]) <= allowed).all()
