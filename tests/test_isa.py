"""Every instruction set that was built gives answers within the table; the choice is made once, at import."""

from __future__ import annotations

import os
import subprocess
import sys

import natgrad_native as ng
import pytest

PROGRAM = """
import numpy as np
import natgrad_native as ng
import operands
from calls import assert_agrees, call
from conftest import FAMILIES
for family in FAMILIES:
    for dtype in (np.float64, np.float32):
        easy, extreme = operands.ordinary(family, 9, dtype), operands.hard(family, dtype)
        for operation in operands.OPERATIONS:
            solves = operation == "fisher_solve"  # a hard row may be refused
            theta = easy if solves else np.concatenate([easy, extreme])
            arguments, _ = operands.arguments(family, operation, theta)
            assert_agrees(family, operation, call(family, operation, arguments), arguments)
    theta = operands.ordinary(family, 50)
    for name in ng.updates.__all__:
        if name != "Update":
            ng.updates.__dict__[name](family, theta, 0.01 * theta, 0.1, out_of_domain="shrink")
print(ng.native_info()["isa"])
"""


def run(isa, program=PROGRAM):
    path = os.pathsep.join(filter(None, [os.path.dirname(__file__), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"NATGRAD_NATIVE_ISA": isa, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("isa", ng.native_info()["isas"])
def test_each_instruction_set(isa):
    found = run(isa)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == isa


SHORT = 'import natgrad_native as ng; print(ng.native_info()["isa"])'


def test_names_may_be_spelt_in_several_ways():
    best = ng.native_info()["isas"][-1]
    for spelling in ("", best, best.upper(), best.replace("_", "-"), best.removeprefix("x86_64_")):
        assert run(spelling, SHORT).stdout.strip() == best
    assert run("baseline", SHORT).stdout.strip() == ng.native_info()["isas"][0]


@pytest.mark.parametrize("wrong", ["v9", "avx512", "x86_64"])
def test_an_unknown_instruction_set_is_refused(wrong):
    found = run(wrong, SHORT)
    assert found.returncode != 0
    text = f"NATGRAD_NATIVE_ISA={wrong!r} is not among the instruction sets built and runnable here: "
    assert f"ImportError: {text}{', '.join(ng.native_info()['isas'])}" in found.stderr
