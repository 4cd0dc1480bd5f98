"""Tables of words and numbers, as the benchmarks print them."""

from __future__ import annotations


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Columns of numbers to the right, of words to the left."""
    columns = list(zip(header, *rows, strict=True))
    aligned = []
    for cells in columns:
        width = max(map(len, cells))
        numbers = all(
            cell.lstrip("~").replace(".", "").replace("e+", "").isdigit() or cell in "-x" for cell in cells[1:]
        )
        aligned.append([cell.rjust(width) if numbers else cell.ljust(width) for cell in cells])
    for line in zip(*aligned, strict=True):
        print("  ".join(line).rstrip())


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"
