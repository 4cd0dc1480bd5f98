"""The two commands, from parsed options to what is printed."""

from __future__ import annotations

import argparse
import importlib.util
import sys

from ..plotting import check_picture, save_comparison
from .compare import compare
from .data import breast_cancer, problem_from_table
from .failure import CommandError, optional_import
from .info import info_text, installation
from .report import comparison_json, comparison_text, to_json
from .tables import read_table
from .targets import likelihood_of

__all__ = ["run_compare", "run_info"]


def run_info(options: argparse.Namespace) -> None:
    """`natgrad info`."""
    record = installation()
    print(to_json(record) if options.json else info_text(record))


def run_compare(options: argparse.Namespace) -> None:
    """`natgrad compare`."""
    if options.data is None:
        if options.target is not None:
            raise CommandError("--target goes with a data file, and none is given")
        table, target = breast_cancer()
    else:
        table, target = read_table(options.data), options.target
    parameters = {} if options.noise_variance is None else {"noise_variance": options.noise_variance}
    likelihood = likelihood_of(options.likelihood, **parameters)
    problem = problem_from_table(table, target, likelihood, options.test_fraction, options.seed)
    if not options.no_plot:
        # Before the fits: a picture that cannot be written should not cost a long run.
        check_picture(options.plot)
    progress = _wants_progress(options)
    comparison = compare(
        problem,
        likelihood,
        list(dict.fromkeys(options.rules)),
        likelihood_name=options.likelihood,
        prior_precision=options.prior_precision,
        max_iter=options.max_iter,
        progress=progress,
        say=(lambda text: print(f"natgrad: {text}", file=sys.stderr)) if progress else (lambda text: None),
    )
    if not options.no_plot:
        comparison.plot = options.plot
    print(comparison_json(comparison) if options.json else comparison_text(comparison), flush=True)
    if not options.no_plot:
        # After the table, which is not lost where the picture cannot be written after all.
        save_comparison(comparison, options.plot)
        if not options.json:
            print(f"\npicture: {options.plot}")


def _wants_progress(options: argparse.Namespace) -> bool:
    """On a terminal where tqdm is installed, or when asked for."""
    if options.progress and not options.quiet:
        optional_import("tqdm", "the progress bar")
        return True
    return not options.quiet and sys.stderr.isatty() and importlib.util.find_spec("tqdm") is not None
