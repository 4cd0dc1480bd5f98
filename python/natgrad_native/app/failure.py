"""The one exception that the command line turns into `natgrad: error: ...`, and the import of optional packages."""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["CommandError", "optional_import"]


class CommandError(Exception):
    """A condition the user can mend; its text is printed after `natgrad: error: ` and the exit code is 2."""


def optional_import(module: str, purpose: str) -> ModuleType:
    """Import a module of the extra `app`; `CommandError` says what `purpose` needs and how to get it."""
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        distribution = {"sklearn": "scikit-learn"}.get(package, package)
        raise CommandError(f'{purpose} needs {distribution}: pip install "natgrad_native[app]"') from error
