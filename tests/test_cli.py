"""The command `natgrad`, as a user meets it: what it prints, writes and refuses."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from natgrad_native import _registry
from natgrad_native.app.results import Comparison
from natgrad_native.cli import main
from natgrad_native.plotting import check_picture

pytest.importorskip("pyarrow")
pytest.importorskip("matplotlib")

RULES = _registry.names("update")
LIKELIHOODS = _registry.names("likelihood")


def write(tmp_path, target, rows=60, extra=""):
    """A small table: two numbers, a label, the target."""
    rng = np.random.default_rng(3)
    lines = ["a,b,c,y" + (",extra" if extra else "")]
    for i in range(rows):
        cells = [f"{rng.normal():.6f}", f"{1e3 * rng.normal():.6f}", "uvw"[int(rng.integers(3))], target(rng, i)]
        lines.append(",".join(cells) + (f",{extra}" if extra else ""))
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


TARGETS = {
    "bernoulli": lambda rng, i: str(int(rng.random() < 0.6)),
    "gaussian": lambda rng, i: f"{rng.normal(3, 2):.5f}",
    "poisson": lambda rng, i: str(int(rng.poisson(3))),
}


def run(capsys, *arguments):
    code = main(["compare", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, *arguments):
    try:
        code, out, err = run(capsys, *arguments)
    except SystemExit as stop:  # argparse
        code, (out, err) = stop.code, capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.startswith("natgrad: error: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("likelihood", sorted(set(LIKELIHOODS) & set(TARGETS)))
def test_every_likelihood_gives_a_table_an_equivalence_and_costs(capsys, tmp_path, likelihood):
    path = write(tmp_path, TARGETS[likelihood])
    code, out, err = run(
        capsys, path, "--target", "y", "--likelihood", likelihood, "--json", "--no-plot", "--max-iter", "60"
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [one["rule"] for one in found["runs"]] == list(RULES)
    assert (found["rows"], found["held_out_rows"], found["columns"], found["weights"]) == (48, 12, 4, 5)
    best = max(found["polished_elbo"], *(one["elbo"] for one in found["runs"]))
    for one in found["runs"]:
        assert one["elbo"] >= found["start_elbo"]
        assert one["gap"] >= 0
        assert one["gap"] == pytest.approx(best - one["elbo"], abs=1e-12)
        assert one["passes"] >= one["iterations"] >= 1
        assert np.isfinite(one["held_out"])
        assert not any(key.startswith("curve") for key in one)
    both = {one["rule"]: one for one in found["runs"]}
    assert both["natural_gradient"]["elbo"] == pytest.approx(both["mirror_descent"]["elbo"], abs=1e-6)
    assert both["mirror_descent"]["success"]
    equivalence = found["equivalence"]
    assert equivalence["steps"] >= 1
    assert 0 <= equivalence["one_step"] <= equivalence["bound"]
    assert equivalence["condition"] >= 1
    cost = found["cost"]
    assert min(cost["mirror_step"], cost["closed_form"], cost["dense"]) > 0
    assert found["score_name"] == ("held-out log loss" if likelihood == "bernoulli" else "held-out -log p(y)")


def test_text_table_and_picture(capsys, tmp_path):
    path, picture = write(tmp_path, TARGETS["bernoulli"]), tmp_path / "out.png"
    code, out, err = run(capsys, path, "--target", "y", "--plot", str(picture), "--max-iter", "40")
    assert (code, err) == (0, "")
    assert out.isascii()
    for text in (
        *RULES,
        "ELBO (nats)",
        "gap",
        "held-out log loss",
        "eps",
        "cond(D F D)",
        "dense F",
        f"picture: {picture}",
    ):
        assert text in out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_chosen_rules_only(capsys, tmp_path):
    path = write(tmp_path, TARGETS["gaussian"])
    arguments = [path, "--target", "y", "--likelihood", "gaussian", "--noise-variance", "4", "--no-plot", "--json"]
    code, out, _ = run(capsys, *arguments, "--rules", "mirror_descent", "mirror_descent")
    found = json.loads(out)
    assert code == 0
    assert [one["rule"] for one in found["runs"]] == ["mirror_descent"]
    assert found["equivalence"] is None
    assert found["runs"][0]["gap"] == 0


def test_default_data_is_breast_cancer(capsys):
    pytest.importorskip("sklearn")
    code, out, _ = run(capsys, "--rules", "mirror_descent", "--no-plot", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["rows"], found["columns"], found["size"]) == (455, 30, 527)
    assert found["runs"][0]["held_out"] < 0.2


@pytest.mark.parametrize("value", ["0", "1", "no"])
def test_constant_target_is_fitted(capsys, tmp_path, value):
    path = write(tmp_path, lambda rng, i: value)
    code, out, _ = run(capsys, path, "--target", "y", "--no-plot", "--json", "--rules", "mirror_descent")
    assert code == 0
    assert json.loads(out)["runs"][0]["held_out"] < 0.3


def test_a_target_beyond_the_range_of_the_bound_gets_one_line(capsys, tmp_path):
    """(1e200)^2 overflows; the target is not standardised."""
    path = write(tmp_path, lambda rng, i: repr(1e200 * rng.normal()), rows=30)
    err = refused(capsys, path, "--target", "y", "--likelihood", "gaussian", "--no-plot")
    assert "the ELBO at the start is -inf, beyond the range of floats: the target 'y' is too large" in err


def test_a_rule_that_fails_is_a_row_with_its_reason_below(capsys, tmp_path):
    path = write(tmp_path, lambda rng, i: repr(1e20 * rng.normal()), rows=30)
    code, out, _ = run(capsys, path, "--target", "y", "--likelihood", "gaussian", "--no-plot")
    assert code == 0
    assert all(f"\n{rule} " in out for rule in RULES)
    assert "gradient_descent: the step became too small" in out


def test_no_finite_bound_is_a_best_bound_of_minus_infinity():
    parts = dict.fromkeys(("source", "target", "target_note", "likelihood", "score_name"), "")
    numbers = dict.fromkeys(("rows", "held_out_rows", "columns", "weights", "size"), 1)
    assert Comparison(**parts, **numbers, start_elbo=-np.inf, runs=[]).best_elbo == -np.inf


def test_more_columns_than_rows_is_fitted(capsys, tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "wide.csv"
    names = ",".join(f"x{j}" for j in range(12))
    rows = [",".join(f"{x:.4f}" for x in rng.normal(size=12)) + f",{i % 2}" for i in range(6)]
    path.write_text("\n".join([names + ",y", *rows]) + "\n")
    arguments = [str(path), "--target", "y", "--no-plot", "--test-fraction", "0", "--max-iter", "40"]
    code, out, _ = run(capsys, *arguments, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["rows"], found["columns"], found["held_out_rows"]) == (6, 12, 0)
    assert found["runs"][0]["held_out"] is None
    assert run(capsys, *arguments)[0] == 0


def test_progress_goes_to_stderr_only(capsys, tmp_path):
    pytest.importorskip("tqdm")
    path = write(tmp_path, TARGETS["bernoulli"])
    arguments = [path, "--target", "y", "--no-plot", "--json", "--rules", "mirror_descent"]
    code, out, err = run(capsys, *arguments, "--progress")
    assert code == 0
    assert json.loads(out)
    assert "fitting by mirror_descent" in err
    assert run(capsys, *arguments, "--progress", "--quiet")[2] == ""


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("a,y\n1,0\n,1\n", (), "missing value in column 'a', row 2"),
        ("a,y\n1,0\n2,1\n", ("--target", "z"), "no column 'z' in data.csv; its columns are: a, y"),
        ("a,y\n1,u\n2,v\n", ("--likelihood", "gaussian"), "target column 'y' holds text ('u' in row 1)"),
        ("a,y\n1,3\n2,-1\n", ("--likelihood", "poisson"), "target column 'y', row 2: must be >= 0, got -1"),
        ("a,y\n1,3\n2,1.5\n", ("--likelihood", "poisson"), "target column 'y', row 2: must be an integer, got 1.5"),
        ("a,y\n1,u\n2,v\n3,w\n", (), "target column 'y' holds 3 values (u, v, w)"),
        ("", (), "is empty"),
        ("a,y\n", (), "has a header but no rows"),
        ("a,a,y\n1,2,0\n", (), "duplicate column names: 'a'"),
        ("y\n1\n0\n", (), "no column besides the target 'y'"),
        ("a,y\n1,0\n2,1,4\n", (), "cannot read"),
        ("a,y\n1,0\n2,1\n", ("--noise-variance", "2"), "likelihood 'bernoulli' has no parameter 'noise_variance'"),
        ("a,y\n1,0\n2,1\n", ("--noise-variance", "-2"), "must be a finite number > 0, got -2"),
        ("a,y\n1,0\n2,1\n", ("--prior-precision", "nan"), "must be a finite number > 0, got nan"),
        ("a,y\n1,0\n2,1\n", ("--test-fraction", "1"), "must be a number in [0, 1), got 1"),
        ("a,y\n1,0\n2,1\n", ("--max-iter", "0"), "must be an integer >= 1, got 0"),
        ("a,y\n1,0\n2,1\n", ("--seed", "-1"), "must be an integer >= 0, got -1"),
        ("a,y\n1,0\n2,1\n", ("--seed", "x"), "argument --seed: must be an integer >= 0, got x"),
        ("a,y\n1,0\n2,1\n", ("--noise-variance", "abc"), "--noise-variance: must be a finite number > 0, got abc"),
        ("a,y\n1,0\n2,1\n", ("--max-iter", "1.5"), "argument --max-iter: must be an integer >= 1, got 1.5"),
        ("a,y\n1,0\n2,1\n", ("--likelihood", "cauchy"), "invalid choice: 'cauchy'"),
        ("a,y\n1,0\n2,1\n", ("--rules", "newton"), "invalid choice: 'newton'"),
        ("a,y\n1,0\n2,1\n", ("--plot", "picture.docx"), "picture.docx: the name of the picture must end with one of ."),
        ("a,y\n1,0\n2,1\n", ("--plot", "no/such/folder/picture.png"), "there is no folder no/such/folder"),
    ],
)
def test_what_is_refused(capsys, tmp_path, text, arguments, message):
    path = tmp_path / "data.csv"
    path.write_text(text)
    if "--target" not in arguments:
        arguments = ("--target", "y", *arguments)
    if "--plot" not in arguments:
        arguments = (*arguments, "--no-plot")
    assert message in refused(capsys, str(path), *arguments)


def test_a_picture_that_cannot_be_written_is_refused_before_the_fits(capsys, tmp_path, monkeypatch):
    path, folder = write(tmp_path, TARGETS["bernoulli"]), tmp_path / "folder.png"
    folder.mkdir()
    monkeypatch.setattr("natgrad_native.app.run.compare", lambda *_, **__: pytest.fail("fitted all the same"))
    text = refused(capsys, path, "--target", "y", "--plot", str(folder))
    assert f"{folder}: the picture cannot be written there: Is a directory" in text


def test_asking_whether_a_picture_can_be_written_changes_no_file(tmp_path):
    new, old = tmp_path / "new.png", tmp_path / "old.png"
    old.write_bytes(b"kept")
    check_picture(new)
    check_picture(old)
    assert not new.exists()
    assert old.read_bytes() == b"kept"


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_table_is_printed_before_the_picture_is_written(capsys, tmp_path, monkeypatch, form):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr("natgrad_native.app.run.save_comparison", fail)
    arguments = [write(tmp_path, TARGETS["bernoulli"]), "--target", "y", "--rules", "mirror_descent", *form]
    code, out, err = run(capsys, *arguments, "--plot", str(tmp_path / "out.png"))
    assert (code, err) == (2, "natgrad: error: the disk is full\n")
    assert "mirror_descent" in out


def test_digits_that_are_rounding_are_not_printed(capsys, tmp_path):
    path = write(tmp_path, lambda rng, i: f"{rng.normal(1e8, 1e7):.3f}")
    arguments = [path, "--target", "y", "--likelihood", "gaussian", "--no-plot", "--rules", "mirror_descent"]
    code, out, _ = run(capsys, *arguments, "--max-iter", "20")
    row = next(line for line in out.splitlines() if line.startswith("mirror_descent"))
    assert code == 0
    for number in row.split():
        assert len(number.strip("-").partition("e")[0].replace(".", "")) <= 16


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path):
    code = "import sys; from natgrad_native.cli import main; sys.exit(main(['info']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        done.stdout.close()
        assert done.stderr.read() == ""
        assert done.wait() == 141


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("NATGRAD_NATIVE_ISA", "v9", "NATGRAD_NATIVE_ISA='v9' is not among the instruction sets"),
        ("NATGRAD_NUM_THREADS", "many", "NATGRAD_NUM_THREADS='many' must be an integer >= 1"),
    ],
)
def test_an_environment_that_cannot_be_met_is_named_at_import(variable, value, text):
    found = subprocess.run(
        [sys.executable, "-m", "natgrad_native.cli", "info"],
        env=os.environ | {variable: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.splitlines()[-1].startswith(f"ImportError: {text}")


def test_files_that_are_not_there_and_targets_without_files(capsys, tmp_path):
    assert "no such file" in refused(capsys, str(tmp_path / "absent.csv"), "--target", "y")
    assert "--target goes with a data file" in refused(capsys, "--target", "y")
    assert "--target is needed" in refused(capsys, write(tmp_path, TARGETS["bernoulli"]))


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("pyarrow", ("data.csv", "--target", "y"), "reading tables needs pyarrow"),
        ("sklearn.datasets", (), "the built-in data set needs scikit-learn"),
        ("matplotlib.figure", ("data.csv", "--target", "y"), "the picture needs matplotlib"),
        ("tqdm", ("data.csv", "--target", "y", "--progress", "--no-plot"), "the progress bar needs tqdm"),
    ],
)
def test_what_is_not_installed_is_named(capsys, tmp_path, monkeypatch, module, arguments, message):
    write(tmp_path, TARGETS["bernoulli"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    assert refused(capsys, *arguments) == f'natgrad: error: {message}: pip install "natgrad_native[app]"\n'


def test_info(capsys):
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    for name in ("natgrad_native", "ISA in use", "ISAs available", "threads", "NumPy", "SciPy"):
        assert name in text
    assert main(["info", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["isa"] in record["isas"]
    assert record["threads"] >= 1
    assert set(record["blas"]) == {"numpy", "scipy"}


def test_info_without_threadpoolctl(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert main(["info", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["blas_threads"] is None


def test_every_public_name_can_be_imported_without_the_extras():
    code = (
        "import sys; sys.modules['sklearn'] = None; from natgrad_native import *; import natgrad_native as ng;"
        "assert all(name in globals() for name in ng.__all__); assert 'models' in dir(ng)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_and_info_need_numpy_and_scipy_only():
    block = (
        "import sys; sys.modules.update(dict.fromkeys(['pyarrow', 'sklearn', 'matplotlib', 'tqdm', 'threadpoolctl']));"
    )
    for arguments in (["info"], ["compare", "--help"]):
        code = f"{block} from natgrad_native.cli import main; sys.exit(main({arguments!r}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
