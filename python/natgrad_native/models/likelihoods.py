"""The parameters that likelihoods bring to the estimators, and the constructor of an estimator with one likelihood."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .. import _registry
from .._native import core
from ..reference.likelihood import make_likelihood

__all__ = ["LIKELIHOOD_PARAMETERS", "constructor_with"]

# Every registered likelihood's own parameters, by its name, with their defaults.
_DEFAULTS: dict[str, dict[str, float]] = {
    name: dict(zip(core.likelihood_parameters(name), make_likelihood(name).parameters, strict=True))
    for name in _registry.names("likelihood")
}
LIKELIHOOD_PARAMETERS: tuple[str, ...] = tuple(sorted({name for own in _DEFAULTS.values() for name in own}))


def constructor_with(likelihood: str, general: Callable[..., None]) -> Callable[..., None]:
    """`general`, an estimator's `__init__`, for one likelihood: of the likelihoods' parameters only its own are left.

    scikit-learn reads the parameters of an estimator off the signature, so that has exactly what can be given.
    """
    own = _DEFAULTS[likelihood]
    whole = inspect.signature(general)
    kept = [
        parameter.replace(default=own[name]) if name in own else parameter
        for name, parameter in whole.parameters.items()
        if name in own or name not in ("likelihood", *LIKELIHOOD_PARAMETERS)
    ]
    signature = whole.replace(parameters=kept)

    def __init__(self: Any, *values: Any, **parameters: Any) -> None:  # noqa: N807  (it becomes one)
        try:
            given = signature.bind(self, *values, **parameters)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}") from None
        given.apply_defaults()
        for name, value in given.arguments.items():
            if name != "self":
                setattr(self, name, value)

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__
