"""The reference against mpmath, at ordinary and hard points."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from cases import FAMILIES, IDS, points, representable
from judge import floats, judge
from tolerances import bound, error

# Entries of F beyond this size are sampled: first and last column, and the diagonal.
WHOLE_FISHER = 4

pytestmark = pytest.mark.parametrize("family", FAMILIES, ids=IDS)


def rows(family) -> np.ndarray:
    return points(family, 4 if family.size <= WHOLE_FISHER else 1)


def check(family, operation, answer, *arguments, truth):
    worst = error(family, operation, answer, *arguments, truth=truth)
    allowed = bound(operation, type(family).__name__, np.float64)
    where = np.unravel_index(np.argmax(worst), worst.shape)
    assert worst.max(initial=0.0) <= allowed, (
        f"{operation} at {arguments}: {worst.max() / allowed:.3g} x bound at {where}"
    )


def test_log_partition(family):
    theta = rows(family)
    truth = floats(judge(family, row).log_partition for row in theta)
    check(family, "log_partition", family.log_partition(theta), theta, truth=truth)


def test_mean_is_gradient_of_log_partition(family):
    theta = rows(family)
    truth = np.array([floats(judge(family, row).mean) for row in theta])
    check(family, "mean_from_natural", family.mean_from_natural(theta), theta, truth=truth)


def test_fisher_is_hessian_of_log_partition(family):
    size = family.size
    pairs = {(i, j) for i in range(size) for j in range(i + 1)}
    if size > WHOLE_FISHER:
        pairs = {(i, j) for i, j in pairs if i == j or j == 0 or i == size - 1}
    theta = rows(family)
    got, truth = family.fisher(theta), family.fisher(theta)
    for row, matrix in zip(theta, truth, strict=True):
        for i, j in pairs:
            matrix[i, j] = matrix[j, i] = float(judge(family, row).fisher(i, j))
    check(family, "fisher", got, theta, truth=truth)


def test_log_determinant(family):
    if family.size > WHOLE_FISHER:
        pytest.skip("covered by the identity with the dense F")
    theta = rows(family)
    truth = floats(judge(family, row).log_determinant() for row in theta)
    check(family, "fisher_log_determinant", family.fisher_log_determinant(theta), theta, truth=truth)


def test_entropy(family):
    theta = rows(family)
    truth = floats(judge(family, row).entropy() for row in theta)
    check(family, "entropy", family.entropy(theta), theta, truth=truth)


def test_dual_log_partition(family):
    theta = representable(family, rows(family))
    mu = family.mean_from_natural(theta)
    truth = []
    for row, mean in zip(theta, mu, strict=True):
        at = judge(family, row)
        # A* at the float mu, from A* at the exact mean and its gradient theta; the second order is below eps^2.
        inner = sum(t * mpmath.mpf(float(m)) for t, m in zip(at.theta, mean, strict=True))
        truth.append(inner - at.log_partition)
    check(family, "dual_log_partition", family.dual_log_partition(mu), mu, truth=floats(truth))


def test_inverse_map(family):
    theta = representable(family, rows(family))
    mu = family.mean_from_natural(theta)
    answer, info = family.natural_from_mean(mu, return_info=True)
    assert (info.status == 0).all()
    exact = np.array(
        [
            [float(m - mpmath.mpf(float(x))) for m, x in zip(judge(family, a).mean, row, strict=True)]
            for a, row in zip(answer, mu, strict=True)
        ]
    )
    fisher = np.abs(family.fisher(answer))
    scale = np.abs(mu) + np.einsum("nij,nj->ni", fisher, np.abs(answer))
    allowed = bound("natural_from_mean", type(family).__name__, np.float64)
    assert (np.abs(exact) <= allowed * scale).all()


@pytest.mark.parametrize("apart", [1e-8, 1e-4, 0.3, None])
def test_kl_divergence(family, apart):
    p = rows(family)
    rng = np.random.default_rng(5)
    if apart is None:
        q = family.test_points(rng, len(p))
    else:
        sign = rng.choice([-1.0, 1.0], p.shape) if family.size <= WHOLE_FISHER else np.ones_like(p)
        q = p * (1.0 + apart * sign * rng.uniform(0.5, 1.0, p.shape))
    inside = family.in_natural_domain(q)
    p, q = p[inside], q[inside]
    truth = floats(judge(family, a).kl(b) for a, b in zip(p, q, strict=True))
    got = family.kl_divergence(p, q)
    assert (got >= 0).all()
    check(family, "kl_divergence", got, p, q, truth=truth)
    ordinary = slice(0, 1)
    np.testing.assert_allclose(got[ordinary], truth[ordinary], rtol=1e-10)
