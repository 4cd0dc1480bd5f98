"""The estimators: scikit-learn's conventions, the posterior they find, and what they refuse."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import natgrad_native as ng
import numpy as np
import pytest
from natgrad_native import _registry
from natgrad_native._native import core

sklearn = pytest.importorskip("sklearn")

from natgrad_native.models import (  # noqa: E402
    BayesianGLM,
    BayesianLinearRegression,
    BayesianLogisticRegression,
    BayesianPoissonRegressor,
)
from sklearn.base import clone, is_classifier, is_regressor  # noqa: E402
from sklearn.datasets import load_breast_cancer  # noqa: E402
from sklearn.exceptions import ConvergenceWarning, NotFittedError  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

# scikit-learn feeds its checks real-valued targets; a Poisson regression here takes counts.
NOT_COUNTS = "the check's target is not a count"
EXPECTED_FAILURES: dict[str, dict[str, str]] = {
    "BayesianPoissonRegressor": dict.fromkeys(
        (
            "check_n_features_in_after_fitting",
            "check_regressors_train",
            "check_regressor_data_not_an_array",
            "check_regressors_no_decision_function",
            "check_fit_idempotent",
            "check_fit_check_is_fitted",
            "check_n_features_in",
        ),
        NOT_COUNTS,
    ),
}


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [
        BayesianLogisticRegression(),
        BayesianLinearRegression(),
        BayesianPoissonRegressor(),
        BayesianGLM("gaussian"),
        BayesianGLM("gaussian", noise_variance=0.5),
    ],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES.get(type(estimator).__name__, {}),
)
def test_the_conventions_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def cancer() -> tuple[Any, Any]:
    X, y = load_breast_cancer(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.fixture(scope="module")
def fitted(cancer: tuple[Any, Any]) -> BayesianLogisticRegression:
    return BayesianLogisticRegression().fit(*cancer)


def test_a_logistic_regression_on_real_data(fitted: Any, cancer: tuple[Any, Any]) -> None:
    X, y = cancer
    assert is_classifier(fitted)
    assert not is_regressor(fitted)
    assert fitted.coef_.shape == (1, 30)
    assert fitted.intercept_.shape == (1,)
    assert fitted.covariance_.shape == (31, 31)
    assert np.linalg.eigvalsh(fitted.covariance_).min() > 0
    assert fitted.score(X, y) > 0.98
    assert fitted.n_iter_ < 30
    family, theta = fitted.posterior_
    standard = family.standard_from_natural(theta)
    np.testing.assert_allclose(standard["mean"], np.append(fitted.coef_, fitted.intercept_))
    np.testing.assert_allclose(standard["covariance"], fitted.covariance_)
    assert fitted.elbo_ == fitted.trace_["fun"][-1]
    assert (np.diff(fitted.trace_["fun"]) > 0).all()


def test_the_default_fit_is_the_optimum_on_real_data(fitted: Any, cancer: tuple[Any, Any]) -> None:
    objective = ng.objectives.GeneralizedLinearELBO(*cancer)
    best = ng.maximize(objective, objective.family, objective.start(), tol=0.0)
    assert 0 <= best.fun - fitted.elbo_ < 1e-6


def test_prediction_integrates_over_the_posterior(fitted: Any, cancer: tuple[Any, Any]) -> None:
    X = cancer[0][:40]
    rng = np.random.default_rng(0)
    weights = rng.multivariate_normal(np.append(fitted.coef_, fitted.intercept_), fitted.covariance_, size=200_000)
    probability = (1 / (1 + np.exp(-(X @ weights[:, :-1].T + weights[:, -1])))).mean(axis=1)
    found = fitted.predict_proba(X)
    np.testing.assert_allclose(found[:, 1], probability, atol=5e-3)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_array_equal(fitted.predict(X), found.argmax(axis=1))
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(found))
    np.testing.assert_allclose(fitted.decision_function(X), X @ fitted.coef_[0] + fitted.intercept_)


def test_with_many_rows_the_mean_is_near_the_mode() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(4000, 3))
    y = rng.random(4000) < 1 / (1 + np.exp(-X @ [1.0, -0.5, 0.2] - 0.4))
    bayes = BayesianLogisticRegression(intercept_prior_precision=1e-6).fit(X, y)
    mode = LogisticRegression(C=1.0, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(bayes.coef_, mode.coef_, atol=2e-3)
    p = mode.predict_proba(X)[:, 1]
    design = np.column_stack([X, np.ones(4000)])
    curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag([1.0, 1.0, 1.0, 1e-6])
    np.testing.assert_allclose(bayes.covariance_, np.linalg.inv(curvature), rtol=0.01, atol=1e-5)


@pytest.mark.parametrize("label", [0, 1, "malignant", True, False])
def test_a_constant_target_is_fitted(label: Any) -> None:
    X = np.random.default_rng(2).normal(size=(50, 3))
    model = BayesianLogisticRegression().fit(X, [label] * 50)
    np.testing.assert_array_equal(model.predict(X), np.array([label] * 50))
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((50, 1)))
    sign = -1 if label in (0, False) else 1
    assert sign * model.intercept_[0] > 1
    assert np.isfinite(model.elbo_)


@pytest.mark.parametrize(
    "estimator", [BayesianLogisticRegression(), BayesianLinearRegression(), BayesianPoissonRegressor()]
)
def test_more_columns_than_rows_is_fitted(estimator: Any) -> None:
    """The optimum is the one found by tiny steps of the plain formula: the gradient vanishes there."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(12, 30)), np.arange(12) % 2
    model = clone(estimator).set_params(tol=1e-12).fit(X, y)
    assert model.covariance_.shape == (31, 31)
    likelihood = type(model).likelihood
    objective = ng.reference.objectives.GeneralizedLinearELBO(X, y, likelihood)
    theta = model.posterior_[1]
    gradient = objective(theta)[1]
    assert 0.5 * gradient @ objective.family.fisher_multiply(theta, gradient) < 1e-10
    # Directions no row points along keep the prior's variance 1.
    null = np.linalg.svd(X)[2][12:]
    np.testing.assert_allclose(null @ model.covariance_[:30, :30] @ null.T, np.eye(18), atol=1e-9)


def test_badly_scaled_columns_are_fitted() -> None:
    rng = np.random.default_rng(4)
    scales = np.logspace(-3, 3, 7)
    X = rng.normal(size=(500, 7))
    y = (rng.random(500) < 1 / (1 + np.exp(-X.sum(axis=1)))).astype(int)
    plain = BayesianLogisticRegression(tol=1e-12).fit(X, y)
    scaled = BayesianLogisticRegression(prior_precision=scales**2, tol=1e-12).fit(X * scales, y)
    assert scaled.elbo_ == pytest.approx(plain.elbo_, rel=1e-9)
    np.testing.assert_allclose(scaled.coef_ * scales, plain.coef_, rtol=1e-4)


def test_linear_regression_is_exact() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(40, 3))
    y = X @ [1.0, 2.0, -1.0] + 0.7 + 0.3 * rng.normal(size=40)
    model = BayesianLinearRegression(noise_variance=0.09, prior_precision=[1.0, 2.0, 3.0]).fit(X, y)
    design = np.column_stack([X, np.ones(40)])
    precision = design.T @ design / 0.09 + np.diag([1.0, 2.0, 3.0, 0.01])
    np.testing.assert_allclose(model.covariance_, np.linalg.inv(precision), rtol=1e-10, atol=1e-14)
    mean = np.linalg.solve(precision, design.T @ y / 0.09)
    np.testing.assert_allclose(np.append(model.coef_, model.intercept_), mean, rtol=1e-10)
    np.testing.assert_allclose(model.predict(X), design @ mean, rtol=1e-9)
    assert model.coef_.shape == (3,)
    assert isinstance(model.intercept_, float)
    same = BayesianGLM("gaussian", noise_variance=0.09, prior_precision=[1.0, 2.0, 3.0]).fit(X, y)
    assert same.elbo_ == model.elbo_


def test_poisson_regression_predicts_the_expected_rate() -> None:
    rng = np.random.default_rng(6)
    X = rng.normal(size=(600, 2))
    y = rng.poisson(np.exp(X @ [0.5, -0.3] + 1.0))
    model = BayesianPoissonRegressor().fit(X, y)
    np.testing.assert_allclose(np.append(model.coef_, model.intercept_), [0.5, -0.3, 1.0], atol=0.1)
    design = np.column_stack([X, np.ones(600)])
    variance = np.einsum("ij,jk,ik->i", design, model.covariance_, design)
    eta = X @ model.coef_ + model.intercept_
    np.testing.assert_allclose(model.predict(X), np.exp(eta + variance / 2), rtol=1e-12)
    assert model.score(X, y) > 0.2


def test_without_intercept() -> None:
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(30, 2)), np.arange(30) % 2
    model = BayesianLogisticRegression(fit_intercept=False).fit(X, y)
    assert model.covariance_.shape == (2, 2)
    np.testing.assert_array_equal(model.intercept_, [0.0])


def test_labels_and_weights(cancer: tuple[Any, Any], fitted: Any) -> None:
    X, y = cancer
    named = BayesianLogisticRegression().fit(X, np.array(["malignant", "benign"])[1 - y])
    np.testing.assert_array_equal(named.classes_, ["benign", "malignant"])
    np.testing.assert_array_equal(named.coef_, fitted.coef_)
    doubled = BayesianLogisticRegression().fit(np.vstack([X, X]), np.append(y, y))
    weighted = BayesianLogisticRegression().fit(X, y, sample_weight=np.full(len(y), 2.0))
    assert weighted.elbo_ == pytest.approx(doubled.elbo_, rel=1e-9)


def test_the_start_may_be_chosen(cancer: tuple[Any, Any], fitted: Any) -> None:
    prior = BayesianLogisticRegression(start="prior").fit(*cancer)
    assert prior.elbo_ == pytest.approx(fitted.elbo_, abs=1e-6)
    again = BayesianLogisticRegression(start=fitted.posterior_[1]).fit(*cancer)
    assert again.n_iter_ < fitted.n_iter_ / 3
    with pytest.raises(ValueError, match="start must be 'curvature', 'prior' or an array"):
        BayesianLogisticRegression(start="zero").fit(*cancer)


def test_a_fit_that_has_not_converged_warns(cancer: tuple[Any, Any]) -> None:
    with pytest.warns(ConvergenceWarning, match="BayesianLogisticRegression: stopped at max_iter"):
        model = BayesianLogisticRegression(max_iter=2).fit(*cancer)
    assert model.n_iter_ == 2


def test_parameters_of_the_likelihood_are_parameters_of_the_estimator() -> None:
    model = clone(BayesianGLM("gaussian", noise_variance=0.3))
    assert model.get_params()["noise_variance"] == 0.3
    assert model.set_params(noise_variance=0.5, tol=1e-6).get_params()["noise_variance"] == 0.5
    assert "noise_variance=0.5" in repr(model)
    with pytest.raises(ValueError, match="Invalid parameter 'degrees'"):
        model.set_params(degrees=3)
    plain = BayesianGLM("gaussian").set_params(noise_variance=3.0)
    assert plain.noise_variance == 3.0
    assert BayesianGLM().set_params(likelihood="gaussian", noise_variance=3.0).get_params() == plain.get_params()
    with pytest.raises(TypeError, match="unexpected keyword argument 'degrees'"):
        BayesianGLM("gaussian", degrees=3)


def test_parameters_of_the_likelihood_can_be_searched() -> None:
    rng = np.random.default_rng(9)
    X = rng.normal(size=(40, 2))
    y = X @ [1.0, -1.0] + rng.normal(size=40)
    for estimator in (BayesianGLM("gaussian"), BayesianLinearRegression()):
        search = GridSearchCV(estimator, {"noise_variance": [0.5, 2.0]}, cv=2).fit(X, y)
        assert search.best_params_["noise_variance"] in (0.5, 2.0)


def test_the_constructor_shows_what_can_be_given() -> None:
    shared = {name for name in inspect.signature(BayesianGLM).parameters if name != "likelihood"} - {"noise_variance"}
    assert {"prior_precision", "fit_intercept", "rule", "tol", "max_iter", "start", "progress"} <= shared
    for kind, own in (
        (BayesianLogisticRegression, {}),
        (BayesianPoissonRegressor, {}),
        (BayesianLinearRegression, {"noise_variance": 1.0}),
    ):
        assert isinstance(kind(), BayesianGLM)
        parameters = inspect.signature(kind).parameters
        assert parameters.keys() == shared | own.keys() == kind().get_params().keys()
        assert {name: parameters[name].default for name in own} == own
        with pytest.raises(TypeError, match=f"{kind.__name__}: got an unexpected keyword argument 'likelihood'"):
            kind(likelihood="gaussian")


def test_every_likelihood_has_its_parameters_in_the_general_estimator() -> None:
    known = inspect.signature(BayesianGLM).parameters
    for name in _registry.names("likelihood"):
        assert set(core.likelihood_parameters(name)) <= known.keys()


def test_a_fit_pickles(fitted: Any, cancer: tuple[Any, Any]) -> None:
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(cancer[0]), fitted.predict_proba(cancer[0]))


def test_data_frames_keep_their_names() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(8)
    frame = pandas.DataFrame(rng.normal(size=(30, 2)), columns=["age", "dose"])
    model = BayesianLogisticRegression().fit(frame, np.arange(30) % 2)
    np.testing.assert_array_equal(model.feature_names_in_, ["age", "dose"])


@pytest.mark.parametrize(
    ("estimator", "X", "y", "error", "text"),
    [
        (BayesianLogisticRegression(), [[0.0], [1.0], [2.0]], [0, 1, 2], ValueError, "y has 3 classes. Only binary"),
        (BayesianLogisticRegression(), [[0.0], [np.nan]], [0, 1], ValueError, "X: row 1, column 0 must be finite"),
        (BayesianLogisticRegression(), [["a"], ["b"]], [0, 1], ValueError, "could not convert string to float"),
        (BayesianLogisticRegression(), np.zeros((0, 2)), [], ValueError, "Found array with 0 sample"),
        (BayesianLogisticRegression(), np.zeros((3, 2)), [0, 1], ValueError, "inconsistent numbers of samples"),
        (BayesianGLM(), [[0.0], [1.0]], [0, 2], ValueError, "Bernoulli target: row 1: y must be 0 or 1, got 2"),
        (BayesianGLM(), [[0.0], [1.0]], np.array(["a", "b"]), TypeError, "y must hold numbers"),
        (BayesianLinearRegression(), [[0.0], [1.0]], ["a", "b"], TypeError, "y must hold numbers"),
        (BayesianPoissonRegressor(), [[0.0], [1.0]], [1, -2], ValueError, "row 1: y must be >= 0, got -2"),
        (BayesianGLM("probit"), [[0.0], [1.0]], [0, 1], ValueError, "likelihood must be one of"),
        (BayesianGLM("poisson", noise_variance=1.0), [[0.0], [1.0]], [0, 1], ValueError, "no parameter 'noise_var"),
        (
            BayesianGLM("gaussian", noise_variance=-1.0),
            [[0.0], [1.0]],
            [0, 1],
            ValueError,
            "noise_variance must be",
        ),
        (BayesianGLM("gaussian", noise_variance=[1, 2]), [[0.0], [1.0]], [0, 1], TypeError, "BayesianGLM: noise_varia"),
        (BayesianLinearRegression(noise_variance="a"), [[0.0], [1.0]], [0, 1], TypeError, "must be a number, got 'a'"),
        (BayesianLinearRegression(tol="a"), [[0.0], [1.0]], [0, 1], TypeError, "Regression: tol must be a number"),
        (
            BayesianLogisticRegression(prior_precision="a"),
            [[0.0], [1.0]],
            [0, 1],
            TypeError,
            "BayesianLogisticRegression: prior_precision must be a number > 0, or one per column, got 'a'",
        ),
        (
            BayesianLogisticRegression(prior_precision=[1.0, 2.0]),
            [[0.0], [1.0]],
            [0, 1],
            ValueError,
            r"BayesianLogisticRegression: prior_precision must be a number or one per column \(1\)",
        ),
        (
            BayesianPoissonRegressor(intercept_prior_precision=[1.0]),
            [[0.0], [1.0]],
            [0, 1],
            TypeError,
            r"BayesianPoissonRegressor: intercept_prior_precision must be a number, got \[1.0\]",
        ),
        (BayesianGLM(fit_intercept="no"), [[0.0], [1.0]], [0, 1], TypeError, "fit_intercept must be True or False"),
        (BayesianGLM(fit_intercept=None), [[0.0], [1.0]], [0, 1], TypeError, "fit_intercept must be True or False"),
        (BayesianLogisticRegression(prior_precision=0.0), [[0.0], [1.0]], [0, 1], ValueError, "prior_precision must"),
        (BayesianLogisticRegression(rule="adam"), [[0.0], [1.0]], [0, 1], ValueError, "rule must be one of"),
    ],
)
def test_what_cannot_be_fitted_is_refused(estimator: Any, X: Any, y: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        estimator.fit(X, y)


def test_weights_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(TypeError, match="BayesianGLM: sample_weight must be None or one number >= 0 per row, got 'bal"):
        BayesianGLM().fit([[0.0], [1.0]], [0, 1], sample_weight="balanced")


@pytest.mark.parametrize(
    "estimator", [BayesianLogisticRegression(), BayesianLinearRegression(), BayesianPoissonRegressor()]
)
def test_columns_of_any_scale_are_fitted_or_named(estimator: Any) -> None:
    rng = np.random.default_rng(10)
    X, y = rng.normal(size=(60, 3)), np.arange(60) % 2
    model = clone(estimator).fit(X * [1.0, 1.0, 1e145], y)
    assert np.isfinite(model.covariance_).all()
    for scale in (1e152, 1e160, 1e307):
        with pytest.raises(ValueError, match=rf"{type(model).__name__}: X: column 1 is too large: its entries reach"):
            clone(estimator).fit(X * [1.0, scale, 1.0], y)


def test_a_prediction_keeps_its_value_up_to_where_it_is_refused() -> None:
    rng = np.random.default_rng(11)
    X = rng.normal(size=(60, 3))
    y = X[:, 0] + 0.1 * rng.normal(size=60) > 0
    model = BayesianLogisticRegression().fit(X, y)
    limit = model.predict_proba([[1e20, 0.0, 0.0]])
    assert limit[0, 1] > 0.9
    for scale in (1e100, 1e153):
        np.testing.assert_allclose(model.predict_proba([[scale, 0.0, 0.0]]), limit, rtol=1e-12)
    for scale in (1e155, 1e300):
        with pytest.raises(ValueError, match="Regression: X: row 1 is too large: the variance of its linear predictor"):
            model.predict_proba([[1.0, 0.0, 0.0], [scale, 0.0, 0.0]])
        assert model.predict([[scale, 0.0, 0.0]])[0]
    rates = BayesianPoissonRegressor().fit(X, y)
    with pytest.raises(ValueError, match=r"BayesianPoissonRegressor: X: row 0 is too large: E\[y \| x\] overflows"):
        rates.predict([[1e6, 0.0, 0.0]])


def test_prediction_needs_a_fit_and_the_same_columns(fitted: Any) -> None:
    with pytest.raises(NotFittedError):
        BayesianPoissonRegressor().predict([[0.0]])
    with pytest.raises(ValueError, match="X has 2 features"):
        fitted.predict(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="X: row 2, column 1 must be finite"):
        fitted.predict_proba(np.where(np.arange(90).reshape(3, 30) == 61, np.nan, 0.0))


def test_a_subclass_keeps_a_constructor_of_its_own():
    class Own(BayesianGLM, likelihood="poisson"):
        def __init__(self, extra=1):
            super().__init__("poisson")
            self.extra = extra

    assert Own(extra=2).extra == 2
    assert Own().likelihood == "poisson"
