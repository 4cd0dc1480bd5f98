"""What a generalised linear model asks of its likelihood p(y | eta), eta the linear predictor.

A likelihood is one file in `likelihoods/`: a frozen dataclass whose fields are its parameters and whose name is the
file's in CamelCase. Values are in nats; arrays broadcast, one element per observation.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from natgrad_native import _registry

__all__ = ["Expectations", "Likelihood", "make_likelihood"]

Array = NDArray[np.float64]


class Expectations(NamedTuple):
    """E log p(y | eta), E d/deta log p and E d^2/deta^2 log p under eta ~ N(mean, variance), elementwise."""

    value: Array
    first: Array
    second: Array


class Likelihood(ABC):
    """The likelihood p(y | eta) of an observation y given its linear predictor eta, log-concave in eta."""

    @property
    def name(self) -> str:
        """The name it is registered under, which is its file's."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def parameters(self) -> tuple[float, ...]:
        """The likelihood's own parameters, in the order of its fields."""
        return tuple(float(value) for value in astuple(self))  # type: ignore[call-overload]

    @abstractmethod
    def target_conditions(self, y: Array) -> Iterator[tuple[NDArray[np.bool_], str]]:
        """Pairs (mask of the rows that meet the condition, text of the condition) for finite y."""

    @abstractmethod
    def log_density(self, eta: Array, y: Array) -> Array:
        """Log density log p(y | eta), with every constant."""

    @abstractmethod
    def expectations(self, y: Array, mean: Array, variance: Array) -> Expectations:
        """E log p(y | eta) and the expectations of its first two derivatives in eta, for eta ~ N(mean, variance)."""

    @abstractmethod
    def predict_mean(self, mean: Array, variance: Array) -> Array:
        """E y of a new observation whose predictor is N(mean, variance)."""

    @abstractmethod
    def working_start(self, y: Array) -> tuple[Array, Array, Array]:
        """The quadratic in eta a fit may start from: (eta_0, d/deta log p(y | eta_0), curvature weight > 0)."""

    def check_target(self, y: ArrayLike) -> Array:
        """The target as float64, shape (rows,).

        Raises TypeError for text or complex numbers, ValueError naming the first row that cannot be a target.
        """
        given = np.asarray(y)
        if given.dtype.kind not in "biuf":
            raise TypeError(f"{self._name} target: y must hold numbers, got dtype {given.dtype}")
        if given.ndim != 1:
            raise ValueError(f"{self._name} target: y must have shape (rows,), got shape {given.shape}")
        target = given.astype(np.float64)
        self._require(np.isfinite(target), "must be finite", target)
        for good, condition in self.target_conditions(target):
            self._require(good, condition, target)
        return target

    def _require(self, good: NDArray[np.bool_], condition: str, target: Array) -> None:
        if not good.all():
            row = int(np.argmin(good))
            raise ValueError(f"{self._name} target: row {row}: y {condition}, got {target[row]:.6g}")

    @property
    def _name(self) -> str:
        return type(self).__name__


def make_likelihood(name: str, **parameters: Any) -> Likelihood:
    """The likelihood registered under `name`, e.g. ``make_likelihood("gaussian", noise_variance=0.5)``.

    Raises ValueError for an unknown name or parameter.
    """
    known = _registry.names("likelihood")
    if name not in known:
        raise ValueError(f"likelihood must be one of {', '.join(known)}; got {name!r}")
    module = importlib.import_module(f"natgrad_native.reference.likelihoods.{name}")
    kind = getattr(module, "".join(word.capitalize() for word in name.split("_")))
    fields = tuple(kind.__dataclass_fields__)
    unknown = sorted(set(parameters) - set(fields))
    if unknown:
        raise ValueError(f"likelihood {name!r} has no parameter {unknown[0]!r}; it takes {', '.join(fields) or 'none'}")
    likelihood: Likelihood = kind(**parameters)
    return likelihood
