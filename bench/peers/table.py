"""The lines of the table and what each is to reach, written down before anything was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import natgrad_native as ng

BEST = "best"  # of all peers there are
MILLION = 1_000_000
MAPS = ("mean_from_natural", "log_partition", "entropy", "kl_divergence")


@dataclass(frozen=True)
class PeerLine:
    """Our time of an operation on a batch beside each peer's.

    `times` is how many times faster than a peer, or than the best, we are to be; `of_copy` the other way to meet the
    line: our time over that of copying the same bytes.
    """

    family: Any
    operation: str
    rows: int
    times: Mapping[str, float] = field(default_factory=dict)
    of_copy: float | None = None
    floor: str = "copy"

    @property
    def name(self) -> str:
        return f"{self.family!r}.{self.operation}"

    @property
    def target(self) -> str:
        wanted = " and ".join(f">= {times:g} x {peer}" for peer, times in self.times.items())
        return wanted if self.of_copy is None else f"{wanted}, or <= {self.of_copy:g} x copy"


@dataclass(frozen=True)
class ScalingLine:
    """How much faster an operation gets by two threads or by float32, of which twice is the most there is to get."""

    family: Any
    operation: str
    rows: int
    by: str
    times: float

    @property
    def name(self) -> str:
        return f"{self.family!r}.{self.operation}, {self.by}"

    @property
    def target(self) -> str:
        return f">= {self.times:g} x"


@dataclass(frozen=True)
class OneRowLine:
    """The calls on one row of all scalar families and operations, of which one is named: the worst or the median."""

    which: str
    seconds: float = 3e-6

    @property
    def name(self) -> str:
        return f"one row of any scalar family, the {self.which}"

    @property
    def target(self) -> str:
        return f"<= {self.seconds * 1e6:g} us"


Line = PeerLine | ScalingLine | OneRowLine
THREADS, PRECISION = "2 threads over 1", "float32 over float64"


def lines() -> Iterator[Line]:
    gamma, beta, dirichlet = ng.Gamma(), ng.Beta(), ng.Dirichlet(10)
    for family in (ng.Bernoulli(), ng.Poisson(), ng.Normal()):
        for operation in ("mean_from_natural", "natural_from_mean", *MAPS[1:], "fisher_solve"):
            yield PeerLine(family, operation, MILLION, {BEST: 2.0}, of_copy=1.3)
    for family, rows, times in ((gamma, MILLION, 4.0), (beta, MILLION, 5.0), (dirichlet, MILLION // 10, 5.0)):
        for operation in MAPS:
            yield PeerLine(family, operation, rows, {BEST: times})
        yield PeerLine(family, "fisher_solve", rows, {"torch": 4.0, "numpy": 20.0})
        yield PeerLine(family, "natural_from_mean", rows, {"torch": 10.0, "efax": 100.0})
    for dimension, rows, times in (
        (2, 10**5, 5.0),
        (4, 10**5, 5.0),
        (8, 10**5, 10.0),
        (16, 10**5, 10.0),
        (32, 10**4, 6.0),
    ):
        for operation in ("mean_from_natural", "natural_from_mean", "log_partition", "kl_divergence"):
            yield PeerLine(ng.MultivariateNormal(dimension), operation, rows, {BEST: times})
    for dimension in (256, 1024, 2048):
        family = ng.MultivariateNormal(dimension)
        # Cholesky and inverse are n^3 operations together, half of those of a product.
        yield PeerLine(family, "mean_from_natural", 1, {"torch": 1.0, "numpy": 1.7}, floor="half a dgemm")
    for by, times in ((THREADS, 1.8), (PRECISION, 1.6)):
        for family in (gamma, beta):
            for operation in (*MAPS, "natural_from_mean"):
                yield ScalingLine(family, operation, MILLION, by, times)
    yield OneRowLine("worst")
    yield OneRowLine("median")
