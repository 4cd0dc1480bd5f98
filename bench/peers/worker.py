"""One peer in its own process: `python -m peers.worker NAME HANDLE`, answering `remote.Peer` over a socket.

It imports NumPy and the peer only, so another Python that has the peer will do.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from . import forms


class Worker:
    """What can be asked for, by name."""

    def __init__(self, peer: Any) -> None:
        self.peer = peer
        self.family = self.operation = ""
        self.call: Callable[[], Any] | None = None

    def prepare(self, family: str, operation: str, operands: list[forms.Array]) -> bool:
        """Whether the peer has the operation; if so its operands are laid out."""
        self.family, self.operation = family, operation
        kinds = forms.OPERANDS[operation]
        split = [forms.split(family, kind, packed) for kind, packed in zip(kinds, operands, strict=True)]
        self.call = self.peer.prepare(family, operation, split)
        return self.call is not None

    def answer(self) -> forms.Array:
        assert self.call is not None
        return forms.join(self.family, self.operation, self.peer.parts(self.call()))

    def seconds(self, loops: int) -> float:
        """Of all threads of this process, so that none works unseen."""
        call = self.call
        assert call is not None
        start = time.process_time()
        for _ in range(loops):
            call()
        return time.process_time() - start

    def release(self) -> None:
        self.call = None


def main() -> None:
    name, handle = sys.argv[1], int(sys.argv[2])
    with Connection(handle) as pipe:
        try:
            peer = importlib.import_module(f"peers.{name}")
            pipe.send((True, peer.versions()))
        except Exception as error:  # whatever keeps a peer from running here is its name for it
            pipe.send((False, f"{type(error).__name__}: {error}"))
            return
        worker = Worker(peer)
        while True:
            try:
                method, *arguments = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send((True, getattr(worker, method)(*arguments)))
            except Exception as error:
                pipe.send((False, f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main()
