"""Values against SciPy's distributions, for the families it has."""

from __future__ import annotations

import numpy as np
import operands
import pytest
from scipy import stats


@pytest.fixture
def pairs(family):
    """A few natural parameters and their frozen SciPy distributions."""
    found = [(theta, family.reference.scipy_twin(theta)) for theta in operands.ordinary(family, 5)]
    if found[0][1] is None:
        pytest.skip("SciPy has no such distribution")
    return found


def log_density(twin, x):
    density = twin.logpdf if hasattr(twin, "logpdf") else twin.logpmf
    return np.array([float(np.squeeze(density(one))) for one in x])


def test_log_density_at_draws(family, pairs):
    for theta, twin in pairs:
        x = family.sample(theta, 40, np.random.default_rng(17))
        np.testing.assert_allclose(family.log_density(theta, x), log_density(twin, x), rtol=1e-10, atol=1e-10)


def test_log_density_outside_the_support(family, pairs):
    if family.event_shape:
        pytest.skip("for scalar observations")
    # The ends 0 and 1 of a support are left out: there a density may be anything.
    x = np.array([-1e300, -2.0, -0.5, 0.25, 1.5, 3.0, 1e10])
    for theta, twin in pairs:
        with np.errstate(all="ignore"):
            expected = log_density(twin, x)
        found = family.log_density(theta, x)
        # Where SciPy takes the logarithm of a density, one that underflows has none.
        expected = np.where(np.isneginf(expected) & (found < -700), found, expected)
        np.testing.assert_array_equal(np.isneginf(found), np.isneginf(expected))
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        assert (family.log_density(theta, [-np.inf, np.inf]) == -np.inf).all()


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
def test_entropy(family, pairs):
    if pairs[0][1].entropy is None:
        pytest.skip("SciPy's is wrong")
    for theta, twin in pairs:  # of which SciPy integrates some itself, to about 1e-8
        np.testing.assert_allclose(family.entropy(theta), twin.entropy(), rtol=1e-7, atol=1e-7)


def test_mean_statistics(family, pairs):
    theta, twin = pairs[0]
    if not hasattr(twin, "expect"):
        pytest.skip("for scalar observations")
    for i, mean in enumerate(family.mean_from_natural(theta)):
        expected = twin.expect(lambda x, i=i: family.sufficient_statistics(x)[..., i])
        np.testing.assert_allclose(mean, expected, rtol=1e-6)


def test_draws_have_the_distribution(family, pairs):
    if family.event_shape:
        pytest.skip("for scalar observations")
    for theta, twin in pairs:
        x = family.sample(theta, 4000, np.random.default_rng(18))
        if hasattr(twin.dist, "pdf"):
            assert stats.kstest(x, twin.cdf).pvalue > 1e-4
        else:
            labels, counts = np.unique(x, return_counts=True)
            expected = len(x) * twin.pmf(labels)
            common = expected > 5
            statistic = ((counts - expected)[common] ** 2 / expected[common]).sum()
            assert stats.chi2.sf(statistic, common.sum()) > 1e-4
