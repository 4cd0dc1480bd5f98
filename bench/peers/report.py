"""The table as text and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tables import number

from .measure import Result
from .remote import MODULES

COMMAND = "python bench/peers --markdown docs/speed.md"
PREAMBLE = """\
# Speed

Written by `{command}`, which measures it again: our time an item beside each peer's in one run,
one thread, float64, medians of processor time taken in turn (wall time where two threads are the point). The peers are
NumPy and SciPy, PyTorch, and `jax.jit`, each as a user would write it by hand, and efax. A peer gets its operands in
the form that suits it best (separate columns, full symmetric matrices), laid out before the clock starts; we work on
packed rows. Its answer is checked before it is timed.

* *ratio*: the best peer's time over ours; for two threads and float32 the gain.
* *floor*: what share of our time the unavoidable would take: copying the same bytes (`copy`), half a matrix product of
  the same dimension (`half a dgemm`: Cholesky and inverse are half its operations), or perfect doubling (`twice`).
* `~`: a slow peer was timed on fewer rows and a row's share taken; `-`: it has no such operation; `x`: it failed or its
  answer is wrong, as noted below.
"""


def header() -> list[str]:
    return ["line", "rows", "ours ns", *(f"{peer} ns" for peer in MODULES), "ratio", "best", "floor", "target", ""]


def cells(result: Result) -> list[str]:
    return [
        result.line.name + (f" ({result.remark})" if result.remark else ""),
        str(result.rows),
        number(result.ours * 1e9),
        *(peer_cell(result, peer) for peer in MODULES),
        number(result.ratio),
        result.best or "-",
        "-" if result.floor is None else f"{result.floor:.0%} of {result.floor_name}",
        result.line.target,
        result.verdict,
    ]


def peer_cell(result: Result, peer: str) -> str:
    if peer in result.wrong:
        return "x"
    if peer not in result.peers:
        return "-"
    return ("~" if peer in result.fewer else "") + number(result.peers[peer] * 1e9)


def notes(results: Iterable[Result], missing: Mapping[str, str]) -> list[str]:
    """What a reader must know beside the numbers."""
    found = [f"{peer} is left out: {why}" for peer, why in missing.items()]
    found += [f"{peer}, {result.line.name}: {why}" for result in results for peer, why in result.wrong.items()]
    return found


def summary(results: Sequence[Result]) -> str:
    count = {verdict: sum(result.verdict == verdict for result in results) for verdict in ("met", "MISSED", "open")}
    text = f"{count['met']} of {len(results)} lines met, {count['MISSED']} missed"
    return text + (f", {count['open']} open for want of a peer" if count["open"] else "")


def markdown(results: Sequence[Result], machine: Mapping[str, str], missing: Mapping[str, str]) -> str:
    rows = [header(), ["---", *["---:"] * (len(MODULES) + 3), *["---"] * 4], *map(cells, results)]
    table = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    setting = [f"* {name}: {value}" for name, value in machine.items()]
    said = [f"* {note}" for note in notes(results, missing)]
    parts = [PREAMBLE.format(command=COMMAND), "\n".join(setting), summary(results) + ".", "\n".join(table)]
    return "\n\n".join([part.strip() for part in parts] + (["\n".join(said)] if said else [])) + "\n"
