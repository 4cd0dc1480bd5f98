"""The command `natgrad`: `compare` sets the update rules side by side on data, `info` describes the installation."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from . import _registry

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    """Reports a wrong command line like every other error: one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"natgrad: error: {message} (see: {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (0, or 2 after `natgrad: error: ...` on stderr).

    Where the reader of stdout has gone (`| head`) it ends quietly with 141, as if by SIGPIPE.
    """
    options = _parser().parse_args(arguments)
    # The work is imported here so that --help and wrong arguments answer at once.
    from .app.failure import CommandError
    from .app.run import run_compare, run_info

    try:
        (run_info if options.command == "info" else run_compare)(options)
        sys.stdout.flush()
    except CommandError as error:
        return _fail(str(error))
    except MemoryError as error:
        return _fail(f"out of memory: {error}")
    except BrokenPipeError:
        # Python flushes stdout once more at exit: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    # What the library says about its input: DomainError, shapes, dtypes, unreadable or unwritable files.
    except (ValueError, TypeError, ArithmeticError, ImportError, OSError) as error:
        return _fail(str(error) or type(error).__name__)
    except KeyboardInterrupt:
        print("natgrad: interrupted", file=sys.stderr)
        return 130
    return 0


def _fail(message: str) -> int:
    print(f"natgrad: error: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="natgrad", description="Natural-gradient inference for exponential families.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser, metavar="{compare,info}")
    _add_compare(
        commands.add_parser(
            "compare", help="compare the update rules on a data set", description=_DESCRIPTION, epilog=_EPILOG
        )
    )
    info = commands.add_parser("info", help="version, instruction set, threads and BLAS in use")
    info.add_argument("--json", action="store_true", help="print JSON")
    return parser


_DESCRIPTION = (
    "Fit the full-Gaussian posterior of a Bayesian generalised linear model by each update rule, from the same start, "
    "with backtracking steps; print one table and draw one picture."
)
_EPILOG = (
    "Columns other than the target: numbers are standardised with the training part's mean and deviation; text, bool "
    "and dictionary columns become indicators of every level but the first. Without a file: scikit-learn's breast "
    "cancer data."
)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    likelihoods, rules = _registry.names("likelihood"), _registry.names("update")
    add = parser.add_argument
    add("data", nargs="?", help="CSV or Parquet file with a header row")
    add("--target", metavar="COLUMN", help="the column to predict (needed with a file)")
    add("--likelihood", choices=likelihoods, default="bernoulli", help="of the target (default: bernoulli)")
    add(
        "--rules",
        nargs="+",
        choices=rules,
        default=list(rules),
        metavar="RULE",
        help=f"from: {', '.join(rules)} (default: all)",
    )
    add(
        "--noise-variance",
        type=_positive,
        metavar="V",
        help="of the gaussian likelihood, in the target's units squared (default: 1)",
    )
    add(
        "--prior-precision",
        type=_positive,
        default=1.0,
        metavar="P",
        help="of every coefficient's normal prior (default: 1)",
    )
    add("--max-iter", type=_at_least_one, default=1000, metavar="N", help="steps per rule (default: 1000)")
    add("--test-fraction", type=_fraction, default=0.2, metavar="F", help="rows held out, in [0, 1) (default: 0.2)")
    add("--seed", type=_seed, default=0, help="of the split (default: 0)")
    add(
        "--plot",
        default="natgrad_compare.png",
        metavar="FILE",
        help="where the picture goes (default: natgrad_compare.png)",
    )
    add("--no-plot", action="store_true", help="draw no picture")
    add("--json", action="store_true", help="print the table as JSON, and nothing else, on stdout")
    add("--progress", action="store_true", help="show progress bars even where stderr is no terminal")
    add("--quiet", action="store_true", help="no progress on stderr")


Number = TypeVar("Number", int, float)


def _checked(text: str, kind: Callable[[str], Number], met: Callable[[Number], bool], needed: str) -> Number:
    """`text` as a number that meets a condition; the error says what is `needed`."""
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not met(value):
        raise argparse.ArgumentTypeError(f"must be {needed}, got {text}")
    return value


def _positive(text: str) -> float:
    return _checked(text, float, lambda value: 0 < value < float("inf"), "a finite number > 0")


def _fraction(text: str) -> float:
    return _checked(text, float, lambda value: 0 <= value < 1, "a number in [0, 1)")


def _at_least_one(text: str) -> int:
    return _checked(text, int, lambda value: value >= 1, "an integer >= 1")


def _seed(text: str) -> int:
    return _checked(text, int, lambda value: value >= 0, "an integer >= 0")


if __name__ == "__main__":
    sys.exit(main())
