"""Tables, targets and the split: what a user's file turns into, and what each unusable file is told."""

import numpy as np
import pytest
from natgrad_native.app.data import breast_cancer, problem_from_table
from natgrad_native.app.failure import CommandError
from natgrad_native.app.held_out import log_predictive_density
from natgrad_native.app.tables import Categorical, Table, read_table
from natgrad_native.app.targets import encode_target, likelihood_of

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

BERNOULLI, GAUSSIAN, POISSON = (likelihood_of(name) for name in ("bernoulli", "gaussian", "poisson"))


def csv(tmp_path, text, name="data.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def parquet(tmp_path, **columns):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def table_of(**columns):
    return Table("test", columns, max(getattr(column, "codes", column).size for column in columns.values()))


def test_csv_and_parquet_give_the_same_columns(tmp_path):
    from_csv = read_table(csv(tmp_path, "a,b,c,y\n1,2.5,u,true\n2,3.5,v,false\n3,1e3,u,true\n"))
    from_parquet = read_table(
        parquet(
            tmp_path,
            a=pa.array([1, 2, 3], pa.int8()),
            b=[2.5, 3.5, 1e3],
            c=pa.array(["u", "v", "u"]).dictionary_encode(),
            y=[True, False, True],
        )
    )
    assert from_csv.rows == from_parquet.rows == 3
    assert list(from_csv.columns) == list(from_parquet.columns) == ["a", "b", "c", "y"]
    for name in "ab":
        assert from_csv.columns[name].dtype == np.float64
        np.testing.assert_array_equal(from_csv.columns[name], from_parquet.columns[name])
    for name in "cy":
        first, second = from_csv.columns[name], from_parquet.columns[name]
        assert first.levels == second.levels
        np.testing.assert_array_equal(first.codes, second.codes)
    assert from_csv.columns["c"].levels == ("u", "v")


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.uint64(), pa.decimal128(24, 2)])
def test_every_numeric_type_becomes_float64(tmp_path, kind):
    column = read_table(parquet(tmp_path, a=pa.array([1, 2], pa.int64()).cast(kind))).columns["a"]
    assert column.dtype == np.float64
    np.testing.assert_array_equal(column, [1, 2])


def test_large_text_and_one_sided_bool(tmp_path):
    table = read_table(
        parquet(
            tmp_path,
            a=pa.array(["x", "y"], pa.large_string()),
            c=pa.array([True, True]),
        )
    )
    assert table.columns["a"].levels == ("x", "y")
    assert table.columns["c"].levels == ("true",)


def test_tab_separated_compressed_and_byte_order_mark(tmp_path):
    import gzip

    assert list(read_table(csv(tmp_path, "a\tb\n1\t2\n", "d.tsv")).columns) == ["a", "b"]
    assert list(read_table(csv(tmp_path, gzip.compress(b"a,b\n1,2\n"), "d.csv.gz")).columns) == ["a", "b"]
    assert list(read_table(csv(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n")).columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "column", "row"),
    [
        ("a,y\n1,0\n,1\n", "a", 2),
        ("a,y\n1,0\nNaN,1\n", "a", 2),
        ("a,y\n1,0\n2,null\n", "y", 2),
        ("a,y\nu,0\nv,1\n,1\n", "a", 3),
        ('a,y\nu,0\n"",1\n', "a", 2),
        ("a,y\ntrue,0\n,1\n", "a", 2),
        ("a,y\n,0\n,1\n", "a", 1),
    ],
)
def test_missing_value_names_column_and_row(tmp_path, text, column, row):
    message = rf"missing value in column '{column}', row {row} \(data rows counted from 1"
    with pytest.raises(CommandError, match=message):
        read_table(csv(tmp_path, text))


def test_missing_value_in_parquet(tmp_path):
    with pytest.raises(CommandError, match=r"column 'a', row 3"):
        read_table(parquet(tmp_path, a=[1.0, 2.0, float("nan")]))
    with pytest.raises(CommandError, match=r"column 'a', row 2"):
        read_table(parquet(tmp_path, a=pa.chunked_array([[1], [None, 3]])))
    with pytest.raises(CommandError, match=r"column 'a', row 2"):
        read_table(parquet(tmp_path, a=pa.array(["u", None]).dictionary_encode()))


def test_quoted_na_is_a_label(tmp_path):
    assert read_table(csv(tmp_path, 'a,y\n"NA",0\n"DE",1\n')).columns["a"].levels == ("DE", "NA")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data.csv", "", "is empty"),
        ("data.csv", "\n\n", "is empty|cannot read"),
        ("data.csv", "a,b\n", "has a header but no rows"),
        ("data.csv", "a,b,a\n1,2,3\n", "duplicate column names: 'a'"),
        ("data.csv", "a,b\n1,2\n1,2,3\n", "cannot read .*Expected 2 columns, got 3"),
        ("data.csv", "a,b\n1,inf\n", "column 'b', row 1: infinite value"),
        ("data.csv", "a,b\n1,2020-01-01\n", "column 'b' is of type date32"),
        ("data.csv", b"a,\xe9\n1,2\n", "not UTF-8"),
        ("data.csv", b"a,b\n1,u\n1,\xe9\n", "column 'b', row 2 is not UTF-8 text: save the file as UTF-8"),
        ("data.xlsx", "a,b\n1,2\n", "must end with one of .csv"),
        ("data.parquet", "", "is empty"),
        ("data.parquet", "a,b\n1,2\n", "cannot read .*data.parquet"),
    ],
)
def test_unusable_files(tmp_path, name, content, message):
    with pytest.raises(CommandError, match=message):
        read_table(csv(tmp_path, content, name))


def test_no_file_a_directory_no_columns_nested_columns(tmp_path):
    with pytest.raises(CommandError, match="no such file"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(CommandError, match="is a directory"):
        read_table(tmp_path)
    with pytest.raises(CommandError, match="column 'a' is of type binary"):
        read_table(parquet(tmp_path, a=pa.array([b"u", b"v"])))
    with pytest.raises(CommandError, match="type list"):
        read_table(parquet(tmp_path, a=[[1], [2]]))
    with pytest.raises(CommandError, match="has no columns"):
        read_table(parquet(tmp_path))


def test_one_hot_drops_the_first_level_and_numbers_are_standardised_on_the_training_part():
    rng = np.random.default_rng(0)
    numbers, codes = rng.normal(5, 3, 50), rng.integers(0, 3, 50)
    table = table_of(x=numbers, c=Categorical(codes, ("u", "v", "w")), y=rng.normal(size=50))
    problem = problem_from_table(table, "y", GAUSSIAN, 0.2, seed=1)
    assert problem.columns == ("x", "c=v", "c=w")
    assert problem.X.shape == (40, 3)
    assert problem.X_test.shape == (10, 3)
    np.testing.assert_allclose(problem.X[:, 0].mean(), 0, atol=1e-14)
    np.testing.assert_allclose(problem.X[:, 0].std(), 1, rtol=1e-14)
    np.testing.assert_array_equal(np.sort(np.append(problem.y, problem.y_test)), np.sort(table.columns["y"]))
    both = np.concatenate([problem.X, problem.X_test])[:, 1:].sum(0)
    np.testing.assert_array_equal(both, [np.sum(codes == 1), np.sum(codes == 2)])
    again = problem_from_table(table, "y", GAUSSIAN, 0.2, seed=1)
    np.testing.assert_array_equal(problem.X, again.X)
    assert not np.array_equal(problem.y, problem_from_table(table, "y", GAUSSIAN, 0.2, seed=2).y)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -5e-324])
def test_a_constant_column_becomes_zero(value):
    problem = problem_from_table(table_of(x=np.full(7, value), y=np.arange(7.0)), "y", GAUSSIAN, 0.0, seed=0)
    np.testing.assert_array_equal(problem.X, np.zeros((7, 1)))


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_huge_and_tiny_units_standardise_without_overflow(unit):
    x = unit * np.array([1.0, 2.0, 3.0, 4.0])
    problem = problem_from_table(table_of(x=x, y=np.arange(4.0)), "y", GAUSSIAN, 0.0, seed=0)
    np.testing.assert_allclose(problem.X[:, 0], (np.arange(4) - 1.5) / np.sqrt(1.25), rtol=1e-14)


def test_one_row_trains_and_nothing_is_held_out():
    problem = problem_from_table(table_of(x=np.ones(1), y=np.ones(1)), "y", GAUSSIAN, 0.5, seed=0)
    assert problem.X.shape == (1, 1)
    assert problem.X_test.shape == (0, 1)


def test_missing_target_lists_the_columns():
    table = table_of(x=np.ones(2), z=np.ones(2))
    with pytest.raises(CommandError, match=r"no column 'y' in test; its columns are: x, z"):
        problem_from_table(table, "y", GAUSSIAN, 0.2, seed=0)
    with pytest.raises(CommandError, match=r"--target is needed .* x, z"):
        problem_from_table(table, None, GAUSSIAN, 0.2, seed=0)
    with pytest.raises(CommandError, match="no column besides the target"):
        problem_from_table(table_of(y=np.ones(2)), "y", GAUSSIAN, 0.2, seed=0)
    alone = Categorical(np.zeros(2, dtype=np.intp), ("u",))
    with pytest.raises(CommandError, match="one single label"):
        problem_from_table(table_of(c=alone, y=np.ones(2)), "y", GAUSSIAN, 0.2, seed=0)


def test_too_many_labels_name_the_column():
    ids = Categorical(np.arange(3000), tuple(map(str, range(3000))))
    with pytest.raises(CommandError, match=r"2999 columns after one-hot.*column 'id' alone has 3000 labels"):
        problem_from_table(table_of(id=ids, y=np.ones(3000)), "y", GAUSSIAN, 0.2, seed=0)


@pytest.mark.parametrize(
    ("column", "expected", "note"),
    [
        (np.array([0.0, 1.0, 1.0]), [0, 1, 1], ""),
        (np.array([1.0, 1.0]), [1, 1], ""),
        (np.array([0.0, 0.0]), [0, 0], ""),
        (np.array([2.0, 1.0]), [1, 0], "y: 1 = 2, 0 = 1"),
        (np.array([3.0, 3.0]), [1, 1], "y: 1 = 3 (the only label)"),
        (Categorical(np.array([0, 1]), ("false", "true"), text=False), [0, 1], ""),
        (Categorical(np.array([0, 0]), ("true",), text=False), [1, 1], ""),
        (Categorical(np.array([0, 0]), ("false",), text=False), [0, 0], ""),
        (Categorical(np.array([1, 0]), ("B", "M")), [1, 0], "y: 1 = M, 0 = B"),
        (Categorical(np.array([0, 0]), ("B",)), [1, 1], "y: 1 = B (the only label)"),
    ],
)
def test_two_labels(column, expected, note):
    values, said = encode_target(column, "y", BERNOULLI)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, expected)
    assert said == note


@pytest.mark.parametrize(
    ("column", "likelihood", "message"),
    [
        (np.array([0.0, 1.0, 2.0]), BERNOULLI, r"holds 3 values \(0, 1, 2\)"),
        (Categorical(np.arange(3), ("a", "b", "c")), BERNOULLI, r"holds 3 values \(a, b, c\)"),
        (Categorical(np.array([0, 1]), ("1", "u")), GAUSSIAN, r"column 'y' holds text \('u' in row 2\)"),
        (Categorical(np.array([0, 1]), ("1", "u")), POISSON, r"column 'y' holds text"),
        (np.array([1.0, -2.0]), POISSON, r"column 'y', row 2: must be >= 0, got -2"),
        (np.array([1.0, 2.0, 0.5]), POISSON, r"column 'y', row 3: must be an integer, got 0.5"),
    ],
)
def test_targets_that_do_not_suit(column, likelihood, message):
    with pytest.raises(CommandError, match=message):
        encode_target(column, "y", likelihood)


def test_breast_cancer():
    pytest.importorskip("sklearn")
    table, target = breast_cancer()
    problem = problem_from_table(table, target, BERNOULLI, 0.2, seed=0)
    assert problem.X.shape == (455, 30)
    assert problem.X_test.shape == (114, 30)
    assert target == "benign"


@pytest.mark.parametrize("likelihood", [BERNOULLI, GAUSSIAN, likelihood_of("gaussian", noise_variance=1e-4), POISSON])
@pytest.mark.parametrize(("y", "mean", "variance"), [(0.0, 3.0, 0.2), (1.0, -8.0, 9.0), (1.0, 2.0, 1e-6)])
def test_log_predictive_density_against_a_fine_grid(likelihood, y, mean, variance):
    got = log_predictive_density(likelihood, np.array([y]), np.array([mean]), np.array([variance]))[0]
    eta, spacing = np.linspace(mean - 20 * variance**0.5, mean + 20 * variance**0.5, 400_001, retstep=True)
    log_joint = (
        likelihood.log_density(eta, np.array(y))
        - 0.5 * (eta - mean) ** 2 / variance
        - 0.5 * np.log(2 * np.pi * variance)
    )
    expected = np.logaddexp.reduce(log_joint) + np.log(spacing)
    # Quadrature with 41 nodes around the mode: 1e-6 nats for these.
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)
