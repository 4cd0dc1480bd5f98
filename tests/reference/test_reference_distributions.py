"""The reference against scipy.stats, its own samples, and data."""

from __future__ import annotations

import numpy as np
import pytest
from cases import FAMILIES, IDS, points
from tolerances import natural_error

pytestmark = pytest.mark.parametrize("family", FAMILIES, ids=IDS)


def test_density_and_entropy_of_the_scipy_twin(family):
    rng = np.random.default_rng(11)
    for theta in points(family, 4, hard=False):
        twin = family.scipy_twin(theta)
        if twin is None:
            pytest.skip("SciPy has no such distribution")
        x = family.sample(theta, 5, rng)
        log_density = twin.logpmf if hasattr(twin, "logpmf") and x.dtype.kind == "i" else twin.logpdf
        # SciPy's Dirichlet wants observations in columns.
        wanted = [log_density(row) for row in x]
        np.testing.assert_allclose(family.log_density(theta, x), wanted, rtol=1e-9, atol=1e-9)
        # SciPy integrates some entropies itself, to about 1e-8.
        if twin.entropy is not None:
            np.testing.assert_allclose(family.entropy(theta), twin.entropy(), rtol=1e-7, atol=1e-7)


def test_density_is_its_exponential_form(family):
    theta = points(family, 20, hard=False)
    x = family.sample(theta, 3, np.random.default_rng(12))
    inner = (theta * family.sufficient_statistics(x)).sum(axis=-1)
    wanted = family.log_base_measure(x) + inner - family.log_partition(theta)
    np.testing.assert_allclose(family.log_density(theta, x), wanted, rtol=1e-9, atol=1e-9)


def test_samples_repeat_with_the_seed(family):
    theta = points(family, 3, hard=False)
    first, second = (family.sample(theta, (2, 4), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (2, 4, 3, *family.event_shape)


def test_maximum_likelihood_is_the_mean_map_of_the_average(family):
    theta = points(family, 2, hard=False) * 1.0
    rng = np.random.default_rng(14)
    x = family.sample(theta, 400, rng)
    average = family.sufficient_statistics(x).mean(axis=0)
    inside = family.in_mean_domain(average)
    fit = family.maximum_likelihood(x[:, inside])
    assert natural_error(family, fit, family.from_statistics(average[inside])).max() <= 1e-12
    moved = np.moveaxis(x[:, inside], 0, 1)
    np.testing.assert_allclose(family.maximum_likelihood(moved, axis=1), fit, rtol=1e-12)
    if family.event_shape == ():
        np.testing.assert_allclose(family.maximum_likelihood(moved, axis=-1), fit, rtol=1e-12)


def test_weights_count_observations(family):
    theta = points(family, 1, hard=False)[0] * 1.0
    rng = np.random.default_rng(15)
    x = family.sample(theta, 300, rng)
    repeats = rng.integers(0, 4, 300)
    if not family.in_mean_domain(family.sufficient_statistics(np.repeat(x, repeats, axis=0)).mean(axis=0)):
        pytest.skip("the sample leaves the mean domain's interior")
    fit = family.maximum_likelihood(np.repeat(x, repeats, axis=0))
    weighted = family.maximum_likelihood(x, weights=repeats)
    assert natural_error(family, weighted, fit).max() <= 1e-12
    with pytest.raises(
        ValueError, match=r"maximum_likelihood: weights must be finite and >= 0, got -1 at observation 0"
    ):
        family.maximum_likelihood(x, weights=np.r_[-1.0, np.ones(299)])
    with pytest.raises(ValueError, match=r"maximum_likelihood: weights has shape \(7,\)"):
        family.maximum_likelihood(x, weights=np.ones(7))
