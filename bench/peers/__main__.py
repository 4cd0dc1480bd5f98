"""Measure the whole table, or some of it: ours beside NumPy and SciPy, PyTorch, jax.jit and efax."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/peers", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="lines that name every TEXT")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, few rounds, no matrix beyond 512")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds, of which the median is reported")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page of the documentation, too")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PEER=PATH",
        help="run a peer in another interpreter, as in efax=/path/to/python3.13 (repeatable)",
    )
    return parser.parse_args(given)


def named(name: str, texts: Sequence[str]) -> bool:
    return all(text.lower() in name.lower() for text in texts)


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    import natgrad_native as ng
    from tables import print_table

    from peers import machine, measure, remote, report, table

    ng.set_num_threads(1)
    effort = measure.Effort(rounds=options.rounds)
    if options.quick:
        effort = measure.Effort(10**5, 3, 0.1, 0.5, 512)
    lines = [line for line in table.lines() if effort.allows(line) and named(line.name, options.only)]
    wanted = remote.MODULES if any(isinstance(line, table.PeerLine) for line in lines) else ()
    load = os.getloadavg()[0]  # that of others: numbers from a busy machine should say so
    peers, missing = remote.start(dict(pair.split("=", 1) for pair in options.python), wanted)
    results = []
    try:
        for line in lines:
            print(f"{line.name} ...", file=sys.stderr, flush=True)
            results.append(measure.measured(line, peers, effort))
    except KeyboardInterrupt:
        print("interrupted: the table holds what has been measured", file=sys.stderr)
    finally:
        remote.stop(peers)
    setting = machine.described({name: peer.versions for name, peer in peers.items()})
    setting["load before"] = f"{load:.1f}"
    print(*(f"{name}: {value}" for name, value in setting.items()), "", sep="\n")
    print_table(report.header(), [report.cells(result) for result in results])
    print("", *report.notes(results, missing), report.summary(results), sep="\n")
    if options.markdown:
        options.markdown.write_text(report.markdown(results, setting, missing))
    return 0


if __name__ == "__main__":
    sys.path[:1] = [str(ROOT / "bench"), str(ROOT / "tests")]
    import threads

    threads.limit(1)
    sys.exit(main())
