"""Expectations of likelihoods against mpmath, and what a likelihood refuses."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from natgrad_native.reference import likelihood as likelihoods
from natgrad_native.reference.likelihoods import bernoulli
from natgrad_native.reference.quadrature import LARGEST_SD, RULES

# One standard deviation just inside and just outside of every rule, and the whole range that is promised.
EDGES = [edge for rule in RULES for edge in (0.999 * rule.largest_sd, 1.001 * rule.largest_sd)]
SDS = [1e-6, 1e-3, *EDGES, 1.7, 3.3, 8.0, 30.0, 200.0, 1000.0]
MEANS = [0.0, 1e-3, -0.6, 1.9, -4.2, 9.0, -17.0, 26.0, -38.0, 50.0, -50.0]


def judge(mean: float, sd: float) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
    """Softplus and its first two derivatives, expected under N(mean, sd^2), at 20 digits.

    Trapezoidal rule in z for moderate sd; for a wide normal softplus = max(eta, 0) + log1p(exp(-|eta|)), whose second
    part and whose derivatives are integrated piece by piece. Neither is the scheme under test.
    """
    with mp.workdps(20):
        m, s = mp.mpf(mean), mp.mpf(sd)
        if s <= 8:
            step = min(mp.mpf(1) / 5, mp.mpf("0.45") / s)
            count = int(13 / step) + 1
            value = first = second = mp.mpf(0)
            for k in range(-count, count + 1):
                z = k * step
                eta, weight = m + s * z, mp.exp(-z * z / 2)
                small = mp.exp(-abs(eta))
                value += weight * (max(eta, 0) + mp.log1p(small))
                first += weight * (1 if eta >= 0 else small) / (1 + small)
                second += weight * small / (1 + small) ** 2
            scale = step / mp.sqrt(2 * mp.pi)
            value, first, second = value * scale, first * scale, second * scale
        else:

            def density(t: mp.mpf) -> mp.mpf:
                return mp.npdf(t, m, s)

            pieces = [0, 2, 8, 24, 60]
            rest = [
                lambda t: mp.log1p(mp.exp(-t)) * (density(t) + density(-t)),
                lambda t: (density(-t) - density(t)) / (1 + mp.exp(t)),
                lambda t: mp.exp(-t) / (1 + mp.exp(-t)) ** 2 * (density(t) + density(-t)),
            ]
            value, first, second = (mp.quad(part, pieces) for part in rest)
            value += m * mp.ncdf(m / s) + s * s * density(mp.mpf(0))
            first += mp.ncdf(m / s)
        return value, first, second


@pytest.mark.parametrize("sd", SDS)
def test_bernoulli_expectations_are_exact(sd: float) -> None:
    """Relative error of log p(y | eta) = -softplus(-t eta), t = 2y - 1, and its derivatives, for both labels."""
    likelihood, variance = likelihoods.make_likelihood("bernoulli"), sd**2
    wanted = np.array([[float(part) for part in judge(m, float(np.sqrt(variance)))] for m in MEANS])
    for y, t in ((0.0, -1.0), (1.0, 1.0)):
        found = likelihood.expectations(np.full(len(MEANS), y), -t * np.array(MEANS), np.full(len(MEANS), variance))
        for k, sign in enumerate((-1.0, t, -1.0)):
            np.testing.assert_allclose(sign * found[k], wanted[:, k], rtol=1e-12)


def test_bernoulli_prediction_is_the_expected_probability() -> None:
    bernoulli_logit = likelihoods.make_likelihood("bernoulli")
    mean, variance = np.array([-3.0, 0.0, 0.4, 12.0]), np.array([0.01, 4.0, 0.0, 400.0])
    probability = bernoulli_logit.predict_mean(mean, variance)
    ones = np.ones(4)
    np.testing.assert_allclose(probability, 1 - bernoulli_logit.expectations(ones, mean, variance).first, rtol=1e-12)
    np.testing.assert_allclose(probability + bernoulli_logit.predict_mean(-mean, variance), 1, rtol=1e-13)


@pytest.mark.parametrize("mean", [-1e300, -1e6, 1e6, 1e300])
@pytest.mark.parametrize("sd", [0.0, 1e-8, 0.5, 5.0, 1e8])
def test_bernoulli_far_out_has_no_nan_and_no_warning(mean: float, sd: float) -> None:
    found = likelihoods.make_likelihood("bernoulli").expectations(*(np.array([v]) for v in (1.0, mean, sd**2)))
    assert np.isfinite(np.stack(found)).all()
    rounding = 1e-15
    assert -rounding <= found.first[0] <= 1 + rounding
    assert -0.25 - rounding <= found.second[0] <= 0


def test_the_rules_cover_the_standard_deviations_in_order() -> None:
    largest = [rule.largest_sd for rule in RULES]
    assert largest == sorted(largest)
    assert largest[-1] == LARGEST_SD
    for rule in RULES:
        assert rule.weights.sum() == pytest.approx(1, abs=1e-15)
        np.testing.assert_allclose(rule.nodes, -rule.nodes[::-1], atol=1e-14)
    # The wide scheme's trapezoidal rule must resolve N(eta; m, sd^2) from LARGEST_SD on.
    assert bernoulli.SPACING <= 0.5 * LARGEST_SD


@pytest.mark.parametrize(("y", "mean", "variance"), [(0, -2.0, 0.3), (4, 1.5, 0.01), (250, 5.5, 2.0)])
def test_poisson_expectations_are_exact(y: int, mean: float, variance: float) -> None:
    found = likelihoods.make_likelihood("poisson").expectations(*(np.array([float(v)]) for v in (y, mean, variance)))
    with mp.workdps(30):
        rate = mp.exp(mp.mpf(mean) + mp.mpf(variance) / 2)
        value = y * mp.mpf(mean) - rate - mp.loggamma(y + 1)
        wanted = (value, y - rate, -rate)
    for got, exact in zip(found, wanted, strict=True):
        assert abs(got[0] - float(exact)) <= 1e-14 * (y * abs(mean) + float(rate) + float(mp.loggamma(y + 1)) + y)


def test_gaussian_expectations_are_exact() -> None:
    gaussian = likelihoods.make_likelihood("gaussian", noise_variance=0.37)
    found = gaussian.expectations(*(np.array([v]) for v in (1.25, -0.5, 2.0)))
    with mp.workdps(30):
        noise = mp.mpf(0.37)
        value = -(mp.mpf(1.75) ** 2 + 2) / (2 * noise) - mp.log(2 * mp.pi * noise) / 2
        wanted = (value, mp.mpf(1.75) / noise, -1 / noise)
    for got, exact in zip(found, wanted, strict=True):
        assert got[0] == pytest.approx(float(exact), rel=1e-15)


@pytest.mark.parametrize(
    ("name", "y"), [("bernoulli", [0.0, 1.0, 1.0]), ("poisson", [0.0, 3.0, 11.0]), ("gaussian", [-1.5, 0.0, 2.0])]
)
def test_expectations_reduce_to_the_density_where_eta_is_known(name: str, y: list[float]) -> None:
    likelihood = likelihoods.make_likelihood(name)
    target, eta, step = np.array(y), np.array([-1.0, 0.3, 2.1]), 1e-4
    found = likelihood.expectations(target, eta, np.zeros(3))
    below, at, above = (likelihood.log_density(eta + shift, target) for shift in (-step, 0.0, step))
    np.testing.assert_allclose(found.value, at, rtol=1e-14)
    np.testing.assert_allclose(found.first, (above - below) / (2 * step), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.second, (above - 2 * at + below) / step**2, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "y", "error", "text"),
    [
        ("bernoulli", [0, 1, 2], ValueError, "Bernoulli target: row 2: y must be 0 or 1, got 2"),
        ("poisson", [1, -1], ValueError, "Poisson target: row 1: y must be >= 0, got -1"),
        ("poisson", [1, 2.5], ValueError, "Poisson target: row 1: y must be an integer, got 2.5"),
        ("gaussian", [0.0, np.nan], ValueError, "Gaussian target: row 1: y must be finite, got nan"),
        ("gaussian", [[0.0], [1.0]], ValueError, r"y must have shape \(rows,\), got shape \(2, 1\)"),
        ("bernoulli", ["no", "yes"], TypeError, "Bernoulli target: y must hold numbers, got dtype <U3"),
        ("gaussian", [1j], TypeError, "got dtype complex128"),
    ],
)
def test_a_target_that_cannot_be_is_refused(name: str, y: list[object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        likelihoods.make_likelihood(name).check_target(y)  # type: ignore[arg-type]


def test_unknown_names_and_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match=r"likelihood must be one of bernoulli, .*; got 'cauchy'"):
        likelihoods.make_likelihood("cauchy")
    with pytest.raises(ValueError, match="likelihood 'gaussian' has no parameter 'scale'; it takes noise_variance"):
        likelihoods.make_likelihood("gaussian", scale=1.0)
    with pytest.raises(ValueError, match="noise_variance must be finite and > 0, got 0"):
        likelihoods.make_likelihood("gaussian", noise_variance=0)
    assert likelihoods.make_likelihood("gaussian", noise_variance=2).parameters == (2.0,)
    assert likelihoods.make_likelihood("poisson").name == "poisson"
