"""The way into the command `natgrad`, outside the package so that it can report why the package does not load."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run `natgrad_native.cli.main`; 2 after one line on stderr where the compiled core cannot be loaded."""
    try:
        from natgrad_native.cli import main as command
    except ImportError as error:
        print(f"natgrad: error: {error}", file=sys.stderr)
        return 2
    return command()
