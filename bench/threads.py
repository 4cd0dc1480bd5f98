"""The threads of the numerical libraries, set before any of them is imported."""

from __future__ import annotations

import os


def limit(threads: int) -> None:
    """Before NumPy is imported: its BLAS reads these once."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NATGRAD_NUM_THREADS"):
        os.environ[variable] = str(threads)
