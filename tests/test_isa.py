"""Every instruction set that was built gives the same answers; the choice is made once, at import."""

from __future__ import annotations

import os
import subprocess
import sys

import natgrad_native as ng
import pytest

PROGRAM = """
import numpy as np, natgrad_native as ng, operands, tolerances
from conftest import FAMILIES
for family in FAMILIES:
    theta = operands.ordinary(family, 100)
    for operation in ("mean_from_natural", "log_partition", "entropy"):
        error = tolerances.error(family.reference, operation, getattr(family, operation)(theta), theta)
        assert error.max() <= tolerances.bound(operation, type(family).__name__, np.float64), (family, operation)
print(ng.native_info()["isa"])
"""


def run(isa):
    path = os.pathsep.join(filter(None, (os.path.dirname(__file__), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"NATGRAD_NATIVE_ISA": isa, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("isa", ng.native_info()["isas"])
def test_each_instruction_set(isa):
    found = run(isa)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == isa
    assert run(isa.replace("_", "-")).stdout.strip() == isa


def test_an_unknown_instruction_set_is_refused():
    found = run("v9")
    assert found.returncode != 0
    assert "NATGRAD_NATIVE_ISA='v9' is not among the instruction sets built and runnable here" in found.stderr
