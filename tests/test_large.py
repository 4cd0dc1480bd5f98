"""Points of many coordinates: worked along their coordinates, or handed to the BLAS."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import pytest
import tolerances

EPS = {np.float64: 1.0, np.float32: 5.0e8}  # float32's eps in that of float64


def categories_of(name, count, dtype):
    """A family of `count` categories and three of its points."""
    family = ng.families.CLASSES[name](count)
    theta = np.random.default_rng(1).gamma(2.0, 1.0, (3, family.size)) + 0.05
    return family, (theta if name == "Dirichlet" else np.log(theta)).astype(dtype)


@pytest.mark.parametrize("count", [65, 300, 100_000])
@pytest.mark.parametrize("name", ["Dirichlet", "Categorical"])
class TestManyCategories:
    def test_values(self, name, count, dtype):
        family, theta = categories_of(name, count, dtype)
        twin, wide = family.reference, theta.astype(np.float64)
        for operation in ("mean_from_natural", "log_partition", "entropy", "fisher_log_determinant"):
            found = getattr(family, operation)(theta)
            assert found.dtype == dtype
            np.testing.assert_allclose(found, getattr(twin, operation)(wide), rtol=1e-13 * EPS[dtype])
        assert family.in_natural_domain(theta).all()
        standard = family.standard_from_natural(theta)
        again = family.natural_from_standard(**standard)
        np.testing.assert_allclose(again, theta, rtol=1e-13 * EPS[dtype], atol=1e-13 * EPS[dtype])

    def test_products_and_solves(self, name, count, dtype):
        family, theta = categories_of(name, count, dtype)
        twin, wide = family.reference, theta.astype(np.float64)
        v = np.random.default_rng(2).standard_normal(theta.shape).astype(dtype)
        product = family.fisher_multiply(theta, v)
        expected = twin.fisher_multiply(wide, v.astype(np.float64))
        scale = np.abs(expected).max(axis=-1, keepdims=True)
        assert (np.abs(product - expected) <= 1e-13 * EPS[dtype] * scale).all()
        for damping in (0.0, 0.5):
            solved = family.fisher_solve(theta, v, damping)
            expected = twin.fisher_solve(wide, v.astype(np.float64), damping)
            # Sherman-Morrison: the part along u has the condition of F, about count times the spread of the diagonal.
            scale = np.abs(expected).max(axis=-1, keepdims=True) + (np.abs(v) / count).sum() * count
            assert (np.abs(solved - expected) <= 1e-12 * EPS[dtype] * scale).all()

    def test_the_inverse_mean_map(self, name, count):
        family, theta = categories_of(name, count, np.float64)
        mu = family.mean_from_natural(theta)
        back, info = family.natural_from_mean(mu, return_info=True)
        assert (info.status == 0).all()
        np.testing.assert_allclose(back, theta, rtol=1e-9, atol=1e-9)
        assert (info.residual <= 1e-12).all()
        dual = (theta * mu).sum(axis=-1) - family.log_partition(theta)
        size = np.abs(theta * mu).sum(axis=-1) + np.abs(family.log_partition(theta))
        assert (np.abs(family.dual_log_partition(mu) - dual) <= 1e-13 * size).all()

    def test_divergences(self, name, count):
        family, theta = categories_of(name, count, np.float64)
        assert (family.kl_divergence(theta, theta) == 0).all()
        near, far = theta * (1 + 1e-9), np.roll(theta, 1, axis=-1)
        half = 0.5 * ((near - theta) * family.fisher_multiply(theta, near - theta)).sum(axis=-1)
        np.testing.assert_allclose(family.kl_divergence(theta, near), half, rtol=1e-5)
        for other in (far, 1.1 * theta, 3.0 * theta):
            expected = family.reference.kl_divergence(theta, other)
            np.testing.assert_allclose(family.kl_divergence(theta, other), expected, rtol=1e-11)

    def test_boundaries_and_errors(self, name, count):
        family, theta = categories_of(name, count, np.float64)
        mu = family.mean_from_natural(theta)
        v = np.random.default_rng(3).standard_normal(theta.shape)
        for operation, point in (("step_to_boundary", theta), ("mean_step_to_boundary", mu)):
            direction = v * np.abs(point)
            found = getattr(family, operation)(point, direction)
            np.testing.assert_allclose(found, getattr(family.reference, operation)(point, direction), rtol=1e-10)
        wrong = theta.copy()
        wrong[1, count // 2] = np.nan
        with pytest.raises(ng.DomainError, match=rf"row 1: coordinate {count // 2} must be finite, got nan"):
            family.log_partition(wrong)
        if count > 30_000:
            with pytest.raises(ValueError, match="more than 4 GiB"):
                family.fisher(theta)

    def test_draws(self, name, count):
        family, theta = categories_of(name, count, np.float64)
        x = family.sample(theta, 4, np.random.default_rng(4))
        assert x.shape == (4, 3, *family.event_shape)
        found, expected = family.log_density(theta, x), family.reference.log_density(theta, x)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def gaussian(dimension, rows=2, seed=2):
    """A family, and means and covariances of moderate condition."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((rows, dimension, 2 * dimension))
    covariance = noise @ np.swapaxes(noise, -1, -2) / dimension
    return ng.MultivariateNormal(dimension), rng.standard_normal((rows, dimension)), covariance


@pytest.mark.parametrize("dimension", [17, 32, 33, 40, 70])
class TestLargeCovariances:
    """Up to 32 dimensions matrices stand in lanes; beyond, one at a time with LAPACK."""

    def test_standard_parameters(self, dimension, dtype):
        family, mean, covariance = gaussian(dimension)
        eps = float(np.finfo(dtype).eps)
        theta = family.natural_from_standard(mean=mean.astype(dtype), covariance=covariance.astype(dtype))
        assert theta.dtype == dtype
        condition = np.linalg.cond(covariance).max()
        precision = np.linalg.inv(covariance)
        i, j = np.tril_indices(dimension)
        expected = -precision[:, i, j] * np.where(i == j, 0.5, 1.0)
        assert np.abs(theta[:, dimension:] - expected).max() <= 64 * eps * condition * np.abs(expected).max()
        again = family.standard_from_natural(theta)
        assert np.abs(again["covariance"] - covariance).max() <= 64 * eps * condition * np.abs(covariance).max()
        assert np.abs(again["mean"] - mean).max() <= 64 * eps * condition * np.abs(mean).max()

    def test_values(self, dimension):
        family, mean, covariance = gaussian(dimension)
        theta = family.natural_from_standard(mean=mean, covariance=covariance)
        twin = family.reference
        for operation in ("log_partition", "entropy", "mean_from_natural", "centred_mean_from_natural"):
            found, expected = getattr(family, operation)(theta), getattr(twin, operation)(theta)
            assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()
        other = twin.test_points(np.random.default_rng(5), 2)
        for p, q in ((theta, other), (theta, theta * (1 + 1e-8)), (theta, 1.01 * theta)):
            np.testing.assert_allclose(family.kl_divergence(p, q), twin.kl_divergence(p, q), rtol=1e-10)
        mu = family.mean_from_natural(theta)
        np.testing.assert_allclose(family.dual_log_partition(mu), twin.dual_log_partition(mu), rtol=1e-11)
        error = np.abs(family.natural_from_mean(mu) - theta)
        assert error.max() <= 1e-11 * np.linalg.cond(covariance).max() * np.abs(theta).max()

    def test_fisher(self, dimension):
        family, mean, covariance = gaussian(dimension, rows=1)
        theta = family.natural_from_standard(mean=mean, covariance=covariance)
        v = np.random.default_rng(6).standard_normal(theta.shape)
        product = family.fisher_multiply(theta, v)
        expected = family.reference.fisher_multiply(theta, v)
        assert np.abs(product - expected).max() <= 1e-12 * np.abs(expected).max()
        back = family.fisher_solve(theta, product)
        assert np.abs(back - v).max() <= 1e-12 * np.linalg.cond(covariance).max() ** 2 * np.abs(v).max()
        np.testing.assert_allclose(
            family.fisher_log_determinant(theta), family.reference.fisher_log_determinant(theta), rtol=1e-12
        )
        if dimension <= 17:
            dense = family.fisher(theta)[0]
            assert np.abs(dense @ v[0] - product[0]).max() <= 1e-11 * np.abs(product).max()

    def test_boundaries_and_errors(self, dimension):
        family, mean, covariance = gaussian(dimension)
        theta = family.natural_from_standard(mean=mean, covariance=covariance)
        v = np.random.default_rng(7).standard_normal(theta.shape)
        found = family.step_to_boundary(theta, v)
        np.testing.assert_allclose(found, family.reference.step_to_boundary(theta, v), rtol=1e-9)
        wrong = theta.copy()
        wrong[1, dimension] = 1.0
        native, twin = [], []
        for one, texts in ((family, native), (family.reference, twin)):
            with pytest.raises(ng.DomainError, match=r"row 1: precision must be positive definite, got -") as caught:
                one.log_partition(wrong)
            texts.append(str(caught.value))
        assert native == twin
        assert family.in_natural_domain(wrong).tolist() == [True, False]


@pytest.mark.parametrize("dimension", [9, 10, 18, 30])
def test_a_damped_solve_by_cholesky(dimension, dtype):
    """Systems of 54, 65, 189 and 495 unknowns, which have no closed form."""
    family, mean, covariance = gaussian(dimension)
    theta = family.natural_from_standard(mean=mean, covariance=covariance).astype(dtype)
    v = np.random.default_rng(4).standard_normal(theta.shape).astype(dtype)
    x = family.fisher_solve(theta, v, np.array([0.7, 0.0], dtype))
    assert x.dtype == dtype
    wide, solution = theta.astype(np.float64), x.astype(np.float64)
    residual = family.fisher_multiply(wide, solution) + np.array([[0.7], [0.0]]) * solution - v
    size = np.linalg.norm(np.abs(family.fisher_multiply(wide, np.abs(solution))), axis=-1)
    assert (np.linalg.norm(residual, axis=-1) <= 64 * dimension * np.finfo(dtype).eps * size).all()
    if dtype == np.float64 and dimension <= 18:
        expected = family.reference.fisher_solve(theta, v, np.array([0.7, 0.0]))
        np.testing.assert_allclose(x, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


def test_a_damped_solve_by_conjugate_gradients():
    family = ng.MultivariateNormal(64)
    assert family.size == 2144
    theta = family.natural_from_standard(mean=np.full(64, 0.1), covariance=np.diag(np.linspace(0.5, 2.0, 64)))
    v = np.random.default_rng(5).standard_normal(family.size)
    x = family.fisher_solve(theta, v, 0.3)
    residual = family.fisher_multiply(theta, x) + 0.3 * x - v
    assert np.linalg.norm(residual) <= 1e-13 * np.linalg.norm(v)


def test_points_at_the_change_of_path_are_within_the_table():
    """The last size worked across rows and the first worked along coordinates."""
    for family in (ng.Dirichlet(64), ng.Dirichlet(65), ng.Categorical(65), ng.Categorical(66)):
        theta = family.reference.test_points(np.random.default_rng(8), 3)
        for operation in ("mean_from_natural", "log_partition", "entropy", "fisher_log_determinant"):
            error = tolerances.error(family.reference, operation, getattr(family, operation)(theta), theta)
            assert error.max() <= 4 * tolerances.bound(operation, type(family).__name__, np.float64)


@pytest.mark.parametrize(("length", "dimension"), [(60, 2), (24, 12), (300, 3)])
class TestLongChains:
    """Up to 4,096 coordinates chains stand in lanes; beyond, one at a time."""

    def test_values(self, length, dimension, dtype):
        family = ng.GaussMarkovChain(length, dimension)
        twin = family.reference
        theta = twin.test_points(np.random.default_rng(1), 3).astype(dtype)
        other = twin.test_points(np.random.default_rng(2), 3).astype(dtype)
        v = np.random.default_rng(3).standard_normal(theta.shape).astype(dtype)
        mu, x = family.mean_from_natural(theta), family.sample(theta, (), np.random.default_rng(4))
        calls = {
            **dict.fromkeys(("mean_from_natural", "log_partition", "entropy", "fisher_log_determinant"), (theta,)),
            **dict.fromkeys(("natural_from_mean", "dual_log_partition"), (mu,)),
            **dict.fromkeys(("fisher_multiply", "fisher_solve"), (theta, v)),
            "kl_divergence": (theta, other),
            "log_density": (theta, x),
        }
        if length < 100:  # 63 factors each, slow in NumPy
            calls |= {"step_to_boundary": (theta, v), "mean_step_to_boundary": (mu, v)}
        for operation, arguments in calls.items():
            found = getattr(family, operation)(*arguments)
            expected = getattr(twin, operation)(*(value.astype(np.float64) for value in arguments))
            assert found.dtype == dtype
            size = np.abs(expected) if expected.ndim == 1 else np.abs(expected).max(axis=-1, keepdims=True)
            assert (np.abs(found - expected) <= 1e-11 * EPS[dtype] * (1.0 + size)).all(), operation

    def test_errors(self, length, dimension):
        family = ng.GaussMarkovChain(length, dimension)
        theta = family.reference.test_points(np.random.default_rng(1), 3)
        theta[1, (length + 2) * dimension] = 1.0
        for one in (family, family.reference):
            with pytest.raises(ng.DomainError, match=r"row 1: precision must be positive definite, got -"):
                one.log_partition(theta)


def test_a_chain_of_many_states():
    family = ng.GaussMarkovChain(100_000, 2)
    theta = family.reference.test_points(np.random.default_rng(1), 1)[0]
    v = np.random.default_rng(2).standard_normal(family.size)
    back = family.fisher_solve(theta, family.fisher_multiply(theta, v))
    assert np.abs(back - v).max() <= 1e-7 * np.abs(v).max()
    again = family.natural_from_centred_mean(family.centred_mean_from_natural(theta))
    assert np.abs(again - theta).max() <= 1e-9 * np.abs(theta).max()


@pytest.mark.parametrize("dimension", [3, 40])
def test_a_step_too_small_for_a_number_is_zero_or_refused(dimension):
    """L^-1 B L^-T overflows; the step, 5e-401, is not the infinite one of a direction that never leaves."""
    family = ng.MultivariateNormal(dimension)
    eye = np.eye(dimension)[np.tril_indices(dimension)]
    theta = np.concatenate([np.zeros(dimension), -0.5e-200 * eye])
    direction = np.concatenate([np.zeros(dimension), 1e200 * eye])
    for either in (family, family.reference):
        try:
            step = either.step_to_boundary(theta, direction)
        except ng.DomainError as error:
            assert "beyond the range of its number type" in str(error)
        else:
            assert step == 0
