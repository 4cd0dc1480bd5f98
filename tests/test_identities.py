"""The theorems, on the core, over the registry."""

from __future__ import annotations

import mpmath
import natgrad_native as ng
import numpy as np
import operands
import pytest
import tolerances
from scipy import optimize

EPS = np.finfo(np.float64).eps
DIGITS = 320
SHIFT = mpmath.mpf(10) ** -35


# --- mu = grad A and F = Hessian of A, A in mpmath ---


def some_rows(family):
    easy, extreme = operands.ordinary(family, 3), operands.hard(family)
    return np.concatenate([easy, extreme]) if family.size <= 3 else np.concatenate([easy[:1], extreme[:2]])


def exact(family, theta, *shifts):
    """A at theta with coordinate i moved by `steps` times its width, for each (i, steps)."""
    point = [mpmath.mpf(float(value)) for value in theta]
    for i, steps in shifts:
        point[i] += steps * width(theta[i])
    return family.reference.mp_log_partition(point)


def width(coordinate):
    return abs(mpmath.mpf(float(coordinate))) * SHIFT if coordinate else SHIFT


def assert_within_the_table(family, operation, answer, theta, truth):
    error = tolerances.error(family.reference, operation, answer, theta, truth=truth)
    assert error.max() <= tolerances.bound(operation, type(family).__name__, np.float64)


def test_the_mean_is_the_gradient_of_the_log_partition(family):
    theta = some_rows(family)
    truth = np.empty_like(theta)
    with mpmath.workdps(DIGITS):
        values = np.array([float(exact(family, row)) for row in theta])
        for row, i in np.ndindex(theta.shape):
            rise = exact(family, theta[row], (i, 1)) - exact(family, theta[row], (i, -1))
            truth[row, i] = float(rise / (2 * width(theta[row, i])))
    assert_within_the_table(family, "log_partition", family.log_partition(theta), theta, values)
    assert_within_the_table(family, "mean_from_natural", family.mean_from_natural(theta), theta, truth)


def test_the_fisher_matrix_is_the_jacobian_of_the_mean(family):
    """dmu_i/dtheta_j by second differences of A, a few columns of a large matrix."""
    theta = some_rows(family)
    found = family.fisher(theta)
    truth = found.copy()
    columns = range(family.size) if family.size <= 3 else (0, family.size - 1)
    with mpmath.workdps(DIGITS):
        for row in range(len(theta)):
            for i in range(family.size):
                for j in columns:
                    corners = [(a, b) for a in (1, -1) for b in (1, -1)]
                    rise = sum(a * b * exact(family, theta[row], (i, a), (j, b)) for a, b in corners)
                    area = width(theta[row, i]) * width(theta[row, j])
                    truth[row, i, j] = truth[row, j, i] = float(rise / (4 * area))
    np.testing.assert_array_equal(found, np.swapaxes(found, -1, -2))
    assert_within_the_table(family, "fisher", found, theta, truth)


# --- consistency of the operations ---


def scaled_condition(family, theta):
    """Condition number of D F D, D = diag(F)^-1/2."""
    fisher = family.fisher(theta)
    scale = 1 / np.sqrt(np.diagonal(fisher, axis1=-2, axis2=-1))
    with np.errstate(all="ignore"):
        scaled = fisher * scale[..., :, None] * scale[..., None, :]
    usable = np.isfinite(scaled).all(axis=(-1, -2))
    return np.where(usable, np.linalg.cond(np.where(usable[:, None, None], scaled, np.eye(family.size))), np.inf)


def spread_points(family, rows):
    """Random points between ordinary and extreme ones whose scaled Fisher matrix has a condition up to 1e8."""
    rng = np.random.default_rng(21)
    easy, extreme = operands.ordinary(family, 4 * rows, seed=22), operands.hard(family)
    share = 10.0 ** rng.uniform(-12, 0, (4 * rows, 1)) * rng.integers(0, 2, (4 * rows, 1))
    pool = (1 - share) * easy + share * extreme[rng.integers(0, len(extreme), 4 * rows)]  # the domain is convex
    condition = scaled_condition(family, pool)
    pool = pool[condition <= 1e8]
    worst_first = np.argsort(-condition[condition <= 1e8])
    chosen = np.concatenate([worst_first[: rows // 2], worst_first[rows // 2 :][:: len(pool) // rows]])[:rows]
    return pool[chosen]


def test_natural_gradient_is_mirror_descent(family):
    """From one theta the two steps differ by rounding alone, at 1,000 points of condition up to 1e8."""
    theta = spread_points(family, 1000)
    condition = scaled_condition(family, theta)
    assert len(theta) == 1000
    beyond = scaled_condition(family, operands.hard(family)).max() > 1e8
    assert condition.max() > 1e7 or not beyond  # the way to such a point leads through all conditions
    rng = np.random.default_rng(7)
    scale = 1 / np.sqrt(np.diagonal(family.fisher(theta), axis1=-2, axis2=-1))
    # A gradient in proportion to theta, judged in the plain norm; and one of any proportions, judged in that of D.
    for size, weight in ((np.abs(theta), 1.0), (np.linalg.norm(theta, axis=-1, keepdims=True), 1 / scale)):
        in_mean = rng.standard_normal(theta.shape) * size
        in_natural = family.fisher_multiply(theta, in_mean)
        beta = np.minimum(0.5, 0.5 * family.step_to_boundary(theta, in_mean))
        mirror = ng.updates.mirror_descent(family, theta, in_mean, beta)
        natural = ng.updates.natural_gradient(family, theta, in_natural, beta)
        norm = np.linalg.norm(beta[:, None] * in_mean * weight, axis=-1) + np.linalg.norm(theta * weight, axis=-1)
        difference = np.linalg.norm((natural - mirror) * weight, axis=-1)
        assert (difference <= 64 * family.size * EPS * condition * norm).all()


def test_mean_and_natural_parameters_are_inverse_maps(family):
    theta = operands.ordinary(family, 200)
    for forward, back in (
        ("mean_from_natural", "natural_from_mean"),
        ("centred_mean_from_natural", "natural_from_centred_mean"),
    ):
        image = getattr(family, forward)(theta)
        again = getattr(family, back)(image)
        error = tolerances.error(family.reference, back, again, image)
        assert error.max() <= tolerances.bound(back, type(family).__name__, np.float64)
    inverse = np.abs(np.linalg.inv(family.fisher(theta)))
    mu = family.mean_from_natural(theta)
    rounding = np.einsum("nij,nj->ni", inverse, np.abs(mu)) + np.einsum(
        "nij,njk,nk->ni", inverse, np.abs(family.fisher(theta)), np.abs(theta)
    )
    assert (np.abs(family.natural_from_mean(mu) - theta) <= 32 * EPS * rounding).all()


def test_standard_and_natural_parameters_are_inverse_maps(family):
    theta = operands.ordinary(family, 200)
    again = family.natural_from_standard(**family.standard_from_natural(theta))
    error = tolerances.natural_error(family.reference, again, theta)
    assert error.max() <= 4 * tolerances.bound("natural_from_standard", type(family).__name__, np.float64)


@pytest.mark.parametrize("damping", [0.0, 1e-6, 0.3, 1e6])
def test_fisher_solve_undoes_fisher_multiply(family, damping):
    theta = operands.ordinary(family, 100)
    v = np.random.default_rng(6).standard_normal(theta.shape)
    product = family.fisher_multiply(theta, v) + damping * v
    found = family.fisher_solve(theta, product, damping)
    matrix = family.fisher(theta) + damping * np.eye(family.size)
    weight = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
    condition = np.linalg.cond(matrix / weight[:, :, None] / weight[:, None, :])
    size = np.linalg.norm(weight * v, axis=-1)
    assert (np.linalg.norm(weight * (found - v), axis=-1) <= 64 * family.size * EPS * condition * size).all()


def test_products_and_log_determinants_are_those_of_the_dense_matrix(family):
    theta = operands.ordinary(family, 100)
    fisher = family.fisher(theta)
    v = np.random.default_rng(5).standard_normal(theta.shape)
    dense = np.einsum("nij,nj->ni", fisher, v)
    size = np.einsum("nij,nj->ni", np.abs(fisher), np.abs(v))
    assert (np.abs(family.fisher_multiply(theta, v) - dense) <= 64 * family.size * EPS * size).all()
    sign, value = np.linalg.slogdet(fisher)
    assert (sign == 1).all()
    slack = 64 * family.size * EPS * (scaled_condition(family, theta) + np.abs(value))
    assert (np.abs(family.fisher_log_determinant(theta) - value) <= slack).all()


# --- divergences ---


def test_kl_is_the_bregman_divergence_of_the_log_partition(family):
    p, q = operands.ordinary(family, 200), operands.ordinary(family, 200, seed=9)
    mu = family.mean_from_natural(p)
    above, below = family.log_partition(q), family.log_partition(p)
    inner = (q - p) * mu
    kl = family.kl_divergence(p, q)
    size = np.abs(above) + np.abs(below) + (np.abs(mu) * (np.abs(p) + np.abs(q))).sum(axis=-1)
    assert (np.abs(kl - (above - below - inner.sum(axis=-1))) <= 256 * EPS * size).all()
    assert (kl >= 0).all()
    assert (family.kl_divergence(p, p) == 0).all()
    np.testing.assert_allclose(family.cross_entropy(p, q), family.entropy(p) + kl, rtol=16 * EPS, atol=16 * EPS)


@pytest.mark.parametrize("apart", [1e-12, 1e-8, 1e-5])
def test_kl_of_points_that_almost_coincide_is_half_the_fisher_norm(family, apart):
    p = np.concatenate([operands.ordinary(family, 100), operands.hard(family)])
    p = p[(p != 0).all(axis=-1)]
    q = p * (1 + apart * np.random.default_rng(3).uniform(0.5, 1.0, p.shape))
    inside = family.in_natural_domain(q)
    p, q = p[inside], q[inside]
    half, half_at_q = (0.5 * ((q - p) * family.fisher_multiply(x, q - p)).sum(axis=-1) for x in (p, q))
    divergence = family.kl_divergence(p, q)
    condition = scaled_condition(family, p)
    usable = (condition * EPS < 1e-4) & (half > 1e-290) & (apart * np.abs(p).max(axis=-1) < 1e-3)
    usable &= np.abs(half_at_q - half) < 1e-3 * half  # F is the same all the way, also beside a boundary
    assert usable.sum() >= 50
    np.testing.assert_allclose(divergence[usable], half[usable], rtol=1e-3)


def test_the_generalised_pythagorean_theorem(family):
    """KL(p || r) = KL(p || q) + KL(q || r) - <theta_r - theta_q, mu_p - mu_q> (Amari 2016, theorem 1.2)."""
    p, q, r = (operands.ordinary(family, 100, seed=seed) for seed in (11, 12, 13))
    mean_p, mean_q = family.mean_from_natural(p), family.mean_from_natural(q)
    cross = (r - q) * (mean_p - mean_q)
    left, right = family.kl_divergence(p, r), family.kl_divergence(p, q) + family.kl_divergence(q, r)
    size = left + right + ((np.abs(r) + np.abs(q)) * (np.abs(mean_p) + np.abs(mean_q))).sum(axis=-1)
    assert (np.abs(left - (right - cross.sum(axis=-1))) <= 256 * EPS * size).all()


def test_the_log_partition_and_its_dual_touch_at_the_mean(family):
    """A*(mu) + A(theta) = <theta, mu>, and A*(mu) + A(other) >= <other, mu>."""
    theta = operands.ordinary(family, 200)
    (mu,), rows = operands.arguments(family, "dual_log_partition", theta)
    dual = family.dual_log_partition(mu)
    for other, touches in ((theta[rows], True), (operands.ordinary(family, len(rows), seed=14), False)):
        gap = dual + family.log_partition(other) - (other * mu).sum(axis=-1)
        size = np.abs(dual) + np.abs(family.log_partition(other)) + (np.abs(other) * np.abs(mu)).sum(axis=-1)
        assert (np.abs(gap) <= 64 * EPS * size).all() if touches else (gap >= -64 * EPS * size).all()


def test_steps_to_the_boundary_end_there(family):
    theta = operands.ordinary(family, 300)
    (mu,), _ = operands.arguments(family, "dual_log_partition", theta)
    rng = np.random.default_rng(15)
    for point, room, inside in (
        (theta, family.step_to_boundary, family.in_natural_domain),
        (mu, family.mean_step_to_boundary, family.in_mean_domain),
    ):
        direction = rng.standard_normal(point.shape) * np.abs(point)
        beta = room(point, direction)
        assert (beta > 0).all()
        far = np.where(np.isfinite(beta), beta, 1e3)[:, None]
        assert inside(point + (1 - 1e-6) * far * direction).all()
        assert not inside(point + (1 + 1e-6) * far * direction)[np.isfinite(beta)].any()


# --- proximal forms ---


def test_a_step_is_the_argmax_of_its_proximal_form(family, rule):
    """Found by BFGS from theta_t, in coordinates in which the rule's own metric is round."""
    theta = operands.ordinary(family, 2, seed=31)
    rng = np.random.default_rng(8)
    for start in theta:
        fisher = family.fisher(start)
        root = np.linalg.inv(np.linalg.cholesky(fisher)).T if rule.unit_step else np.eye(family.size)
        u = rng.standard_normal(family.size)
        direction = root @ (u / np.linalg.norm(u))
        mean_room = family.mean_step_to_boundary(family.mean_from_natural(start), fisher @ direction)
        room = min(mean_room, family.step_to_boundary(start, direction))
        beta = min(0.2, 0.2 * room, 0.2 * np.linalg.norm(start) + 1e-3)
        # The gradient whose step of size beta is beta * direction.
        slope = direction if not rule.unit_step or rule.gradient_in == "mean" else fisher @ direction
        closed = rule(family, start, slope, beta)
        target = np.linalg.solve(root, closed - start)

        def loss(u, start=start, slope=slope, beta=beta, root=root):
            trial = start + root @ (beta * u)
            if not family.in_natural_domain(trial):
                return np.inf
            value = rule.reference.proximal_objective(family.reference, start, slope, np.float64(beta), trial)
            base = rule.reference.proximal_objective(family.reference, start, slope, np.float64(beta), start)
            return -float(value - base) / beta

        found = optimize.minimize(loss, np.zeros(family.size), method="BFGS", jac="3-point", options={"gtol": 1e-9})
        assert loss(target / beta) <= found.fun + 1e-9
        np.testing.assert_allclose(found.x, target / beta, atol=1e-4)


def test_values_in_range_whose_parts_are_not():
    """log det F where F, and A and mu where psi'(alpha), are beyond the range of the number type."""
    for points, family in (
        ([[1.0, -1e-160], [1.0, -1e160], [0.3, -1e-200]], ng.Gamma()),
        ([[-1e-160], [-1e200]], ng.Exponential()),
        ([[0.0, -1e-160], [3.0, -1e160]], ng.Normal()),
    ):
        expected = family.reference.fisher_log_determinant(points)
        assert np.isfinite(expected).all()
        np.testing.assert_allclose(family.fisher_log_determinant(points), expected, rtol=1e-14)
    assert ng.Exponential().fisher_log_determinant(np.float32([-1e-20])) == pytest.approx(40 * np.log(10), rel=1e-6)
    alpha = [[1e-160, 1e-155], [1e-300, 1e-160], [1e-300, 1e-20]]
    for family in (ng.Beta(), ng.Dirichlet(2)):
        np.testing.assert_allclose(family.log_partition(alpha), -np.log(np.min(alpha, axis=1)), rtol=1e-4)
        np.testing.assert_allclose(
            family.mean_from_natural(alpha), family.reference.mean_from_natural(alpha), rtol=1e-14
        )
    for family, point in ((ng.Beta(), [1e-170, 1e-170]), (ng.Beta(), [1e-300, 1e-200]), (ng.ChiSquared(), [1e-200])):
        expected = family.reference.fisher_log_determinant(point)
        assert family.fisher_log_determinant(point) == pytest.approx(expected, rel=1e-14)
    # psi'(1e-170) = 1e340, twice, times 1/2.
    assert ng.Beta().fisher_log_determinant([1e-170] * 2) == pytest.approx(680 * np.log(10) - np.log(2), rel=1e-14)
    assert ng.ChiSquared().fisher_log_determinant(np.float32([1e-25])) == pytest.approx(50 * np.log(10), rel=1e-6)
    # psi(shape) = -1/shape, whatever the rate adds to it.
    np.testing.assert_allclose(ng.Gamma().mean_from_natural([1e-300, -1e-310]), [-1e300, 1e10], rtol=1e-14)
    # Exponents whose ratio of observation to mean is beyond the range, and they are not.
    for family, point, x, expected in (
        (ng.InverseGaussian(), [-1e7, -1e-8], 2.95e297, -2.95e304),
        (ng.Chi(), [2.4531449850264633e-06], 9.843305090313282e151, -4.8445327550493685e303),
    ):
        for either in (family, family.reference):
            assert either.log_density(point, x) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_kl_of_tiny_shapes_depends_on_their_ratios(dtype):
    """F, 1/shape^2, is beyond the range of the number type; the divergence r - 1 - log r of two shapes is not."""
    tiny = 1e-200 if dtype == np.float64 else 1e-25
    for family, place, rest in (
        (ng.Gamma(), 1.0, [-1.0]),
        (ng.InverseGamma(), -1.0, [-1.0]),
        (ng.Chi(), 1.0, []),
        (ng.ChiSquared(), 1.0, []),
        (ng.Beta(), 1.0, [1.0]),
        (ng.Dirichlet(3), 1.0, [1.0, 1.0]),
    ):
        p = np.array([place * tiny, *rest], dtype)
        assert family.kl_divergence(p, p) == 0
        for apart in (1e-3, 0.3, 4.0):
            q = p.copy()
            q[0] *= dtype(1 + apart)
            excess = float(q[0]) / float(p[0]) - 1
            expected = excess - np.log1p(excess)
            for either in (family, family.reference):
                assert either.kl_divergence(p, q) == pytest.approx(expected, rel=1e-5 if dtype == np.float32 else 1e-10)
    p = np.array([-tiny], dtype)
    assert ng.Logarithmic().kl_divergence(p, p) == 0
    q = p * dtype(1.001)
    assert ng.Logarithmic().kl_divergence(p, q) == pytest.approx(
        float(ng.Logarithmic().reference.kl_divergence(p.astype(float), q.astype(float))), rel=1e-5
    )
