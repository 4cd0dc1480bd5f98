"""The comparison figure: what it draws, and that what it claims in words is what it drew."""

import numpy as np
import pytest
from natgrad_native.app.labels import coinciding
from natgrad_native.app.paths import normal_paths
from natgrad_native.app.results import Comparison, RuleRun
from natgrad_native.app.sentences import gap_sentence, seconds_sentence
from natgrad_native.app.style import look_of

pytest.importorskip("matplotlib")

from natgrad_native import _registry
from natgrad_native.plotting import comparison_figure, save_comparison

RULES = _registry.names("update")


def run(rule, gaps, passes_a_step=1):
    steps = np.arange(len(gaps))
    return RuleRun(
        rule=rule,
        step_size_median=0.5,
        step_size_min=0.5,
        step_size_max=0.5,
        iterations=len(gaps) - 1,
        passes=int(1 + passes_a_step * steps[-1]),
        elbo=-50.0 - gaps[-1],
        seconds=0.01 * steps[-1],
        held_out=0.1,
        success=True,
        message="",
        curve_elbo=-50.0 - np.asarray(gaps, dtype=np.float64),
        curve_passes=1.0 + passes_a_step * steps,
        curve_seconds=0.01 * steps,
    )


def comparison(runs):
    return Comparison("data.csv", "y", "", "bernoulli", 48, 12, 4, 5, 20, "held-out log loss", -80.0, runs)


def example():
    fast = 30 * 0.1 ** np.arange(15.0)
    fast[-1] = 0
    return comparison([run(rule, fast if rule != "gradient_descent" else 30 / np.arange(1.0, 80)) for rule in RULES])


def test_paths_of_mirror_descent_and_natural_gradient_coincide_and_all_reach_the_best_fit():
    paths = normal_paths(RULES)
    family = paths.family
    best = family.mean_from_natural(paths.best)
    np.testing.assert_allclose(
        paths.iterates["natural_gradient"], paths.iterates["mirror_descent"], rtol=1e-9, atol=1e-9
    )
    for theta in paths.iterates.values():
        assert family.in_natural_domain(theta).all()
        lost = family.kl_divergence(np.broadcast_to(paths.best, theta.shape), theta)
        assert np.all(np.diff(lost) <= 1e-12)
        assert lost[-1] < 1e-3 * lost[0]
    # The claim of the panel in mu: a straight line, up to the size of the steps.
    mu = family.mean_from_natural(paths.iterates["mirror_descent"])
    direction = (best - mu[0]) / np.linalg.norm(best - mu[0])
    off = (mu - mu[0]) - ((mu - mu[0]) @ direction)[:, None] * direction
    assert np.linalg.norm(off, axis=1).max() < 0.02 * np.linalg.norm(best - mu[0])


def test_figure_has_four_labelled_panels_and_each_rule_in_each():
    figure = comparison_figure(example())
    assert len(figure.axes) == 4
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert axes.get_title(loc="left")
        colours = {line.get_color() for line in axes.get_lines()}
        assert {look_of(rule).color for rule in RULES} <= colours
    for axes in figure.axes[:2]:
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    legend = [text.get_text().partition(":") for text in figure.legends[0].get_texts()]
    assert [name for name, _, _ in legend] == [rule.replace("_", " ") for rule in RULES]
    assert all(formula.strip().startswith("$") for _, _, formula in legend)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_saved_in_every_usual_format(tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    save_comparison(example(), path)
    assert path.stat().st_size > 10_000


@pytest.mark.parametrize("rules", [[rule] for rule in RULES])
def test_one_rule_alone(tmp_path, rules):
    alone = comparison([one for one in example().runs if one.rule in rules])
    save_comparison(alone, tmp_path / "out.png")


def test_a_run_without_any_step_and_one_that_starts_at_minus_infinity(tmp_path):
    save_comparison(comparison([run(RULES[0], [0.0])]), tmp_path / "a.png")
    save_comparison(comparison([run(RULES[0], [np.inf, 3.0, 0.0])]), tmp_path / "b.png")


def test_the_words_say_what_was_measured():
    words = gap_sentence(example())
    assert "gradient descent: still" in words
    assert "mirror descent and natural gradient coincide: within 0.001 nats after 6 passes" in words
    assert "mirror descent 0.05 s, natural gradient 0.05 s" in seconds_sentence(example())
    # Not to be taken for the table's price of a Fisher solve beside a mirror step.
    iteration = "a whole iteration, ELBO included, takes natural gradient 1 × as long as mirror descent"
    assert iteration in seconds_sentence(example())


def test_coinciding_groups_by_distance_and_shape():
    line = np.zeros((3, 2))
    assert coinciding({"a": line, "b": line + 1e-9, "c": line + 1, "d": line[:2]}, 1e-6) == [["a", "b"], ["c"], ["d"]]


def test_every_rule_has_a_look_of_its_own():
    looks = [look_of(rule) for rule in RULES]
    assert len({look.color for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)
