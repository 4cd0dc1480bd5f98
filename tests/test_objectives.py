"""Objectives: values and gradients against independent formulas, and what they refuse."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import natgrad_native as ng
import numpy as np
import pytest
from natgrad_native.reference.objectives import glm_pass

BACKENDS = pytest.mark.parametrize("backend", [ng, ng.reference], ids=["native", "reference"])
LIKELIHOODS = pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "poisson"])


def data(likelihood: str, rows: int = 60, columns: int = 4, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    eta = X @ rng.normal(size=columns) * 0.5 + 0.3
    y = {
        "bernoulli": lambda: (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(float),
        "gaussian": lambda: eta + rng.normal(size=rows),
        "poisson": lambda: rng.poisson(np.exp(eta)).astype(float),
    }[likelihood]()
    return X, y


def some_point(objective: Any, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    dimension = objective.family.dimension
    noise = rng.normal(size=(dimension, 3 * dimension))
    return objective.family.natural_from_standard(
        mean=0.3 * rng.normal(size=dimension), covariance=0.1 * noise @ noise.T / dimension
    )


def test_log_likelihood_is_the_average_log_density() -> None:
    rng = np.random.default_rng(2)
    family = ng.Gamma()
    x, weights = rng.gamma(2.0, 1.5, size=(50, 3)), rng.random(50)
    theta = family.natural_from_standard(shape=[1.0, 2.0, 30.0], rate=[0.5, 3.0, 2.0])
    value, gradient = ng.objectives.LogLikelihood(family, x, weights)(theta)
    np.testing.assert_allclose(value, weights @ family.log_density(theta, x) / weights.sum(), rtol=1e-13)
    assert value.shape == (3,)
    assert gradient.shape == (3, 2)
    optimum = family.maximum_likelihood(x, weights)
    np.testing.assert_allclose(ng.objectives.LogLikelihood(family, x, weights)(optimum)[1], 0, atol=1e-12)


def test_log_likelihood_of_chosen_rows_and_another_axis() -> None:
    rng = np.random.default_rng(3)
    family = ng.Normal()
    x = rng.normal(size=(4, 30))
    objective = ng.objectives.LogLikelihood(family, x, axis=1)
    theta = family.natural_from_standard(mean=np.zeros(4), variance=np.full(4, 2.0))
    value, gradient = objective(theta)
    chosen = np.array([3, 1])
    some, slopes = objective(theta[chosen], chosen)
    np.testing.assert_array_equal(some, value[chosen])
    np.testing.assert_array_equal(slopes, gradient[chosen])


def test_log_likelihood_refuses_what_cannot_be() -> None:
    log_likelihood = ng.objectives.LogLikelihood
    with pytest.raises(ng.DomainError, match=r"Gamma.sufficient_statistics: row 1"):
        log_likelihood(ng.Gamma(), [1.0, -1.0])
    with pytest.raises(ValueError, match="no observations along axis 0"):
        log_likelihood(ng.Gamma(), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="axis 1 is out of range"):
        log_likelihood(ng.Gamma(), [1.0, 2.0], axis=1)
    with pytest.raises(ValueError, match="the sum of weights must be > 0"):
        log_likelihood(ng.Gamma(), [1.0, 2.0], weights=[0.0, 0.0])


@BACKENDS
def test_log_likelihood_names_what_does_not_fit(backend: Any) -> None:
    log_likelihood, family = backend.objectives.LogLikelihood, backend.Gamma()
    with pytest.raises(TypeError, match=r"LogLikelihood: family must be an instance such as .*, got str"):
        log_likelihood("x", [1.0, 2.0])
    with pytest.raises(TypeError, match=r"LogLikelihood: family must be an instance .* got the class Gamma"):
        log_likelihood(backend.Gamma, [1.0, 2.0])
    objective = log_likelihood(family, np.ones((5, 3)))
    assert objective.batch_shape == (3,)
    with pytest.raises(TypeError, match=r"LogLikelihood\(Gamma\): theta has dtype"):
        objective("a")
    with pytest.raises(ValueError, match=r"theta \(2,\) do not broadcast with the problems \(3,\)"):
        objective(np.broadcast_to([1.0, -1.0], (2, 2)))


def test_objectives_say_what_they_are_of() -> None:
    log_likelihood, bound = ng.objectives.LogLikelihood, ng.objectives.GeneralizedLinearELBO
    assert repr(log_likelihood(ng.Gamma(), np.ones(7))) == "LogLikelihood(Gamma(), 7 observations)"
    assert repr(log_likelihood(ng.Gamma(), np.ones((7, 3)))).endswith("7 observations, problems of shape (3,))")
    X, y = data("poisson")
    wanted = "GeneralizedLinearELBO(Poisson(), 60 rows, 4 columns and an intercept)"
    assert repr(bound(X, y, "poisson")) == wanted


@BACKENDS
@LIKELIHOODS
def test_the_bound_is_expected_log_likelihood_less_divergence(backend: Any, likelihood: str) -> None:
    X, y = data(likelihood)
    weight = np.random.default_rng(5).random(y.size)
    objective = backend.objectives.GeneralizedLinearELBO(
        X, y, likelihood, prior_precision=[0.5, 1.0, 2.0, 4.0], sample_weight=weight
    )
    theta = some_point(objective)
    standard = objective.family.standard_from_natural(theta)
    design = np.column_stack([X, np.ones(len(X))])
    mean, variance = design @ standard["mean"], np.einsum("ij,jk,ik->i", design, standard["covariance"], design)
    expected = weight @ objective.likelihood.expectations(y, mean, variance).value
    wanted = expected - objective.family.kl_divergence(theta, objective.prior)
    assert objective(theta)[0] == pytest.approx(wanted, rel=1e-12)


@BACKENDS
@LIKELIHOODS
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_gradient_is_that_of_the_value(backend: Any, likelihood: str, fit_intercept: bool) -> None:
    """Central differences along theta, where grad_theta = F grad_mu."""
    X, y = data(likelihood)
    objective = backend.objectives.GeneralizedLinearELBO(X, y, likelihood, fit_intercept=fit_intercept)
    theta = some_point(objective)
    slope = objective.family.fisher_multiply(theta, objective(theta)[1])
    rng = np.random.default_rng(6)
    for _ in range(5):
        direction = rng.normal(size=theta.size)
        step = 1e-5
        difference = (objective(theta + step * direction)[0] - objective(theta - step * direction)[0]) / (2 * step)
        assert slope @ direction == pytest.approx(difference, rel=1e-5)


@BACKENDS
def test_the_prior_is_where_no_data_pull(backend: Any) -> None:
    X, y = data("bernoulli")
    objective = backend.objectives.GeneralizedLinearELBO(X, y, prior_precision=3.0, intercept_prior_precision=0.25)
    standard = objective.family.standard_from_natural(objective.prior)
    np.testing.assert_allclose(standard["mean"], 0)
    np.testing.assert_allclose(standard["covariance"], np.diag([1 / 3] * 4 + [4.0]), rtol=1e-14)


@BACKENDS
def test_one_mirror_step_on_a_gaussian_likelihood_is_the_exact_posterior(backend: Any) -> None:
    X, y = data("gaussian", rows=200, columns=6)
    noise = 0.4
    objective = backend.objectives.GeneralizedLinearELBO(X, y, "gaussian", noise_variance=noise, prior_precision=0.7)
    design = np.column_stack([X, np.ones(len(X))])
    precision = design.T @ design / noise + np.diag([0.7] * 6 + [1e-2])
    start = some_point(objective)
    theta = backend.updates.mirror_descent(objective.family, start, objective(start)[1], 1.0)
    exact = objective.family.natural_from_standard(
        mean=np.linalg.solve(precision, design.T @ y / noise), covariance=np.linalg.inv(precision)
    )
    np.testing.assert_allclose(theta, exact, rtol=1e-12, atol=1e-12 * np.abs(exact).max())
    np.testing.assert_allclose(objective.start(), exact, rtol=1e-12, atol=1e-12 * np.abs(exact).max())
    # There the bound is the log evidence log N(y; 0, noise I + X prior^-1 X^T).
    covariance = noise * np.eye(len(X)) + design / np.diag(np.diag([0.7] * 6 + [1e-2])) @ design.T
    evidence = -0.5 * (
        y @ np.linalg.solve(covariance, y) + np.linalg.slogdet(covariance)[1] + len(y) * np.log(2 * np.pi)
    )
    assert objective(theta)[0] == pytest.approx(evidence, rel=1e-11)


def test_native_and_reference_agree() -> None:
    for likelihood in ("bernoulli", "gaussian", "poisson"):
        X, y = data(likelihood, rows=5003, columns=7)
        pair = [backend.objectives.GeneralizedLinearELBO(X, y, likelihood) for backend in (ng, ng.reference)]
        theta = some_point(pair[0])
        (value, gradient), (wanted, slope) = (objective(theta) for objective in pair)
        assert value == pytest.approx(wanted, rel=1e-12)
        np.testing.assert_allclose(gradient, slope, rtol=1e-10, atol=1e-10 * np.abs(slope).max())
        np.testing.assert_allclose(pair[0].start(), pair[1].start(), rtol=1e-10, atol=1e-10)


def test_the_pass_is_a_sum_over_rows() -> None:
    """More rows than a block, with and without the column of ones, against one product."""
    X, y = data("poisson", rows=9001, columns=3)
    likelihood = ng.reference.objectives.make_likelihood("poisson")
    rng = np.random.default_rng(7)
    root, mean, weight = np.tril(0.1 * rng.normal(size=(4, 4))), 0.1 * rng.normal(size=4), rng.random(len(X))
    design = np.column_stack([X, np.ones(len(X))])
    expected = likelihood.expectations(y, design @ mean, ((design @ root.T) ** 2).sum(axis=1))
    gram = design.T @ (design * (-weight * expected.second)[:, None])
    for got in (
        glm_pass(likelihood, X, y, weight, True, mean, root),
        glm_pass(likelihood, design, y, weight, False, mean, root),
    ):
        assert got[0] == pytest.approx(float(weight @ expected.value), rel=1e-12)
        np.testing.assert_allclose(got[1], design.T @ (weight * expected.first), rtol=1e-11)
        np.testing.assert_allclose(got[2], gram, rtol=1e-11)


def test_a_weight_counts_like_repeated_rows() -> None:
    X, y = data("bernoulli", rows=20)
    times = np.arange(20) % 3
    weighted = ng.objectives.GeneralizedLinearELBO(X, y, sample_weight=times.astype(float))
    repeated = ng.objectives.GeneralizedLinearELBO(np.repeat(X, times, axis=0), np.repeat(y, times))
    theta = some_point(weighted)
    assert weighted(theta)[0] == pytest.approx(repeated(theta)[0], rel=1e-13)
    np.testing.assert_allclose(weighted(theta)[1], repeated(theta)[1], rtol=1e-11, atol=1e-11)


def test_the_divergence_from_the_prior_is_exact_against_mpmath() -> None:
    X, y = data("bernoulli", columns=2)
    objective = ng.reference.objectives.GeneralizedLinearELBO(X, y, prior_precision=[1e-3, 40.0])
    theta = some_point(objective)
    standard = objective.family.standard_from_natural(theta)
    with mp.workdps(40):
        covariance, mean = mp.matrix(standard["covariance"].tolist()), mp.matrix(standard["mean"].tolist())
        prior = [mp.mpf(value) for value in objective.prior_precision]
        trace = sum(prior[k] * (covariance[k, k] + mean[k] ** 2) for k in range(3))
        wanted = (trace - 3 - sum(mp.log(value) for value in prior) - mp.log(mp.det(covariance))) / 2
    design = np.column_stack([X, np.ones(len(X))])
    mean_eta = design @ standard["mean"]
    variance = np.einsum("ij,jk,ik->i", design, standard["covariance"], design)
    found = objective.likelihood.expectations(y, mean_eta, variance).value.sum() - objective(theta)[0]
    assert found == pytest.approx(float(wanted), rel=1e-12)


def test_passes_over_the_data_are_counted() -> None:
    X, y = data("bernoulli")
    objective = ng.objectives.GeneralizedLinearELBO(X, y)
    theta = objective.start()
    objective(theta)
    objective(theta)
    assert objective.passes == 3


@BACKENDS
@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"X": np.zeros(5)}, ValueError, r"X must have shape \(rows, columns\), got shape \(5,\)"),
        ({"X": np.zeros((0, 2)), "y": []}, ValueError, r"X has no rows \(shape \(0, 2\)\)"),
        ({"X": [["a"]] * 4}, TypeError, "X must hold numbers, got dtype <U1"),
        ({"X": [[0, 1], [2, np.nan], [0, 0], [0, 0]]}, ValueError, "X: row 1, column 1 must be finite"),
        ({"X": [[0, 1], [2, 3], [-np.inf, 0], [0, 0]]}, ValueError, "X: row 2, column 0 must be finite"),
        ({"y": [0, 1, 0]}, ValueError, "X has 4 rows, y has 3"),
        ({"y": [0, 1, 0, 7]}, ValueError, "row 3: y must be 0 or 1, got 7"),
        ({"y": ["a", "b", "a", "b"]}, TypeError, "y must hold numbers"),
        ({"prior_precision": 0.0}, ValueError, "prior_precision must be finite and > 0, got 0"),
        ({"prior_precision": [1.0, 2.0, 3.0]}, ValueError, r"number or one per column \(2\), got shape \(3,\)"),
        ({"intercept_prior_precision": -1.0}, ValueError, "intercept_prior_precision must be finite and > 0"),
        ({"sample_weight": [1, 1, 1]}, ValueError, r"sample_weight must have shape \(4,\), got \(3,\)"),
        ({"sample_weight": [1, 1, -1, 1]}, ValueError, "sample_weight: row 2 must be finite and >= 0, got -1"),
        ({"sample_weight": [0, 0, 0, 0]}, ValueError, "sample_weight is zero in every row"),
        ({"likelihood": "probit"}, ValueError, "likelihood must be one of"),
        ({"noise_variance": 1.0}, ValueError, "likelihood 'bernoulli' has no parameter 'noise_variance'"),
        ({"X": np.zeros((4, 0)), "fit_intercept": False}, ValueError, "nothing to fit"),
    ],
)
def test_what_cannot_be_fitted_is_refused(backend: Any, change: dict[str, Any], error: Any, text: str) -> None:
    arguments: dict[str, Any] = {"X": np.arange(8.0).reshape(4, 2), "y": [0, 1, 0, 1], **change}
    with pytest.raises(error, match=text):
        backend.objectives.GeneralizedLinearELBO(**arguments)


@BACKENDS
def test_a_point_that_cannot_be_is_refused(backend: Any) -> None:
    X, y = data("bernoulli", columns=1)
    objective = backend.objectives.GeneralizedLinearELBO(X, y)
    with pytest.raises(ng.DomainError, match="row 0: precision must be positive definite"):
        objective(np.array([0.0, 0.0, 1.0, 0.0, -1.0]))
    with pytest.raises(ValueError, match="theta has shape"):
        objective(np.zeros((2, objective.family.size)))
    with pytest.raises(ValueError, match="its last axis must be 5"):
        objective(np.zeros(4))


def test_no_argument_is_changed() -> None:
    X, y = data("bernoulli")
    weight = np.ones(len(y))
    for array in (X, y, weight):
        array.flags.writeable = False
    objective = ng.objectives.GeneralizedLinearELBO(X, y, sample_weight=weight)
    theta = objective.start()
    theta.flags.writeable = False
    objective(theta)


@pytest.mark.parametrize("module", [ng.objectives, ng.reference.objectives])
def test_a_bound_at_a_point_that_is_not_finite_is_refused(module):
    rng = np.random.default_rng(2)
    elbo = module.GeneralizedLinearELBO(rng.standard_normal((9, 2)), np.arange(9) % 2, "bernoulli")
    for k in range(elbo.family.size):
        for wrong in (np.nan, np.inf):
            theta = elbo.prior.copy()
            theta[k] = wrong
            with pytest.raises(ng.DomainError, match=f"coordinate {k} must be finite, got {wrong}"):
                elbo(theta)
