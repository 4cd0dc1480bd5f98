"""A peer as it is called from here: a process with one thread that is asked for answers and for times."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .forms import Array

MODULES = {"numpy": "numpy_scipy", "torch": "torch_peer", "jax": "jax_peer", "efax": "efax_peer"}
# One thread (XLA makes NPROC of them), and float64 in JAX before anything makes a constant.
SETTING = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}


class MissingError(RuntimeError):
    """The peer cannot be imported, and why."""


class FailedError(RuntimeError):
    """The peer raised an error."""


class Peer:
    """`prepare` lays the operands out; then `answer()` computes and `seconds(loops)` times."""

    def __init__(self, name: str, python: str = sys.executable) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.process = subprocess.Popen(
                [python, "-m", "peers.worker", MODULES[name], str(theirs.fileno())],
                cwd=Path(__file__).resolve().parents[1],
                env={**os.environ, **SETTING},
                pass_fds=[theirs.fileno()],
                stdout=subprocess.DEVNULL,
            )
            self.pipe = Connection(ours.detach())
        try:
            self.versions: dict[str, str] = self._received()
        except FailedError as error:
            self.close()
            raise MissingError(str(error)) from None

    def prepare(self, family: str, operation: str, operands: Iterable[Array]) -> bool:
        return bool(self._ask("prepare", family, operation, list(operands)))

    def answer(self) -> Array:
        answer: Array = self._ask("answer")
        return answer

    def seconds(self, loops: int) -> float:
        return float(self._ask("seconds", loops))

    def release(self) -> None:
        self._ask("release")

    def close(self) -> None:
        self.pipe.close()
        self.process.wait()

    def _ask(self, *request: Any) -> Any:
        self.pipe.send(request)
        return self._received()

    def _received(self) -> Any:
        try:
            good, value = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise FailedError(f"its process ended with status {self.process.wait()}") from None
        if not good:
            raise FailedError(value)
        return value


def start(pythons: Mapping[str, str], only: Iterable[str] = MODULES) -> tuple[dict[str, Peer], dict[str, str]]:
    """The peers there are, and why the others are not there. `pythons` names another interpreter for some."""
    found, missing = {}, {}
    for name in only:
        try:
            found[name] = Peer(name, pythons.get(name, sys.executable))
        except (MissingError, OSError) as error:
            missing[name] = str(error)
    return found, missing


def stop(peers: Mapping[str, Peer]) -> None:
    for peer in peers.values():
        with suppress(OSError):
            peer.close()
