"""The number of threads changes the time, never a bit of the answer."""

from __future__ import annotations

import concurrent.futures

import natgrad_native as ng
import numpy as np
import operands
import pytest
from test_parity import as_dict, call

THREADS = (1, 2, 4)


def bits(answer):
    return {name: value.tobytes() for name, value in as_dict(answer).items()}


def test_operations(family, operation):
    theta = np.tile(operands.ordinary(family, 500), (8, 1))
    if family.size > 20:
        theta = theta[:700]
    arguments, _ = operands.arguments(family, operation, theta)
    answers = []
    for count in THREADS:
        ng.set_num_threads(count)
        answers.append(bits(call(family, operation, arguments)))
    assert answers[0] == answers[1] == answers[2]


def test_rules(family, rule, dtype):
    theta = np.tile(operands.ordinary(family, 500, dtype), (8, 1))
    gradient = np.random.default_rng(3).standard_normal(theta.shape).astype(dtype) * np.abs(theta)
    answers = []
    for count in THREADS:
        ng.set_num_threads(count)
        moved, used = rule(family, theta, gradient, 0.5, out_of_domain="shrink", return_step=True)
        answers.append((moved.tobytes(), used.tobytes()))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "poisson"])
def test_the_pass_over_the_data(likelihood):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((20_011, 9))
    y = (rng.random(20_011) < 0.5).astype(float)
    objective = ng.objectives.GeneralizedLinearELBO(X, y, likelihood)
    theta = objective.start()
    answers = []
    for count in THREADS:
        ng.set_num_threads(count)
        value, gradient = objective(theta)
        answers.append((value, gradient.tobytes()))
    assert answers[0] == answers[1] == answers[2]


def test_calls_from_many_python_threads():
    family = ng.Gamma()
    theta = operands.ordinary(family, 20_000)
    expected = family.mean_from_natural(theta).tobytes()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: family.mean_from_natural(theta).tobytes(), range(32)))
    assert set(answers) == {expected}


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_a_count_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match="count must be an integer >= 1"):
        ng.set_num_threads(count)
