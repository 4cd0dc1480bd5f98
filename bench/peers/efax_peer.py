"""efax (exponential families in JAX): its own parametrizations and methods, each call one `jax.jit`.

It has no F^-1 v, and no entropy of a Poisson.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import efax
import jax
import jax.numpy as jnp
import numpy as np

from . import forms
from .jax_peer import compiled


def versions() -> dict[str, str]:
    return {"efax": version("efax"), "jax of efax": jax.__version__}


def prepare(family: str, operation: str, operands: list[forms.Parts]) -> Callable[[], Any] | None:
    if (family, operation) in LACKING or operation not in CALLS:
        return None
    made = [
        CLASSES[family][kind](*(jnp.asarray(part) for part in HELD.get((family, kind), tuple)(parts)))
        for kind, parts in zip(forms.OPERANDS[operation], operands, strict=True)
    ]
    return compiled(CALLS[operation], *made)


def parts(answer: Any) -> forms.Parts:
    """By the type of the answer, since a batch of concentrations is held in one array by Beta and Dirichlet alike."""
    if isinstance(answer, jax.Array):
        return (np.asarray(answer),)
    return GIVEN[type(answer)](answer)


def value(array: Any) -> np.ndarray:
    return np.asarray(array)


CALLS: dict[str, Callable[..., Any]] = {
    "mean_from_natural": lambda natural: natural.to_exp(),
    "natural_from_mean": lambda mean: mean.to_nat(),
    "log_partition": lambda natural: natural.log_normalizer(),
    "entropy": lambda natural: natural.entropy(),
    "kl_divergence": lambda p, q: p.kl_divergence(q),
}
LACKING = {("Poisson", "entropy")}
CLASSES = {
    "Bernoulli": {"natural": efax.BernoulliNP, "mean": efax.BernoulliEP},
    "Poisson": {"natural": efax.PoissonNP, "mean": efax.PoissonEP},
    "Normal": {"natural": efax.NormalNP, "mean": efax.NormalEP},
    "Gamma": {"natural": efax.GammaNP, "mean": efax.GammaEP},
    "Beta": {"natural": efax.BetaNP, "mean": efax.BetaEP},
    "Dirichlet": {"natural": efax.DirichletNP, "mean": efax.DirichletEP},
    "MultivariateNormal": {"natural": efax.MultivariateNormalNP, "mean": efax.MultivariateNormalEP},
}
# Where efax holds other arrays than the other peers, made before the clock starts.
HELD: dict[tuple[str, str], Callable[[forms.Parts], tuple[Any, ...]]] = {
    ("Gamma", "natural"): lambda parts: (parts[1], parts[0] - 1.0),
    ("Gamma", "mean"): lambda parts: (parts[1], parts[0]),
    ("Beta", "natural"): lambda parts: (np.stack(parts, -1) - 1.0,),
    ("Beta", "mean"): lambda parts: (np.stack(parts, -1),),
    ("Dirichlet", "natural"): lambda parts: (parts[0] - 1.0,),
}
GIVEN: dict[type, Callable[[Any], forms.Parts]] = {
    efax.BernoulliNP: lambda point: (value(point.log_odds),),
    efax.BernoulliEP: lambda point: (value(point.probability),),
    efax.PoissonNP: lambda point: (value(point.log_mean),),
    efax.PoissonEP: lambda point: (value(point.mean),),
    efax.NormalNP: lambda point: (value(point.mean_times_precision), value(point.negative_half_precision)),
    efax.NormalEP: lambda point: (value(point.mean), value(point.second_moment)),
    efax.GammaNP: lambda point: (value(point.shape_minus_one) + 1.0, value(point.negative_rate)),
    efax.GammaEP: lambda point: (value(point.mean_log), value(point.mean)),
    efax.BetaNP: lambda point: tuple(value(point.alpha_minus_one).T + 1.0),
    efax.BetaEP: lambda point: tuple(value(point.mean_log_probability).T),
    efax.DirichletNP: lambda point: (value(point.alpha_minus_one) + 1.0,),
    efax.DirichletEP: lambda point: (value(point.mean_log_probability),),
    efax.MultivariateNormalNP: lambda point: (value(point.mean_times_precision), value(point.negative_half_precision)),
    efax.MultivariateNormalEP: lambda point: (value(point.mean), value(point.second_moment)),
}
