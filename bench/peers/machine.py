"""What the table was measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import natgrad_native as ng
import numpy as np
import scipy


def described(peers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Name -> value: processor, instruction set, and the version of everything timed."""
    info = ng.native_info()
    found = {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "natgrad_native": f"{ng.__version__}, {info['isa']}",
        "BLAS": blas(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    for versions in peers.values():
        found.update(versions)
    return found


def processor() -> str:
    """As Linux names it, with the family and model where a hypervisor hides the name."""
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text()
        fields = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", text, re.MULTILINE))
        if "model name" in fields:
            return f"{fields['model name']} (family {fields.get('cpu family')}, model {fields.get('model')})"
    return platform.processor() or platform.machine()


def blas() -> str:
    """Library and kernel; an old library or OPENBLAS_CORETYPE may have chosen one for another processor."""
    try:
        import threadpoolctl
    except ImportError:
        return "unknown (needs threadpoolctl)"
    pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    names = {f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip() for pool in pools}
    return ", ".join(sorted(names)) or "unknown"
