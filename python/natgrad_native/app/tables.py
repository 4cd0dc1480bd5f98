"""Read a CSV or Parquet file into named NumPy columns, refusing whatever a fit could not use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .failure import CommandError, optional_import

__all__ = ["Categorical", "Column", "Table", "read_table"]

_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Categorical:
    """A column of labels: row i holds `levels[codes[i]]`, the levels sorted; `text` is False for bool."""

    codes: NDArray[np.intp]
    levels: tuple[str, ...]
    text: bool = True


Column = NDArray[np.float64] | Categorical


@dataclass(frozen=True)
class Table:
    """Columns of equal length by name, in the order of the file; `source` is what messages call the file."""

    source: str
    columns: dict[str, Column]
    rows: int


def read_table(path: str | Path) -> Table:
    """Read a table with a header row.

    Numeric columns become float64, text, dictionary and bool columns `Categorical`. Rows in messages are data rows
    counted from 1. Raises `CommandError` for a file that is unreadable, empty, without rows, with duplicate column
    names, with a missing (empty, null, NaN) or infinite value, or with a column of any other type.
    """
    path = Path(path)
    if not path.exists():
        raise CommandError(f"{path}: no such file")
    if path.is_dir():
        raise CommandError(f"{path} is a directory, not a CSV or Parquet file")
    table = _read_arrow(path)
    names = _column_names(table, path)
    if not names:
        raise CommandError(f"{path} has no columns")
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise CommandError(f"{path}: duplicate column names: {', '.join(map(repr, duplicates))}")
    if table.num_rows == 0:
        raise CommandError(f"{path} has a header but no rows")
    columns = {name: _column(name, table.column(index)) for index, name in enumerate(names)}
    return Table(source=path.name, columns=columns, rows=int(table.num_rows))


def _read_arrow(path: Path) -> Any:
    pyarrow = optional_import("pyarrow", "reading tables")
    lower = path.name.lower()
    if not lower.endswith(_CSV + _PARQUET):
        raise CommandError(f"{path}: the file name must end with one of {', '.join(_CSV + _PARQUET)}")
    try:
        if path.stat().st_size == 0:
            raise CommandError(f"{path} is empty")
        if lower.endswith(_PARQUET):
            return optional_import("pyarrow.parquet", "reading tables").ParquetFile(path).read()
        csv = optional_import("pyarrow.csv", "reading tables")
        return csv.read_csv(
            path,
            parse_options=csv.ParseOptions(delimiter="\t" if ".tsv" in lower else ",", newlines_in_values=True),
            # A quoted "NA" is a label, a bare NA is missing; a quoted empty string is found in _labels.
            convert_options=csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False),
        )
    except (pyarrow.ArrowException, OSError, UnicodeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if "Empty CSV" in reason:
            raise CommandError(f"{path} is empty") from error
        raise CommandError(f"cannot read {path}: {reason}") from error


def _column_names(table: Any, path: Path) -> list[str]:
    try:
        return [str(name) for name in table.column_names]
    except UnicodeError as error:
        raise CommandError(f"cannot read {path}: the header row is not UTF-8 text") from error


def _column(name: str, column: Any) -> Column:
    types = optional_import("pyarrow", "reading tables").types
    kind = column.type
    if column.null_count:
        # to_numpy of is_null() is a plain bool array, whatever the column holds.
        missing = np.asarray(column.is_null().to_numpy(), dtype=bool)
        raise _missing(name, int(np.argmax(missing)))
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return _numbers(name, column)
    if types.is_boolean(kind):
        codes = np.asarray(column.to_numpy(), dtype=np.intp)
        return _compressed(codes, ("false", "true"), text=False)
    if types.is_dictionary(kind):
        return _column(name, column.cast(kind.value_type))
    if _is_text(types, kind):
        return _labels(name, column)
    if types.is_binary(kind):
        _require_utf8(name, column)
    raise CommandError(
        f"column {name!r} is of type {kind}: only numbers, text, bool and dictionary columns can be used; "
        "turn it into numbers or drop it"
    )


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _require_utf8(name: str, column: Any) -> None:
    """A column of a CSV file that is not UTF-8 is read as bytes."""
    for row, value in enumerate(column.to_pylist()):
        try:
            value.decode()
        except UnicodeError:
            raise CommandError(f"column {name!r}, row {row + 1} is not UTF-8 text: save the file as UTF-8") from None


def _numbers(name: str, column: Any) -> NDArray[np.float64]:
    values = np.array(column.cast("float64", safe=False).to_numpy(), dtype=np.float64)
    if np.isnan(values).any():
        raise _missing(name, int(np.argmax(np.isnan(values))))
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise CommandError(f"column {name!r}, row {row + 1}: infinite value")
    return values


def _labels(name: str, column: Any) -> Categorical:
    levels, codes = np.unique(np.asarray(column.to_pylist(), dtype=object), return_inverse=True)
    empty = np.flatnonzero([not level.strip() for level in levels])
    if empty.size:
        raise _missing(name, int(np.argmax(np.isin(codes, empty))))
    return Categorical(codes.astype(np.intp), tuple(str(level) for level in levels))


def _compressed(codes: NDArray[np.intp], levels: tuple[str, ...], *, text: bool) -> Categorical:
    """Drop the levels that no row has."""
    present, codes = np.unique(codes, return_inverse=True)
    return Categorical(codes.astype(np.intp), tuple(levels[i] for i in present), text)


def _missing(name: str, row: int) -> CommandError:
    return CommandError(
        f"missing value in column {name!r}, row {row + 1} (data rows counted from 1, without the header)"
    )
