"""What is installed and in use: version, instruction set, threads, BLAS."""

from __future__ import annotations

import importlib
import platform
from typing import Any

import numpy as np
import scipy

import natgrad_native as ng

from .report import pairs

__all__ = ["info_text", "installation"]


def installation() -> dict[str, Any]:
    """Everything `natgrad info` prints, as a dictionary for JSON; what is not known is None."""
    native = dict(ng.native_info())
    native["isas"] = list(native.get("isas", ()))
    return {
        **native,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": {"numpy": _blas(np), "scipy": _blas(scipy)},
        "blas_threads": _thread_pools(),
        "machine": platform.machine(),
    }


def info_text(record: dict[str, Any]) -> str:
    """The same, one aligned line each."""
    facts = {"natgrad_native": str(record.get("version"))}
    facts["ISA in use"] = str(record.get("isa"))
    facts["ISAs available"] = ", ".join(map(str, record["isas"])) or "unknown"
    facts["threads"] = str(record.get("threads"))
    shown = {"version", "isa", "isas", "threads", "blas", "blas_threads", "python", "numpy", "scipy", "machine"}
    for key in record.keys() - shown:
        facts[key.replace("_", " ")] = str(record[key])
    facts["Python"] = f"{record['python']} on {record['machine']}"
    for name, label in (("numpy", "NumPy"), ("scipy", "SciPy")):
        facts[label] = f"{record[name]}, built with {record['blas'][name] or 'an unknown BLAS'}"
    for pool in record["blas_threads"] or ():
        facts[f"BLAS of {pool['package']}"] = f"{pool['name']}, {pool['architecture']}, {pool['threads']} threads"
    return pairs(facts)


def _blas(module: Any) -> str | None:
    try:
        blas = module.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas.get('version', '')}".strip()
    except (KeyError, TypeError, AttributeError):
        return None


def _thread_pools() -> list[dict[str, Any]] | None:
    """The BLAS libraries loaded in this process, where threadpoolctl is installed."""
    try:
        controller = importlib.import_module("threadpoolctl")
    except ImportError:
        return None
    pools = [pool for pool in controller.threadpool_info() if pool.get("user_api") == "blas"]
    return [
        {
            "package": _package(str(pool.get("filepath", ""))),
            "name": f"{pool.get('internal_api')} {pool.get('version') or ''}".strip(),
            "architecture": pool.get("architecture") or "unknown architecture",
            "threads": pool.get("num_threads"),
        }
        for pool in pools
    ]


def _package(path: str) -> str:
    return next((name for name in ("numpy", "scipy") if f"{name}.libs" in path or f"/{name}/" in path), path)
