"""A progress bar that is only there when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bar", "progress_bar"]


class Bar:
    """Shows iterations, the objective's value and the time left; without a display it does nothing."""

    def __init__(self, display: Any = None, value_name: str = "") -> None:
        self.display = display
        self.value_name = value_name

    def update(self, fun: NDArray[np.float64], running: int) -> None:
        """One iteration more; `fun` and the number of rows still running are shown beside it."""
        if self.display is not None:
            shown = {self.value_name: f"{fun.mean():.6g}"}
            if fun.size > 1:
                shown["rows left"] = str(running)
            self.display.set_postfix(shown, refresh=False)
            self.display.update()


@contextmanager
def progress_bar(wanted: bool, total: int, name: str, value_name: str) -> Iterator[Bar]:
    """A bar for at most `total` iterations that calls the value `value_name`; ImportError says how to get tqdm."""
    if not wanted:
        yield Bar()
        return
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError('progress=True needs tqdm: pip install "natgrad_native[app]"') from error
    with tqdm(total=total, desc=name, unit="it") as display:
        yield Bar(display, value_name)
