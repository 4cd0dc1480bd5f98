"""The number of threads changes the time, never a bit of the answer."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys

import natgrad_native as ng
import numpy as np
import operands
import pytest
from calls import bits, call
from natgrad_native import _registry

THREADS = (1, 2, 4)
ROWS = 4000  # several tiles, and more numbers than one thread is given alone


def for_each_count(function):
    """The answers of a call with 1, 2 and 4 threads."""
    answers = []
    for count in THREADS:
        ng.set_num_threads(count)
        assert ng.get_num_threads() == count
        answers.append(function())
    return answers


def test_operations(family, operation, dtype):
    theta = np.concatenate([operands.ordinary(family, 90, dtype), operands.hard(family, dtype)])
    if operation == "fisher_solve":
        theta = theta[:90]  # a hard row may be refused
    arguments, kept = operands.arguments(family, operation, theta)
    index = np.arange(ROWS) % len(kept)
    arguments = [value[index] for value in arguments]
    one, two, four = for_each_count(lambda: bits(call(family, operation, arguments)))
    assert one == two == four


def test_the_row_named_by_an_error(family):
    theta = operands.ordinary(family, ROWS)
    theta[[700, 1300, 3999], 0] = np.nan

    def refused():
        with pytest.raises(ng.DomainError) as caught:
            family.entropy(theta)
        return str(caught.value)

    one, two, four = for_each_count(refused)
    assert one == two == four
    assert "row 700: coordinate 0 must be finite, got nan" in one


def test_rules(family, rule, dtype):
    theta = np.resize(operands.ordinary(family, 500, dtype), (ROWS, family.size))
    gradient = np.random.default_rng(3).standard_normal(theta.shape).astype(dtype) * np.abs(theta)

    def move():
        moved, used = rule(family, theta, gradient, 0.5, out_of_domain="shrink", return_step=True)
        return moved.tobytes(), used.tobytes()

    one, two, four = for_each_count(move)
    assert one == two == four


@pytest.mark.parametrize("family", [ng.Dirichlet(300), ng.Categorical(300), ng.MultivariateNormal(40)], ids=repr)
def test_points_of_many_coordinates(family):
    """Each is worked along its coordinates, or by the BLAS with one thread inside."""
    rng = np.random.default_rng(4)
    if isinstance(family, ng.MultivariateNormal):
        noise = rng.standard_normal((30, 40, 80))
        standard = {"mean": rng.standard_normal((30, 40)), "covariance": noise @ np.swapaxes(noise, -1, -2) / 80}
        theta = family.natural_from_standard(**standard)
    else:
        theta = rng.uniform(0.1, 3.0, (120, family.size))
    other, v = theta * 1.25, rng.standard_normal(theta.shape)
    for name, arguments in (
        ("mean_from_natural", (theta,)),
        ("natural_from_mean", (family.mean_from_natural(theta),)),
        ("log_partition", (theta,)),
        ("kl_divergence", (theta, other)),
        ("fisher_multiply", (theta, v)),
        ("fisher_solve", (theta, v)),
        ("step_to_boundary", (theta, v)),
    ):
        one, two, four = for_each_count(
            lambda name=name, arguments=arguments: getattr(family, name)(*arguments).tobytes()
        )
        assert one == two == four, name


@pytest.mark.parametrize("likelihood", _registry.names("likelihood"))
def test_the_pass_over_the_data(likelihood):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((20_011, 9))
    y = (rng.random(20_011) < 0.5).astype(float)
    objective = ng.objectives.GeneralizedLinearELBO(X, y, likelihood)
    theta = objective.start()

    def value_and_gradient():
        value, gradient = objective(theta)
        return float(value), gradient.tobytes()

    one, two, four = for_each_count(value_and_gradient)
    assert one == two == four


def test_calls_from_many_python_threads(family):
    theta = operands.ordinary(family, 5000)
    v = np.ones_like(theta)
    jobs = [
        lambda: family.mean_from_natural(theta).tobytes(),
        lambda: family.fisher_solve(theta, v).tobytes(),
        lambda: family.natural_from_mean(family.mean_from_natural(theta[:500])).tobytes(),
    ]
    expected = [job() for job in jobs]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: jobs[i % 3](), range(24)))
    assert all(answer == expected[i % 3] for i, answer in enumerate(answers))


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "a", None, 2**40, 10**6])
def test_a_count_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match="set_num_threads: count must be an integer >= 1 and <= 4096, got"):
        ng.set_num_threads(count)


@pytest.mark.parametrize(("given", "expected"), [("3", "3"), ("1", "1"), ("07", "7")])
def test_the_environment_sets_the_count_at_import(given, expected):
    program = "import natgrad_native as ng; print(ng.get_num_threads())"
    environment = os.environ | {"NATGRAD_NUM_THREADS": given}
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == expected


@pytest.mark.parametrize("given", ["many", "0", "-1", "1.5", "99999999999"])
def test_a_count_the_environment_gets_wrong_is_refused_at_import(given):
    environment = os.environ | {"NATGRAD_NUM_THREADS": given}
    program = [sys.executable, "-c", "import natgrad_native"]
    found = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert f"ImportError: NATGRAD_NUM_THREADS={given!r} must be an integer >= 1 and <= 4096" in found.stderr
