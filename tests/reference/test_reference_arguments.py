"""Shapes, dtypes and the texts of errors."""

from __future__ import annotations

import pickle

import natgrad_native.reference as reference
import numpy as np
import pytest
from cases import FAMILIES, IDS, points
from natgrad_native.errors import DomainError, Status

SCALARS = ["log_partition", "entropy", "fisher_log_determinant"]


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
class TestEveryFamily:
    def test_value_semantics(self, family):
        copy = pickle.loads(pickle.dumps(family))
        assert copy == family
        assert hash(copy) == hash(family)
        assert type(family).__name__ in repr(family)
        assert len(family.names) == family.size == len(set(family.names))

    def test_batch_shapes(self, family):
        theta = points(family, 6, hard=False)
        for batch in [(), (1,), (6,), (2, 3), (0,)]:
            rows = theta[: int(np.prod(batch))].reshape((*batch, family.size))
            for name in SCALARS:
                assert getattr(family, name)(rows).shape == batch
            mu = family.mean_from_natural(rows)
            assert mu.shape == rows.shape
            assert family.natural_from_mean(mu).shape == rows.shape
            assert family.fisher(rows).shape == (*batch, family.size, family.size)
            assert family.in_natural_domain(rows).shape == batch
            assert family.kl_divergence(rows, rows).shape == family.cross_entropy(rows, rows).shape == batch
            assert family.fisher_solve(rows, rows, 0.5).shape == family.fisher_multiply(rows, rows).shape == rows.shape
            assert family.step_to_boundary(rows, rows).shape == batch
            assert family.mean_step_to_boundary(mu, rows).shape == batch
            assert family.dual_log_partition(mu).shape == family.in_mean_domain(mu).shape == batch
            centred = family.centred_mean_from_natural(rows)
            assert family.natural_from_centred_mean(centred).shape == rows.shape
            standard = family.standard_from_natural(rows)
            assert family.natural_from_standard(**standard).shape == rows.shape
            assert {k: v.shape for k, v in standard.items()} == {
                k: batch + core for k, core in family.standard_shapes.items()
            }
            x = family.sample(rows, 2, np.random.default_rng(0))
            assert x.shape == (2, *batch, *family.event_shape)
            assert family.log_density(rows, x).shape == (2, *batch)

    def test_operands_broadcast(self, family):
        theta = points(family, 6, hard=False)
        assert family.kl_divergence(theta[:, None], theta).shape == (6, 6)
        assert (np.diag(family.kl_divergence(theta[:, None], theta)) == 0).all()
        solved = family.fisher_solve(theta[0], theta, np.linspace(0, 1, 3)[:, None])
        assert solved.shape == (3, 6, family.size)

    def test_dtypes(self, family):
        theta = points(family, 4, hard=False)
        assert family.mean_from_natural(theta.astype(np.float32)).dtype == np.float32
        assert family.kl_divergence(theta.astype(np.float32), theta).dtype == np.float64
        assert family.fisher_solve(theta.astype(np.float32), theta.astype(np.float32), 0.5).dtype == np.float32
        assert family.mean_from_natural(theta.tolist()).dtype == np.float64
        exact = family.mean_from_natural(theta.astype(np.float32).astype(np.float64))
        np.testing.assert_array_equal(family.mean_from_natural(theta.astype(np.float32)), exact.astype(np.float32))

    @pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.complex128, object, "U3"])
    def test_other_dtypes_are_refused(self, family, dtype):
        theta = points(family, 2, hard=False).astype(dtype)
        with pytest.raises(TypeError, match=rf"{type(family).__name__}.log_partition: theta has dtype"):
            family.log_partition(theta)

    def test_wrong_last_axis(self, family):
        wrong = np.zeros((3, family.size + 1))
        name = type(family).__name__
        message = rf"{name}.mean_from_natural: theta has shape \(3, {family.size + 1}\), its last axis must be"
        with pytest.raises(ValueError, match=message):
            family.mean_from_natural(wrong)

    def test_batches_that_do_not_broadcast(self, family):
        theta = points(family, 6, hard=False)
        with pytest.raises(
            ValueError, match=r"kl_divergence: the batch axes do not broadcast: theta_p \(2,\), theta_q \(3,\)"
        ):
            family.kl_divergence(theta[:2], theta[:3])

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_not_finite(self, family, bad):
        theta = points(family, 6, hard=False)
        theta[4, -1] = bad
        text = rf"{type(family).__name__}.entropy: row 4: coordinate {family.size - 1} must be finite, got"
        with pytest.raises(DomainError, match=text):
            family.entropy(theta.reshape(2, 3, -1))
        assert not family.in_natural_domain(theta)[4]
        mu = family.mean_from_natural(points(family, 6, hard=False))
        mu[2, 0] = bad
        answer, info = family.natural_from_mean(mu, return_info=True)
        assert info.status.tolist() == [0, 0, Status.NOT_FINITE, 0, 0, 0]
        assert np.isnan(answer[2]).all()
        assert np.isfinite(np.delete(answer, 2, axis=0)).all()

    def test_rows_outside_the_mean_domain(self, family):
        theta = points(family, 200, hard=False)
        mu = family.mean_from_natural(theta)
        direction = np.random.default_rng(1).standard_normal(mu.shape) * np.abs(mu)
        step = family.mean_step_to_boundary(mu, direction)
        # Just outside: a mean domain that is not convex (of a family that is not steep) may be entered again.
        mu = (mu + 1.01 * step[:, None] * direction)[np.isfinite(step)]
        if not len(mu):
            assert family.in_mean_domain(1e6 * direction).all()
            pytest.skip("every vector is inside the mean domain")
        assert not family.in_mean_domain(mu).any()
        with pytest.raises(DomainError, match=rf"{type(family).__name__}.natural_from_mean: row 0: .* must be .*, got"):
            family.natural_from_mean(mu)
        answer, info = family.natural_from_mean(mu, return_info=True)
        assert np.isnan(answer).all()
        assert (info.status == Status.OUTSIDE_MEAN_DOMAIN).all()

    def test_observations_outside_the_support(self, family):
        theta = points(family, 1, hard=False)[0]
        x = np.full(family.event_shape, np.inf)
        assert family.log_density(theta, x) == -np.inf
        assert family.log_base_measure(x) == -np.inf
        with pytest.raises(DomainError, match=r"sufficient_statistics: row 0: (part 0: )?x must"):
            family.sufficient_statistics(x)
        with pytest.raises(DomainError, match=r"log_density: row 0: x must be a number, got nan"):
            family.log_density(theta, np.full(family.event_shape, np.nan))

    def test_names_of_standard_parameters(self, family):
        with pytest.raises(TypeError, match=r"natural_from_standard: expected .*; got wrong"):
            family.natural_from_standard(wrong=1.0)

    def test_negative_damping(self, family):
        theta = points(family, 2, hard=False)
        with pytest.raises(DomainError, match=r"fisher_solve: row 1: damping must be finite and >= 0, got -1"):
            family.fisher_solve(theta, theta, np.array([0.0, -1.0]))

    def test_empty_data(self, family):
        with pytest.raises(ValueError, match=r"maximum_likelihood: x has shape .* no observations along axis 0"):
            family.maximum_likelihood(np.zeros((0, *family.event_shape)))


CASES = [
    ("Gamma", "mean_from_natural", ([[1.0, -1.0], [1.0, 0.5]],), r"row 1: rate must be > 0, got -0\.5"),
    ("Gamma", "mean_from_natural", ([[1.0, -1.0], [-2.0, 0.5]],), r"row 1: shape must be > 0, got -2"),
    ("Gamma", "natural_from_mean", ([0.0, -1.0],), r"row 0: E x must be > 0, got -1"),
    ("Gamma", "natural_from_mean", ([1.0, 1.0],), r"row 0: log E x - E log x must be > 0, got -1"),
    ("Exponential", "entropy", ([[2.0]],), r"row 0: rate must be > 0, got -2"),
    ("Beta", "entropy", ([-1.0, 1.0],), r"row 0: alpha must be > 0, got -1"),
    ("Beta", "entropy", ([1.0, 0.0],), r"row 0: beta must be > 0, got 0"),
    ("Beta", "natural_from_mean", ([-0.1, -0.1],), r"row 0: sum of exp\(E log x\) must be < 1, got 1\.80967"),
    ("Normal", "log_partition", ([0.0, 1.0],), r"row 0: precision must be > 0, got -2"),
    ("Normal", "natural_from_mean", ([2.0, 3.0],), r"row 0: variance must be > 0, got -1"),
    ("Bernoulli", "natural_from_mean", ([1.5],), r"row 0: probability must be in \(0, 1\), got 1\.5"),
    ("Poisson", "natural_from_mean", ([0.0],), r"row 0: mean must be > 0, got 0"),
]


@pytest.mark.parametrize(("name", "operation", "arguments", "text"), CASES)
def test_condition_texts(name, operation, arguments, text):
    family = getattr(reference, name)()
    with pytest.raises(DomainError, match=rf"^{name}\.{operation}: {text}"):
        getattr(family, operation)(*arguments)


def test_matrix_conditions():
    family = reference.MultivariateNormal(2)
    with pytest.raises(DomainError, match=r"row 0: precision must be positive definite, got -3"):
        family.log_partition([0.0, 0.0, -0.5, -2.0, -0.5])
    with pytest.raises(DomainError, match=r"row 0: covariance must be symmetric, got 1"):
        family.natural_from_standard(mean=[0, 0], covariance=[[1.0, 1.0], [0.0, 2.0]])
    with pytest.raises(DomainError, match=r"row 0: covariance must be positive definite, got -3"):
        family.natural_from_standard(mean=[0, 0], covariance=[[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(ValueError, match=r"covariance has shape \(2,\), its last axes must be \(2, 2\)"):
        family.natural_from_standard(mean=[0, 0], covariance=[1.0, 2.0])


def test_probabilities():
    family = reference.Categorical(3)
    with pytest.raises(DomainError, match=r"row 0: probabilities must sum to 1, got 0\.9"):
        family.natural_from_standard(probabilities=[0.3, 0.3, 0.3])
    with pytest.raises(DomainError, match=r"row 0: sum of probabilities must be < 1, got 1\.2"):
        family.natural_from_mean([0.6, 0.6])


@pytest.mark.parametrize("value", [1, 2.0, "3", True])
def test_hyperparameters(value):
    with pytest.raises(ValueError, match=r"Dirichlet: categories must be an integer >= 2, got"):
        reference.Dirichlet(value)


def test_dense_fisher_has_a_limit():
    family = reference.Categorical(100_000)
    with pytest.raises(ValueError, match=r"Categorical\.fisher: the answer would take 74\.5 GiB, more than 4 GiB"):
        family.fisher(np.zeros(family.size))
    assert family.fisher_multiply(np.zeros(family.size), np.ones(family.size)).shape == (family.size,)


def test_integer_observations_are_weak():
    family = reference.Poisson()
    assert family.log_density(np.zeros(1, np.float32), np.arange(3)).dtype == np.float32
    assert family.log_density([0.0], 2).dtype == np.float64
    assert family.sufficient_statistics(np.arange(3)).dtype == np.float64
    assert family.natural_from_standard(rate=np.float32(2)).dtype == np.float32
    assert reference.Normal().natural_from_standard(mean=0, variance=np.float32(2)).dtype == np.float32


def test_an_equal_point_underflows_to_zero_and_a_named_family_is_found():
    assert reference.family_class("multivariate_normal") is reference.MultivariateNormal
    with pytest.raises(AttributeError, match="Nothing"):
        reference.Nothing  # noqa: B018
