"""Draws and the maximum-likelihood fit to them."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import operands
import pytest


def test_draws_have_the_mean_statistics_of_their_point(family):
    theta = operands.ordinary(family, 1, seed=41)[0]
    x = family.sample(theta, 20_000, np.random.default_rng(42))
    assert x.shape == (20_000, *family.event_shape)
    statistics = family.sufficient_statistics(x)
    spread = np.sqrt(np.diagonal(family.fisher(theta))) / np.sqrt(len(x))
    assert (np.abs(statistics.mean(axis=0) - family.mean_from_natural(theta)) <= 6 * spread).all()


def test_draws_depend_on_the_generator_alone(family):
    theta = operands.ordinary(family, 3)
    draws = []
    for count in (1, 4):
        ng.set_num_threads(count)
        draws.append(family.sample(theta, (5, 2), np.random.default_rng(7)))
    np.testing.assert_array_equal(*draws)
    assert draws[0].shape == (5, 2, 3, *family.event_shape)


def test_the_fit_has_the_mean_statistics_of_the_data(family):
    theta = operands.ordinary(family, 1, seed=43)[0]
    x = family.sample(theta, 4000, np.random.default_rng(44))
    weights = np.random.default_rng(45).uniform(0.5, 2.0, 4000)
    for given in (None, weights):
        mean = np.average(family.sufficient_statistics(x), axis=0, weights=given)
        fit = family.maximum_likelihood(x, given)
        scale = np.abs(mean) + np.sqrt(np.diagonal(family.fisher(fit)))
        assert (np.abs(family.mean_from_natural(fit) - mean) <= 1e-9 * scale).all()
        np.testing.assert_allclose(family.from_statistics(mean), fit, rtol=1e-6, atol=1e-6 * np.abs(fit).max())


def test_many_fits_at_once():
    family = ng.Gamma()
    x = family.sample([[2.0, -1.0], [5.0, -3.0]], 300, np.random.default_rng(8))
    fits = family.maximum_likelihood(x)
    assert fits.shape == (2, 2)
    np.testing.assert_allclose(fits[1], family.maximum_likelihood(x[:, 1]), rtol=1e-12)
    np.testing.assert_allclose(family.maximum_likelihood(x.T, axis=1), fits, rtol=1e-12)


def test_data_without_a_fit_are_refused():
    with pytest.raises(ng.DomainError, match="variance must be > 0"):
        ng.Normal().maximum_likelihood(np.ones(5))
    with pytest.raises(ng.DomainError, match="row 2: x must be > 0"):
        ng.Gamma().maximum_likelihood([1.0, 2.0, -1.0])
    with pytest.raises(ValueError, match="no observations"):
        ng.Gamma().maximum_likelihood(np.empty(0))
    with pytest.raises(ValueError, match="weights has shape"):
        ng.Gamma().maximum_likelihood([1.0, 2.0], weights=[1.0, 2.0, 3.0])


def test_a_fit_far_from_zero_keeps_its_digits():
    x = 1e8 + np.random.default_rng(9).standard_normal(1000)
    standard = ng.Normal().standard_from_natural(ng.Normal().maximum_likelihood(x))
    np.testing.assert_allclose(standard["variance"], x.var(), rtol=1e-10)
    np.testing.assert_allclose(standard["mean"], x.mean(), rtol=1e-15)
