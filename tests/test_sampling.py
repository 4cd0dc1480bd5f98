"""Draws, and the maximum-likelihood fit to them."""

from __future__ import annotations

from functools import cache

import natgrad_native as ng
import numpy as np
import operands
import pytest
import tolerances
from event_nodes import NoRuleError, nodes


def data(family, batch, seed=44, dtype=np.float64):
    """A point (size,) and draws from it (*batch, *event_shape)."""
    theta = operands.ordinary(family, 1, dtype, seed=43)[0]
    return theta, family.sample(theta, batch, np.random.default_rng(seed))


DRAWS = 20_000
DEVIATIONS = 6.0
KOLMOGOROV = 2.5  # sqrt(n) times the distance: beyond it once in 100,000 times


@cache
def spread_points(family):
    """An ordinary point, and of many over three decades those with the least and the largest det F."""
    wide = family.reference.domain_points(np.random.default_rng(48), 40, 1.5)
    wide = wide[np.argsort(family.fisher_log_determinant(wide))]
    first, last = (next(theta for theta in rows if are_held(family, theta)) for rows in (wide, wide[::-1]))
    return np.stack([operands.ordinary(family, 1, seed=43)[0], first, last])


def are_held(family, theta):
    """Whether floats hold the draws: not where they pile up at the edge of an interval, or are singular matrices."""
    x = family.sample(theta, 4000, np.random.default_rng(50))
    if x.dtype.kind == "i":
        return True
    return len(np.unique(x, axis=0)) == len(x) and tolerances.condition(family.reference, x).max() < 1e12


@cache
def spread_draws(family):
    """Draws (draws, points, *event_shape)."""
    return family.sample(spread_points(family), DRAWS, np.random.default_rng(49))


def variance_of_squares(family, theta):
    """Var (T - mu)^2 = kappa_4 + 2 F_ii^2, the fourth cumulant as the second difference of F_ii in theta_i."""
    fisher = family.fisher(theta)
    middle = np.diagonal(fisher, axis1=-2, axis2=-1)
    step = 0.01 / np.sqrt(middle)
    step = np.where(theta == 0, step, np.minimum(step, 0.01 * np.abs(theta)))
    fourth = np.empty_like(theta)
    for i, axis in enumerate(np.eye(family.size)):
        up, down = (family.fisher(theta + sign * step * axis)[:, i, i] for sign in (1.0, -1.0))
        fourth[:, i] = (up - 2 * middle[:, i] + down) / step[:, i] ** 2
    return np.maximum(fourth + 2 * middle**2, 0.0)


def test_draws_have_the_moments_of_their_point(family):
    """E T = mu and Var T = diag F, where the density is broad and where it is narrow."""
    theta, x = spread_points(family), spread_draws(family)
    assert x.shape == (DRAWS, 3, *family.event_shape)
    score = family.sufficient_statistics(x) - family.mean_from_natural(theta)
    variance = np.diagonal(family.fisher(theta), axis1=-2, axis2=-1)
    assert (np.abs(score.mean(axis=0)) <= DEVIATIONS * np.sqrt(variance / DRAWS)).all()
    squares = score**2
    allowed = np.maximum(squares.var(axis=0), variance_of_squares(family, theta)) / DRAWS
    assert (np.abs(squares.mean(axis=0) - variance) <= DEVIATIONS * np.sqrt(allowed)).all()


def test_draws_of_numbers_have_the_integrated_distribution(family):
    """Kolmogorov and Smirnov's distance from the sums of exp(log density)."""
    if family.event_shape:
        pytest.skip("vectors")
    judged = 0
    for theta, x in zip(spread_points(family), spread_draws(family).T, strict=True):
        try:
            rule = nodes(family, theta)
        except NoRuleError:
            continue
        judged += 1
        order = np.argsort(rule.events)
        events, mass = rule.events[order], (rule.weights * np.exp(family.log_density(theta, rule.events)))[order]
        if x.dtype.kind == "i":
            gap = np.searchsorted(np.sort(x), events, side="right") / DRAWS - np.cumsum(mass)
        else:
            expected = np.interp(np.sort(x), events, np.cumsum(mass) - 0.5 * mass)
            gap = expected - (np.arange(DRAWS) + 0.5) / DRAWS
        assert np.abs(gap).max() * np.sqrt(DRAWS) <= KOLMOGOROV, theta
    assert judged


def test_draws_depend_on_the_generator_alone(family):
    theta = operands.ordinary(family, 3)
    draws = []
    for count in (1, 2, 4):
        ng.set_num_threads(count)
        draws.append(family.sample(theta, (5, 2), np.random.default_rng(7)).tobytes())
    assert len(set(draws)) == 1
    assert draws[0] == family.reference.sample(theta, (5, 2), np.random.default_rng(7)).tobytes()
    assert draws[0] != family.sample(theta, (5, 2), np.random.default_rng(8)).tobytes()


@pytest.mark.parametrize(("size", "shape"), [((), ()), (4, (4,)), ((2, 3), (2, 3)), (0, (0,))])
def test_draws_have_the_shape_size_batch_event(family, size, shape):
    theta = operands.ordinary(family, 6).reshape(2, 3, family.size)
    x = family.sample(theta, size, np.random.default_rng(1))
    assert x.shape == (*shape, 2, 3, *family.event_shape)
    assert family.log_density(theta, x).shape == (*shape, 2, 3)
    assert np.isfinite(family.log_density(theta, x)).all()


def test_draws_of_float32_are_inside_the_support(family):
    theta = operands.ordinary(family, 50, np.float32)
    x = family.sample(theta, 200, np.random.default_rng(2))
    assert x.dtype in (np.float32, np.int64)
    assert np.isfinite(family.log_density(theta, x)).all()


def test_draws_are_inside_the_support_over_the_whole_domain(family, dtype):
    """Also where most of the law's mass is beyond the number type, or a matrix singular to working precision."""
    theta = family.reference.domain_points(np.random.default_rng(3), 200, 12.0 if dtype is np.float64 else 5.0)
    theta = np.concatenate([theta.astype(dtype), operands.hard(family, dtype)])
    theta = theta[family.in_natural_domain(theta)]
    x = family.sample(theta, 5, np.random.default_rng(4))
    assert np.isfinite(x).all()
    assert np.isfinite(family.log_density(theta, x)).all()
    assert not np.isnan(family.sufficient_statistics(x)).any()


@pytest.mark.parametrize(
    ("counts", "theta"),
    [
        (ng.Poisson(), [np.log(1e19)]),
        (ng.Poisson(), [np.log(1e25)]),
        (ng.NegativeBinomial(2.0), [-1e-30]),
        (ng.NegativeBinomial(2.0), [-1e-19]),
        (ng.NegativeMultinomial(1e9, 2), [np.log(1.0 - 1e-12), np.log(0.9e-12)]),
        (ng.Geometric(), [-1e-30]),
        (ng.ConwayMaxwellPoisson(0.5), [23.0]),
        (ng.ConwayMaxwellPoisson(2.5), [110.0]),
        (ng.ConwayMaxwellPoisson(0.01), [0.45]),
    ],
    ids=repr,
)
def test_counts_beyond_the_integers_have_the_moments_of_their_law(counts, theta):
    """In float64, whole numbers: mean and variance of T within 6 standard errors, and a density for each."""
    x = counts.sample(theta, 20_000, np.random.default_rng(5))
    assert x.dtype == np.float64
    assert (x == np.rint(x)).all()
    mean, variance = counts.mean_from_natural(theta), np.diagonal(counts.fisher(theta))
    distance = (counts.sufficient_statistics(x) - mean) / np.sqrt(variance)
    assert (np.abs(distance.mean(axis=0)) <= 6 / np.sqrt(len(x))).all()
    square = distance**2
    assert (np.abs(square.mean(axis=0) - 1.0) <= 6 * square.std(axis=0) / np.sqrt(len(x))).all()
    assert np.isfinite(counts.log_density(theta, x)).all()
    assert counts.sample(np.float32(theta), 3, np.random.default_rng(5)).dtype == np.float32
    ordinary = counts.sample(operands.ordinary(counts, 1), 3, np.random.default_rng(5))
    assert ordinary.dtype == np.int64


def test_a_point_outside_has_no_draws(family):
    wrong = np.full((3, family.size), np.nan)
    with pytest.raises(ng.DomainError, match=rf"{type(family).__name__}\.sample: row 0: coordinate 0 must be finite"):
        family.sample(wrong, 2, np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator, got int"):
        family.sample(operands.ordinary(family, 1), 2, 3)


def weighted_mean(family, x, weights=None):
    return np.average(family.sufficient_statistics(x), axis=0, weights=weights)


@pytest.mark.parametrize("kind", ["none", "real", "counts"])
def test_the_fit_has_the_mean_statistics_of_the_data(family, kind):
    _, x = data(family, 3000)
    rng = np.random.default_rng(45)
    weights = {"none": None, "real": rng.uniform(0.5, 2.0, 3000), "counts": rng.integers(0, 4, 3000)}[kind]
    fit = family.maximum_likelihood(x, weights)
    error = tolerances.error(family.reference, "natural_from_mean", fit, weighted_mean(family, x, weights))
    assert error.max() <= 16 * tolerances.bound("maximum_likelihood", type(family).__name__, np.float64)
    twin = family.reference.maximum_likelihood(x, weights)
    error = tolerances.natural_error(family.reference, fit, twin)
    assert error.max() <= tolerances.bound("maximum_likelihood", type(family).__name__, np.float64)
    if kind == "counts":
        repeated = family.maximum_likelihood(np.repeat(x, weights, axis=0))
        error = tolerances.natural_error(family.reference, repeated, fit)
        assert error.max() <= 4 * tolerances.bound("maximum_likelihood", type(family).__name__, np.float64)


def test_no_other_point_has_a_higher_likelihood(family):
    _, x = data(family, 400)
    fit = family.maximum_likelihood(x)
    best = family.log_density(fit, x).sum()
    for other in operands.ordinary(family, 20, seed=46):
        assert family.log_density(other, x).sum() < best
        near = fit + 1e-3 * (other - fit)  # the natural domain is convex
        assert family.log_density(near, x).sum() <= best


def test_fits_along_any_axis(family):
    _, x = data(family, (300, 2, 3))
    weights = np.random.default_rng(47).uniform(0.5, 2.0, (300, 2, 3))
    fits = family.maximum_likelihood(x)
    weighed = family.maximum_likelihood(x, weights)
    assert fits.shape == weighed.shape == (2, 3, family.size)
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(fits[i, j], family.maximum_likelihood(x[:, i, j]), rtol=1e-9)
        one = family.maximum_likelihood(x[:, i, j], weights[:, i, j])
        np.testing.assert_allclose(weighed[i, j], one, rtol=1e-9)
    for axis in (1, 2, -1, -2):
        place = axis % 3
        moved = np.moveaxis(x, 0, place)
        np.testing.assert_allclose(family.maximum_likelihood(moved, axis=axis), fits, rtol=1e-9)
        shared = np.linspace(0.5, 2.0, 300)  # one weight an observation
        np.testing.assert_allclose(
            family.maximum_likelihood(moved, shared, axis), family.maximum_likelihood(x, shared), rtol=1e-9
        )


def test_averages_gathered_elsewhere_give_the_same_fit(family):
    _, x = data(family, 500)
    mean = weighted_mean(family, x)
    np.testing.assert_array_equal(family.from_statistics(mean), family.natural_from_mean(mean))
    error = tolerances.error(family.reference, "from_statistics", family.from_statistics(mean), mean)
    assert error.max() <= tolerances.bound("from_statistics", type(family).__name__, np.float64)


def test_data_of_float32_give_a_fit_of_float32(family):
    _, x = data(family, 200, dtype=np.float32)
    fit = family.maximum_likelihood(x.astype(np.float32))
    assert fit.dtype == np.float32
    wide = family.maximum_likelihood(x.astype(np.float64))
    error = tolerances.natural_error(family.reference, fit, wide)
    assert error.max() <= 64 * tolerances.bound("maximum_likelihood", type(family).__name__, np.float32)


def test_the_arguments_stay_as_they_are(family):
    _, x = data(family, 500)
    weights = np.linspace(1.0, 2.0, 500)
    kept = x.copy(), weights.copy()
    family.maximum_likelihood(x, weights)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(weights, kept[1])


def test_constant_data_have_no_fit_or_a_refusal(family):
    """A spread of zero, or a probability of 1, is on the boundary of the mean domain."""
    _, x = data(family, 1)
    x = np.repeat(x, 20, axis=0)
    name = type(family).__name__
    try:
        fit = family.maximum_likelihood(x)
    except ng.DomainError as error:
        assert str(error).startswith(f"{name}.maximum_likelihood: row 0: ")
        with pytest.raises(ng.DomainError) as twin:
            family.reference.maximum_likelihood(x)
        assert str(twin.value).split(", got")[0] == str(error).split(", got")[0]
    else:
        np.testing.assert_allclose(family.mean_from_natural(fit), family.sufficient_statistics(x[0]), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "x", "arguments", "kind", "text"),
    [
        ("Normal", np.ones(5), {}, ng.DomainError, r"Normal\.maximum_likelihood: row 0: variance must be > 0, got 0"),
        ("Gamma", np.ones(5), {}, ng.DomainError, r"row 0: log E x - E log x must be > 0, got 0"),
        ("Gamma", [1.0, 2.0, -1.0], {}, ng.DomainError, r"maximum_likelihood: row 2: x must be > 0 and finite, got -1"),
        ("Gamma", [1.0, np.nan], {}, ng.DomainError, r"maximum_likelihood: row 1: x must be a number, got nan"),
        ("Gamma", np.empty(0), {}, ValueError, r"x has shape \(0,\), no observations along axis 0"),
        ("Gamma", [1.0, 2.0], {"weights": [1.0, 2.0, 3.0]}, ValueError, r"weights has shape \(3,\)"),
        ("Gamma", [1.0, 2.0], {"weights": [1.0, -2.0]}, ValueError, r"weights must be finite and >= 0, got -2"),
        ("Gamma", [1.0, 2.0], {"weights": [0.0, 0.0]}, ValueError, r"the sum of weights must be > 0"),
        ("Gamma", [1.0, 2.0], {"axis": 1}, ValueError, r"axis 1 is out of range"),
        ("Poisson", [0, 0, 0], {}, ng.DomainError, r"Poisson\.maximum_likelihood: row 0: mean must be > 0, got 0"),
        ("Bernoulli", ["a"], {}, TypeError, r"Bernoulli\.maximum_likelihood: x has dtype <U1"),
    ],
)
def test_data_without_a_fit_are_refused(name, x, arguments, kind, text):
    for family in (ng.families.CLASSES[name](), ng.families.CLASSES[name]().reference):
        with pytest.raises(kind, match=text):
            family.maximum_likelihood(x, **arguments)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "spread", [ng.Beta(), ng.Dirichlet(3), ng.Gamma(), ng.MultivariateNormal(3), ng.Normal()], ids=repr
)
def test_equal_observations_have_no_spread_however_they_round(spread, weighted):
    rng = np.random.default_rng(13)
    for value, count in zip(data(spread, 30)[1], rng.integers(1, 60, 30), strict=True):
        x = np.broadcast_to(value, (count, *spread.event_shape))
        weights = rng.random(count) + 0.1 if weighted else None
        for one in (spread, spread.reference):
            with pytest.raises(ng.DomainError, match=rf"{type(spread).__name__}\.maximum_likelihood: row 0: "):
                one.maximum_likelihood(x, weights)


def test_an_observation_without_weight_does_not_count():
    for family in (ng.Normal(), ng.Gamma(), ng.Beta()):
        with pytest.raises(ng.DomainError, match="row 0"):
            family.maximum_likelihood([0.7, 0.1, 0.1, 0.1], [0.0, 0.3, 0.7, 0.9])


def test_no_observations_of_an_empty_batch_are_no_fits(family):
    x = np.broadcast_to(data(family, 1)[1][0], (4, 0, *family.event_shape))
    assert family.maximum_likelihood(x).shape == (0, family.size)


@pytest.mark.parametrize("scale", [1e308, 1e-200, 5e-324])
def test_weights_count_by_their_ratios_whatever_their_scale(scale):
    x = [1.0, 2.0, 3.0]
    np.testing.assert_array_equal(ng.Normal().maximum_likelihood(x, [scale] * 3), ng.Normal().maximum_likelihood(x))


def test_a_mean_whose_sum_overflows_is_a_mean():
    fit = ng.Gamma().standard_from_natural(ng.Gamma().maximum_likelihood([1e308, 1e308, 0.5e308]))
    same = ng.Gamma().standard_from_natural(ng.Gamma().maximum_likelihood([1.0, 1.0, 0.5]))
    assert fit["shape"] == pytest.approx(same["shape"], rel=1e-13)


@pytest.mark.parametrize("unit", [1.0, 1e-300, 1e-310])
@pytest.mark.parametrize("shape", [1e-3, 0.05, 0.2, 1.0, 1e4, 1e8])
def test_the_centred_mean_of_gamma_data_keeps_its_digits(shape, unit):
    """Observations from far below their mean, subnormal numbers among them, to a relative spread of 1e-4."""
    mpmath = pytest.importorskip("mpmath")
    rng = np.random.default_rng(12)
    reference = ng.Gamma().reference
    for weights in (None, rng.random(40)):
        x = np.maximum(rng.standard_gamma(shape, 40) * unit, 5e-324)
        found = reference.centred_mean_of_observations(x, weights)
        with mpmath.workdps(60):
            share = [mpmath.mpf(1)] * 40 if weights is None else [mpmath.mpf(w) for w in weights]
            total, values = sum(share), [mpmath.mpf(v) for v in x]
            mean = sum(w * v for w, v in zip(share, values, strict=True)) / total
            gap = sum(w * mpmath.log(v) for w, v in zip(share, values, strict=True)) / total - mpmath.log(mean)
            # Where all observations have underflowed to one value the gap is 0.
            assert abs(found[0] - gap) < 16 * np.finfo(np.float64).eps * abs(gap) + 1e-50
            assert abs(found[1] - mean) < 4 * np.finfo(np.float64).eps * mean + 5e-324


@pytest.mark.parametrize("seed", range(5))
def test_draws_of_a_small_shape_are_fitted(seed):
    x = ng.Gamma().sample(ng.Gamma().natural_from_standard(shape=0.05, rate=1.0), 2000, np.random.default_rng(seed))
    fit = ng.Gamma().standard_from_natural(ng.Gamma().maximum_likelihood(x))
    assert fit["shape"] == pytest.approx(0.05, rel=0.1)
    assert np.isfinite(ng.Gamma().maximum_likelihood([1e-17, 1.0, 2.0])).all()


def test_a_fit_far_from_zero_keeps_its_digits():
    x = 1e8 + np.random.default_rng(9).standard_normal(1000)
    standard = ng.Normal().standard_from_natural(ng.Normal().maximum_likelihood(x))
    np.testing.assert_allclose(standard["variance"], x.var(), rtol=1e-13)
    np.testing.assert_allclose(standard["mean"], x.mean(), rtol=1e-15)
    shape = 1e12
    y = np.random.default_rng(10).gamma(shape, 1.0, 1000)
    fit = ng.Gamma().standard_from_natural(ng.Gamma().maximum_likelihood(y))
    np.testing.assert_allclose(fit["shape"], y.mean() ** 2 / y.var(), rtol=1e-4)


def test_an_observation_without_weight_has_no_part_in_a_fit():
    for family, x in ((ng.Normal(), [1e300, 1.0, 2.0]), (ng.Gamma(), [1e300, 1.0, 2.0])):
        found = family.maximum_likelihood(x, weights=[0.0, 1.0, 3.0])
        np.testing.assert_allclose(found, family.maximum_likelihood(x[1:], weights=[1.0, 3.0]), rtol=1e-14)
