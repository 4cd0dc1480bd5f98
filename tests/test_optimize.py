"""The one loop: what it reaches, how it steps, when it stops and what it says."""

from __future__ import annotations

import sys
from typing import Any

import natgrad_native as ng
import numpy as np
import pytest
from natgrad_native import _backtracking, _curvature

BACKENDS = pytest.mark.parametrize("backend", [ng, ng.reference], ids=["native", "reference"])
RULES = ["gradient_descent", "natural_gradient", "mirror_descent"]
CONVERGED, LIMIT, STOPPED, NOT_FINITE, NO_STEP, TOO_SMALL = range(6)


def logistic(backend: Any = ng, rows: int = 80, columns: int = 3, scale: float = 2.0, seed: int = 0) -> Any:
    """A small logistic regression that the undamped step overshoots."""
    rng = np.random.default_rng(seed)
    X = scale * rng.normal(size=(rows, columns))
    y = (rng.random(rows) < 1 / (1 + np.exp(-X @ rng.normal(size=columns)))).astype(float)
    return backend.objectives.GeneralizedLinearELBO(X, y)


def gamma_fits(backend: Any = ng, problems: int = 5) -> tuple[Any, Any, Any]:
    """Maximum likelihood of several Gammas, from one start: family, objective and theta (problems, 2)."""
    rng = np.random.default_rng(1)
    family = backend.Gamma()
    objective = backend.objectives.LogLikelihood(
        family, rng.gamma(np.geomspace(0.5, 20, problems), 2.0, (200, problems))
    )
    return family, objective, np.tile(family.natural_from_standard(shape=1.0, rate=1.0), (problems, 1))


class Quadratic:
    """L = -|theta - target|^2 / 2 in natural coordinates; `log` holds the rows of every call."""

    def __init__(self, target: Any) -> None:
        self.target, self.log = np.asarray(target, dtype=float), []

    def __call__(self, theta: Any) -> tuple[Any, Any]:
        difference = self.target - theta
        return -0.5 * (difference**2).sum(axis=-1), difference


class QuadraticRows(Quadratic):
    def __call__(self, theta: Any, rows: Any) -> tuple[Any, Any]:  # type: ignore[override]
        self.log.append(rows.copy())
        difference = self.target.reshape(-1, theta.shape[-1])[rows] - theta
        return -0.5 * (difference**2).sum(axis=-1), difference


@BACKENDS
@pytest.mark.parametrize("rule", RULES)
def test_backtracking_never_lets_the_objective_fall(backend: Any, rule: str) -> None:
    objective = logistic(backend)
    result = backend.maximize(objective, objective.family, objective.prior, rule=rule, max_iter=60)
    values = np.append(objective(objective.prior)[0], result.trace["fun"])
    assert (np.diff(values) > 0).all()
    assert result.fun == values[-1] == objective(result.x)[0]
    assert objective.family.in_natural_domain(result.x)
    np.testing.assert_allclose(result.mean, objective.family.mean_from_natural(result.x))


@BACKENDS
@pytest.mark.parametrize("start", ["prior", "start"])
def test_the_optimum_is_stationary(backend: Any, start: str) -> None:
    objective = logistic(backend)
    theta = objective.prior if start == "prior" else objective.start()
    result = backend.maximize(objective, objective.family, theta, tol=1e-14)
    assert (result.success, result.status) == (True, CONVERGED)
    slope = objective.family.fisher_multiply(result.x, objective(result.x)[1])
    # <g, F^-1 g> / 2 is the KL still to go.
    assert 0.5 * slope @ objective(result.x)[1] < 1e-12
    nearby = result.x + 1e-3 * np.random.default_rng(0).normal(size=result.x.size)
    assert objective(nearby)[0] < result.fun


def test_the_fits_agree_however_they_are_reached() -> None:
    objective = logistic()
    best = ng.maximize(objective, objective.family, objective.start(), tol=0.0)
    assert best.success  # at the floor of rounding
    for arguments in (
        {"rule": "natural_gradient"},
        {"step_size": 0.3},
        {"step_size": lambda t: 1.0 / (1.0 + 0.2 * t), "max_iter": 3000},
    ):
        result = ng.maximize(objective, objective.family, objective.prior, **{"tol": 1e-12, **arguments})
        assert result.success, arguments
        assert best.fun - result.fun == pytest.approx(0, abs=1e-8)


@BACKENDS
def test_natural_gradient_and_mirror_descent_take_the_same_path(backend: Any) -> None:
    objective = logistic(backend)
    paths = [
        backend.maximize(objective, objective.family, objective.prior, rule=rule, return_iterates=True, max_iter=12)
        for rule in ("natural_gradient", "mirror_descent")
    ]
    one, two = (path.iterates for path in paths)
    assert one.shape == (13, objective.family.size)
    np.testing.assert_array_equal(one[0], objective.prior)
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9 * np.abs(one).max())


@BACKENDS
def test_one_mirror_step_lands_on_a_conjugate_optimum(backend: Any) -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    objective = backend.objectives.GeneralizedLinearELBO(X, y, "gaussian", noise_variance=0.2)
    exact = objective.start()
    result = backend.maximize(objective, objective.family, objective.prior, step_size=1.0, max_iter=1)
    np.testing.assert_allclose(result.x, exact, rtol=1e-12, atol=1e-12 * np.abs(exact).max())
    # Backtracking finds that step by itself, from a start that is far too wide and from one far too narrow.
    for theta in (objective.prior * 1e-6, objective.prior * 1e6):
        result = backend.maximize(objective, objective.family, theta)
        assert result.nit <= 2
        np.testing.assert_allclose(result.x, exact, rtol=1e-9, atol=1e-9 * np.abs(exact).max())


@BACKENDS
@pytest.mark.parametrize("rule", ["natural_gradient", "mirror_descent"])
def test_a_batch_reaches_the_maximum_likelihood_fits(backend: Any, rule: str) -> None:
    family, objective, theta = gamma_fits(backend)
    result = backend.maximize(objective, family, theta, rule=rule, tol=1e-20)
    assert result.success.shape == result.fun.shape == result.nit.shape == (5,)
    assert result.success.all()
    np.testing.assert_allclose(result.x, family.natural_from_mean(objective.mean_statistics), rtol=1e-7)
    assert result.trace["fun"].shape == result.trace["kl"].shape == (result.nit.max(), 5)
    assert result.trace["seconds"].shape == (result.nit.max(),)


@BACKENDS
@pytest.mark.parametrize("step_size", ["backtracking", 0.7])
def test_rows_of_a_batch_do_not_know_each_other(backend: Any, step_size: Any) -> None:
    family, objective, theta = gamma_fits(backend)
    together = backend.maximize(objective, family, theta, step_size=step_size)
    assert len(set(together.nit.tolist())) > 1
    for row in range(len(theta)):

        def alone(point: Any, row: int = row) -> tuple[Any, Any]:
            value, gradient = objective(point[None], np.array([row]))
            return value[0], gradient[0]

        single = backend.maximize(alone, family, theta[row], step_size=step_size)
        np.testing.assert_allclose(single.x, together.x[row], rtol=1e-12)
        assert (single.nit, single.status) == (together.nit[row], together.status[row])
        taken = together.trace["step_size"][:, row]
        np.testing.assert_array_equal(single.trace["step_size"], taken[taken > 0])


def test_a_converged_row_is_neither_evaluated_nor_moved_again() -> None:
    family = ng.Poisson()
    objective = QuadraticRows([[0.0], [3.0], [-2.0]])
    start = np.array([[0.0], [-1.0], [-2.0 + 1e-9]])
    result = ng.maximize(objective, family, start, rule="gradient_descent", step_size=0.5, tol=1e-10)
    assert result.success.all()
    np.testing.assert_array_equal(result.nfev, [sum(row in rows for rows in objective.log) for row in range(3)])
    assert result.nfev[0] == 2
    assert result.nfev[1] > 5
    assert (result.trace["step_size"][1:, 0] == 0).all()
    np.testing.assert_array_equal(result.x[0], start[0])


def test_an_objective_without_rows_sees_the_whole_batch() -> None:
    objective = Quadratic([[[0.0], [3.0]], [[-2.0], [0.5]]])
    result = ng.maximize(objective, ng.Poisson(), np.ones((2, 2, 1)), rule="natural_gradient")
    assert result.x.shape == (2, 2, 1)
    assert result.fun.shape == result.status.shape == (2, 2)
    np.testing.assert_allclose(result.x, objective.target, atol=1e-3)
    assert result.message.startswith("4 of 4 rows converged")


def test_an_empty_batch_is_a_result() -> None:
    result = ng.maximize(Quadratic(np.zeros((0, 1))), ng.Poisson(), np.zeros((0, 1)))
    assert result.x.shape == (0, 1)
    assert result.fun.shape == (0,)


@pytest.mark.parametrize("rule", RULES)
def test_the_gradient_may_be_given_in_either_coordinates(rule: str) -> None:
    family, objective, theta = gamma_fits()

    def in_mean(point: Any) -> tuple[Any, Any]:
        value, gradient = objective(point)
        return value, family.fisher_solve(point, gradient)

    in_mean.gradient_in = "mean"  # type: ignore[attr-defined]
    arguments: dict[str, Any] = {"rule": rule, "max_iter": 6}
    one, two = (ng.maximize(call, family, theta, **arguments) for call in (objective, in_mean))
    np.testing.assert_allclose(one.x, two.x, rtol=1e-9)


def test_minimize_keeps_the_sign_of_the_caller() -> None:
    objective = Quadratic([1.5])

    def loss(theta: Any) -> tuple[Any, Any]:
        value, gradient = objective(theta)
        return -value, -gradient

    seen: list[float] = []
    low = ng.minimize(loss, ng.Poisson(), [0.0], callback=lambda state: seen.append(state.fun))
    high = ng.maximize(objective, ng.Poisson(), [0.0])
    np.testing.assert_array_equal(low.x, high.x)
    assert low.fun == -high.fun >= 0
    assert (np.diff(low.trace["fun"]) < 0).all()
    np.testing.assert_array_equal(seen, low.trace["fun"])


def test_a_given_step_that_would_leave_the_domain_is_shortened_and_recorded() -> None:
    family = ng.Exponential()  # theta = -rate < 0

    def upwards(theta: Any) -> tuple[Any, Any]:
        return theta[..., 0], np.ones_like(theta)

    result = ng.maximize(upwards, family, [-1.0], rule="gradient_descent", step_size=3.0, max_iter=2)
    np.testing.assert_array_equal(result.trace["step_size"], [0.75, 0.1875])
    np.testing.assert_array_equal(result.x, [-0.0625])


def test_a_schedule_counts_from_one() -> None:
    asked: list[int] = []

    def schedule(t: int) -> float:
        asked.append(t)
        return 1 / t

    result = ng.maximize(Quadratic([2.0]), ng.Poisson(), [0.0], rule="gradient_descent", step_size=schedule, max_iter=4)
    assert asked[0] == 1
    np.testing.assert_allclose(result.trace["step_size"], [1 / t for t in asked][: result.nit])
    with pytest.raises(ValueError, match=r"step_size must be finite and > 0, got -1\.0 at iteration 1"):
        ng.maximize(Quadratic([2.0]), ng.Poisson(), [0.0], step_size=lambda t: -1.0)


def test_max_iter_and_its_message() -> None:
    objective = logistic()
    result = ng.maximize(objective, objective.family, objective.prior, max_iter=2)
    assert (result.success, result.status, result.nit) == (False, LIMIT, 2)
    assert "max_iter" in result.message
    nothing = ng.maximize(objective, objective.family, objective.prior, max_iter=0)
    assert (nothing.nit, nothing.status) == (0, LIMIT)
    np.testing.assert_array_equal(nothing.x, objective.prior)


def test_a_callback_sees_the_run_and_stops_it() -> None:
    objective = logistic()
    seen: list[Any] = []

    def callback(state: Any) -> bool:
        seen.append(state)
        return len(seen) == 3

    result = ng.maximize(objective, objective.family, objective.prior, callback=callback)
    assert (result.status, result.nit, result.success) == (STOPPED, 3, False)
    assert "callback" in result.message
    assert [state.nit for state in seen] == [1, 2, 3]
    np.testing.assert_array_equal([state.fun for state in seen], result.trace["fun"])
    np.testing.assert_array_equal(seen[-1].x, result.x)


@pytest.mark.parametrize("bad", ["value", "gradient"])
def test_a_given_step_onto_a_bad_value_returns_the_last_good_point(bad: str) -> None:
    def objective(theta: Any) -> tuple[Any, Any]:
        wrong = theta[0] > 1.2
        value = np.nan if wrong and bad == "value" else theta[0]
        return value, np.array([np.inf if wrong and bad == "gradient" else 1.0])

    result = ng.maximize(objective, ng.Poisson(), [0.0], rule="gradient_descent", step_size=0.5)
    assert (result.status, result.success) == (NOT_FINITE, False)
    np.testing.assert_array_equal(result.x, [1.0])
    assert "not finite" in result.message
    # Backtracking stays on the good side.
    result = ng.maximize(objective, ng.Poisson(), [0.0], max_iter=30)
    assert 1.0 < result.x[0] <= 1.2
    assert result.status in (LIMIT, TOO_SMALL)


def test_a_bad_start_is_reported_for_its_row_only() -> None:
    def objective(theta: Any) -> tuple[Any, Any]:
        value, gradient = Quadratic([[1.0], [1.0]])(theta)
        return np.where([True, False], value, np.nan), gradient

    result = ng.maximize(objective, ng.Poisson(), np.zeros((2, 1)))
    np.testing.assert_array_equal(result.status, [CONVERGED, NOT_FINITE])
    np.testing.assert_array_equal(result.x[1], [0.0])
    assert "1 of 2 rows the objective, its gradient, or the direction found from it is not finite" in result.message


def test_a_wrong_gradient_is_not_called_convergence() -> None:
    def objective(theta: Any) -> tuple[Any, Any]:
        value, gradient = Quadratic([1.0])(theta)
        return value, -gradient

    result = ng.maximize(objective, ng.Poisson(), [0.0])
    assert (result.status, result.nit, result.success) == (NO_STEP, 0, False)
    assert "check the gradient" in result.message
    assert result.trace["fun"].shape == (0,)


def test_a_start_at_the_optimum_has_converged() -> None:
    result = ng.maximize(Quadratic([1.0]), ng.Poisson(), [1.0])
    assert (result.status, result.nit, result.fun) == (CONVERGED, 0, 0.0)


def test_a_short_step_is_not_taken_for_convergence() -> None:
    """From the prior the first step here is tiny: its KL is below tol, but a full step's is not."""
    objective = logistic(scale=30.0)
    loose = ng.maximize(objective, objective.family, objective.prior, tol=1e-6)
    best = ng.maximize(objective, objective.family, objective.start(), tol=1e-14)
    assert loose.success
    assert best.fun - loose.fun < 1e-4
    result = ng.maximize(objective, objective.family, objective.prior, rule="gradient_descent", max_iter=5, tol=1e-2)
    assert result.status == LIMIT
    assert result.trace["kl"][-1] < 1e-2


def test_float32_stays_float32() -> None:
    family, objective, theta = gamma_fits()
    result = ng.maximize(objective, family, theta.astype(np.float32))
    assert result.x.dtype == result.mean.dtype == np.float32
    assert result.success.all()
    # The log likelihood is flat to float32's rounding within sqrt(4 eps |L|) of the shape, some parts in a thousand.
    np.testing.assert_allclose(result.x, family.natural_from_mean(objective.mean_statistics), rtol=5e-3)


def test_no_argument_is_changed() -> None:
    _, objective, theta = gamma_fits()
    theta.flags.writeable = False
    before = theta.copy()
    ng.maximize(objective, ng.Gamma(), theta, max_iter=3)
    np.testing.assert_array_equal(theta, before)


@BACKENDS
def test_many_starts_fit_one_data_set(backend: Any) -> None:
    family = backend.Gamma()
    x = family.sample([3.0, -2.0], 500, np.random.default_rng(0))
    objective = backend.objectives.LogLikelihood(family, x)
    result = backend.maximize(objective, family, [[1.0, -1.0], [2.0, -3.0], [0.1, -0.1]], tol=1e-16)
    assert result.success.tolist() == [True] * 3
    np.testing.assert_allclose(result.x, np.tile(family.maximum_likelihood(x), (3, 1)), rtol=1e-6)


@BACKENDS
def test_the_start_is_broadcast_to_the_problems(backend: Any) -> None:
    family = backend.Gamma()
    x = family.sample(np.array([[3.0, -2.0], [50.0, -1.0], [1.0, -100.0]]), 300, np.random.default_rng(0))
    objective = backend.objectives.LogLikelihood(family, x)
    for shape in ((2,), (1, 2), (2, 1, 2)):
        start = np.broadcast_to([1.0, -1.0], shape)
        result = backend.maximize(objective, family, start, tol=1e-16)
        wanted = np.broadcast_to(family.maximum_likelihood(x), np.broadcast_shapes(shape, (3, 2)))
        assert result.x.shape == wanted.shape
        assert result.success.shape == wanted.shape[:-1]
        np.testing.assert_allclose(result.x, wanted, rtol=1e-6)
    text = r"maximize: the batch axes of theta \(2,\) do not broadcast with those of the objective \(3,\)"
    with pytest.raises(ValueError, match=text):
        backend.maximize(objective, family, np.broadcast_to([1.0, -1.0], (2, 2)))


@pytest.mark.filterwarnings("error")
@BACKENDS
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("step_size", ["backtracking", 1.0])
def test_a_run_that_diverges_ends_with_a_status_and_the_last_good_point(
    backend: Any, rule: str, step_size: Any
) -> None:
    """L = theta_0 has no maximum; along the run F^-1 overflows before L does."""
    family = backend.Gamma()

    def unbounded(theta: Any) -> tuple[Any, Any]:
        return theta[0], np.array([1.0, 0.0])

    result = backend.maximize(unbounded, family, [1.0, -1.0], rule=rule, step_size=step_size)
    assert not result.success
    assert result.status in {LIMIT, NOT_FINITE, TOO_SMALL}
    assert result.status == NOT_FINITE or rule != "mirror_descent"
    assert family.in_natural_domain(result.x)
    assert result.fun == result.x[0] > 10
    objective = backend.objectives.LogLikelihood(family, [1.0, 2.0, 4.0])
    assert not backend.minimize(objective, family, [1.0, -1.0], rule=rule, step_size=step_size).success


def test_a_row_that_diverges_leaves_the_others_alone() -> None:
    def objective(theta: Any, rows: Any) -> tuple[Any, Any]:
        runaway = rows == 1
        value, gradient = Quadratic([2.0, -3.0])(np.where(runaway[:, None], 1.0, theta))
        return np.where(runaway, theta[:, 0], value), np.where(runaway[:, None], [1.0, 0.0], gradient)

    start = np.tile([1.0, -1.0], (4, 1))
    result = ng.maximize(objective, ng.Gamma(), start)
    np.testing.assert_array_equal(result.status, [CONVERGED, NOT_FINITE, CONVERGED, CONVERGED])
    alone = ng.maximize(Quadratic([2.0, -3.0]), ng.Gamma(), start[0])
    np.testing.assert_allclose(result.x[[0, 2, 3]], np.tile(alone.x, (3, 1)), rtol=1e-9)


@BACKENDS
@pytest.mark.parametrize("step_size", ["backtracking", 1.0])
def test_a_step_that_stays_outside_however_short_is_a_status(backend: Any, step_size: Any) -> None:
    """The precision that the first steps from this prior ask for is singular in floats."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(10, 12)) * 4
    objective = backend.objectives.GeneralizedLinearELBO(X, rng.poisson(np.exp(0.1 * X[:, 0])), "poisson")
    result = backend.maximize(objective, objective.family, objective.prior, step_size=step_size, max_iter=50)
    assert result.status in {LIMIT, NOT_FINITE, TOO_SMALL}
    assert np.isfinite(result.fun)
    assert objective.family.in_natural_domain(result.x)


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_whose_last_gains_are_below_rounding_has_converged(seed: int) -> None:
    family = ng.Poisson()
    x = family.sample([np.log(1e6)], 2000, np.random.default_rng(seed))
    result = ng.maximize(ng.objectives.LogLikelihood(family, x), family, [0.0])
    assert result.success
    np.testing.assert_allclose(result.x, family.maximum_likelihood(x), atol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_a_conjugate_fit_far_from_the_origin_has_converged(seed: int) -> None:
    """Rounding of theta alone costs some 1e-5 nats here."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(100, 3))
    y = X @ [1.0, 2.0, 3.0] + rng.normal(size=100)
    objective = ng.objectives.GeneralizedLinearELBO(X + 1e6, y, "gaussian", noise_variance=1.0)
    assert ng.maximize(objective, objective.family, objective.start()).success


def test_gradient_descent_that_crawls_does_not_blame_the_gradient() -> None:
    """F has eigenvalues some 1e14 apart: the steps it allows gain less than the objective can show."""
    family = ng.Gamma()
    x = np.random.default_rng(0).gamma(1e4, 1e3, 1000)
    objective = ng.objectives.LogLikelihood(family, x)
    result = ng.maximize(objective, family, [1.0, -1.0], rule="gradient_descent")
    assert (result.status, result.success) == (TOO_SMALL, False)
    assert "too small" in result.message
    assert ng.maximize(objective, family, [1.0, -1.0]).success


@pytest.mark.parametrize("factor", [-1.0, -1e-3, -1e3])
@pytest.mark.parametrize("rule", RULES)
def test_a_gradient_of_the_wrong_sign_is_blamed_whatever_its_length(rule: str, factor: float) -> None:
    family, objective, theta = gamma_fits(problems=1)

    def wrong(point: Any) -> tuple[Any, Any]:
        value, gradient = objective(point)
        return value, factor * gradient

    assert ng.maximize(wrong, family, theta, rule=rule).status.tolist() == [NO_STEP]


@pytest.mark.parametrize("seed", [5, 0, 1, 2])
def test_more_columns_than_rows_converge_within_a_hundred_steps(seed: int) -> None:
    """The curvature of this ELBO along its own steps spans a factor of 66 to some hundreds."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(10, 200))
    y = rng.poisson(np.exp(0.5 * X[:, 0]))
    # The posterior of the weights outside the span of the rows is the prior: their coordinates in it are enough.
    objective = ng.objectives.GeneralizedLinearELBO(np.linalg.qr(X.T)[1].T, y, "poisson")
    result = ng.maximize(objective, objective.family, objective.start(), max_iter=100)
    assert result.success
    best = ng.maximize(objective, objective.family, result.x, tol=1e-14)
    assert best.fun - result.fun < 1e-5
    assert (np.diff(result.trace["fun"]) > 0).all()


def test_an_interrupt_propagates() -> None:
    def objective(theta: Any) -> tuple[Any, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ng.maximize(objective, ng.Poisson(), [0.0])


def test_the_progress_bar_shows_iterations_and_the_value_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    objective = logistic()
    result = ng.maximize(objective, objective.family, objective.prior, progress=True)
    shown = capsys.readouterr().err
    assert f"{result.nit}/1000" in shown
    assert "ELBO=" in shown
    ng.maximize(Quadratic([1.0]), ng.Poisson(), [0.0], progress=True)
    assert "objective=" in capsys.readouterr().err


def test_the_progress_bar_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r'pip install "natgrad_native\[app\]"'):
        ng.maximize(Quadratic([1.0]), ng.Poisson(), [0.0], progress=True)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (
            {"objective": None},
            TypeError,
            r"maximize: objective must be a callable theta -> \(value, gradient\), got No",
        ),
        ({"objective": min}, TypeError, r"maximize: objective must return \(value, gradient\), got float64"),
        (
            {"objective": lambda theta: (1.0, np.array([1.0, None]))},
            TypeError,
            "maximize: objective's gradient must hold real numbers, got dtype object",
        ),
        ({"family": None}, TypeError, r"maximize: family must be an instance such as .*Gamma\(\), got NoneType"),
        ({"family": ng.Gamma}, TypeError, "maximize: family must be an instance .* got the class Gamma"),
        ({"callback": 1}, TypeError, "maximize: callback must be callable or None, got int"),
        ({"tol": "a"}, TypeError, "maximize: tol must be a number >= 0, got 'a'"),
        ({"step_size": None}, TypeError, "maximize: step_size must be a number, a schedule or .*, got None"),
        ({"step_size": lambda t: None}, TypeError, "maximize: step_size must be .*, got None at iteration 1"),
        ({"theta": [[1.0, -1.0], [1.0, 1.0]]}, ng.DomainError, "^maximize: theta row 1: rate must be > 0, got -1"),
        ({"theta": [1.0, -1.0, 0.0]}, ValueError, "^maximize: theta has shape .* its last axis must be 2"),
        ({"theta": [1.0, 1.0]}, ng.DomainError, "row 0: rate must be > 0, got -1"),
        ({"theta": ["a", "b"]}, TypeError, "dtype"),
        ({"rule": "adam"}, ValueError, r"rule must be one of .*gradient_descent, .*; got 'adam'"),
        ({"step_size": "armijo"}, ValueError, "a schedule or 'backtracking', got 'armijo'"),
        ({"step_size": 0.0}, ValueError, "step_size must be finite and > 0, got 0"),
        ({"step_size": np.nan}, ValueError, "step_size must be finite and > 0, got nan"),
        ({"tol": -1.0}, ValueError, "tol must be finite and >= 0"),
        ({"max_iter": 2.5}, ValueError, "max_iter must be an integer >= 0, got 2.5"),
        (
            {"objective": lambda theta: 1.0},
            TypeError,
            r"maximize: objective must return \(value, gradient\), got float",
        ),
        ({"objective": lambda theta: (1.0, np.ones(3))}, ValueError, r"gradient of shape \(3,\); 1 values"),
        ({"objective": lambda theta: (np.ones(2), np.ones(2))}, ValueError, r"value of shape \(2,\)"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], error: Any, text: str) -> None:
    arguments: dict[str, Any] = {"objective": Quadratic([2.0, -1.0]), "family": ng.Gamma(), "theta": [1.0, -1.0]}
    with pytest.raises(error, match=text):
        ng.maximize(**{**arguments, **change})


def test_gradient_in_must_be_known() -> None:
    objective = Quadratic([1.0])
    objective.gradient_in = "dual"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"objective.gradient_in must be 'natural' or 'mean', got 'dual'"):
        ng.maximize(objective, ng.Poisson(), [0.0])


def test_the_constants_of_the_line_search_are_consistent() -> None:
    assert 0 < _backtracking.SHRINK < 1 < _curvature.GROW_MOST
    assert 0 < _backtracking.SHRINK_BOUNDS[0] < _backtracking.SHRINK_BOUNDS[1] < 1
    assert 0 < _backtracking.INCREASE < 1  # a conjugate step of beta = 1 gains exactly KL(old || new)


def test_a_given_step_that_finds_no_point_inside_became_too_small():
    def steep(theta):
        return 0.0, np.array([-1e200, 1e200])

    result = ng.maximize(steep, ng.Gamma(), [1.0, -1.0], rule="gradient_descent", step_size=1.0)
    assert result.status == 5
    np.testing.assert_array_equal(result.x, [1.0, -1.0])
