"""Conjugate priors: posterior and posterior predictive in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import arrays, conditions
from ..arrays import Operand, Rows
from ..conjugate import Conjugate
from .checked import finite_checks, require_in_range, restored
from .family_like import Array, FamilyLike, operation_name, require_natural

__all__ = ["ConjugatePrior", "Conjugates"]


class Conjugates:
    """The way from a family to its conjugate prior."""

    __slots__ = ()

    def conjugate_prior(self: FamilyLike, *, name: str | None = None) -> ConjugatePrior:
        """The named family that is conjugate to this one's parameter, with `posterior` and predictive densities.

        `name` is the name of the prior's family, where there is a choice; without it the first of

        * Beta for the probability of Bernoulli, Binomial, Geometric and NegativeBinomial; Dirichlet for those of
          Categorical, Multinomial and, that of a success last, NegativeMultinomial;
        * Gamma for the rate of Poisson, Exponential and GammaKnownShape, the shape of Pareto and PowerFunction and
          scale^-shape of Weibull;
        * InverseGamma, or Gamma for its reciprocal, for the variance of NormalKnownMean, the scale of Laplace, the
          spread of Nakagami and scale^2 of HalfNormal, Rayleigh and MaxwellBoltzmann;
        * Normal for the mean of NormalKnownVariance, MultivariateNormal for that of a known covariance;
        * NormalInverseGamma, or NormalGamma with the precision, for mean and variance of Normal, LogNormal and
          SoftplusNormal; NormalInverseWishart or NormalWishart for those of MultivariateNormal and
          MultivariateLogNormal;
        * the priors of the parts side by side for Independent, Product and, of Normals, MultivariateNormalDiagonal.

        Raises NotImplementedError for any other family, ValueError for a name that is none of the choices.
        """
        operation = operation_name(self, "conjugate_prior")
        first = self._statements._conjugate()
        if first is None:
            raise NotImplementedError(f"{operation}: no family of the library is conjugate to {self!r}")
        choices = {type(stated.family).__name__: stated for stated in (first, *self._statements._other_conjugates())}
        if name is not None and name not in choices:
            raise ValueError(f"{operation}: name must be one of {', '.join(map(repr, choices))}, got {name!r}")
        return ConjugatePrior(self, first if name is None else choices[name])


class ConjugatePrior:
    """The conjugate prior of a likelihood: `family`, whose public operations it answers, and the step to a posterior.

    `likelihood.conjugate_prior()` makes it, or `conjugate_prior(name=...)`. `parameter` says in the likelihood's words
    what it is a distribution of. Its points are natural parameters of `family`. Where log p(x | phi) = <delta(x),
    S(phi)> + a constant in phi, S the statistics of `family`, observing x adds delta(x) to them (Diaconis & Ylvisaker
    1979, Conjugate priors for exponential families).
    """

    __slots__ = ("_parts", "_stated", "family", "likelihood")
    likelihood: Any
    family: Any
    _stated: Conjugate
    _parts: tuple[ConjugatePrior, ...]

    def __init__(self, likelihood: FamilyLike, stated: Conjugate) -> None:
        object.__setattr__(self, "likelihood", likelihood)
        object.__setattr__(self, "family", likelihood._like(stated.family))
        object.__setattr__(self, "_stated", stated)
        parts = tuple(ConjugatePrior(likelihood._like(part), own) for part, own in stated.parts)
        object.__setattr__(self, "_parts", parts)

    # --- a value that answers as its family does ---

    @property
    def parameter(self) -> str:
        """What the prior is a distribution of, such as "rate" or "scale^2"."""
        return self._stated.parameter

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'ConjugatePrior' object has no attribute {name!r}")
        return getattr(self.family, name)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *(name for name in dir(self.family) if not name.startswith("_"))})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("ConjugatePrior is immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConjugatePrior):
            return False
        return bool(self.likelihood == other.likelihood and self.family == other.family)

    def __hash__(self) -> int:
        return hash(("ConjugatePrior", self.likelihood, self.family))

    def __repr__(self) -> str:
        return f"ConjugatePrior(likelihood={self.likelihood!r}, family={self.family!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.likelihood, type(self.family).__name__)

    # --- what it adds ---

    def _operation(self, name: str) -> str:
        return f"{type(self.likelihood).__name__}.conjugate_prior().{name}"

    def likelihood_natural(self, phi: ArrayLike) -> Array:
        """Theta of the likelihood at values of its parameter, such as draws from the prior.

        (..., *event_shape of the prior) -> (..., size of the likelihood); a Dirichlet draw for a NegativeMultinomial
        holds the probability of a success last, one for a MultivariateNormalDiagonal a mean and a variance for each
        coordinate. Raises DomainError outside the support, or where theta is outside the natural domain, as where a
        probability has rounded to 1.
        """
        operation = self._operation("likelihood_natural")
        prior = self.family._statements
        value = arrays.operand(phi, prior.event_shape, operation, "phi", observation=True)
        batch, (rows,) = arrays.broadcast_rows(operation, [value])
        with np.errstate(all="ignore"):
            prior._require_support(operation, rows)
            found = restored(self._stated.natural(rows), batch, arrays.result_dtype([value]))
        require_natural(self.likelihood, operation, found.reshape(len(rows), self.likelihood.size), "theta")
        return found

    def from_pseudo_observations(self, mean_of_T: ArrayLike, count: ArrayLike) -> Array:
        """Natural parameters that `count` observations with the average statistics `mean_of_T` add up to.

        (..., size of the likelihood), (...) -> (..., size of the prior); counts are real. For Bernoulli a Beta of alpha
        = count p, beta = count (1 - p). Raises DomainError where that is outside the prior's natural domain.
        """
        operation = self._operation("from_pseudo_observations")
        operands = [
            arrays.operand(mean_of_T, (self.likelihood.size,), operation, "mean_of_T"),
            arrays.operand(count, (), operation, "count"),
        ]
        batch, (mean, number) = arrays.broadcast_rows(operation, operands)
        conditions.require(operation, len(mean), finite_checks(mean, "mean_of_T[{}]"))
        with np.errstate(all="ignore"):
            moved = self._stated.increment(number[:, None] * self._stated.terms(mean), number)
            return self._proper(operation, restored(moved, batch, arrays.result_dtype(operands)), "the prior")

    def posterior(self, theta_prior: ArrayLike, x: ArrayLike, weights: ArrayLike | None = None, axis: int = 0) -> Array:
        """Natural parameters of the posterior, theta_prior + sum of w delta(x) along batch axis `axis` of x.

        theta_prior (..., size), x (batch, *event_shape of the likelihood) -> (..., size), where ... is broadcast with
        the batch without `axis`; `weights` >= 0 has one entry an observation or the batch's shape, and counts
        observations: it is not normalised. No observation leaves the prior as it is. Raises DomainError where a prior
        is outside its natural domain, an observation outside the support or a posterior none, naming its row.

        The joint priors of a mean and its spread hold b + k m^2/2 in one natural parameter, so that theta itself keeps
        the scale b only to a relative error of about eps (m/s)^2 for data of mean m and deviation s: at m/s = 1e8 not
        one digit in float64, at 3e3 none in float32, and the posterior may then be refused. Centre such data first:
        subtract a constant near their mean from x and from the prior's location (and from x of the predictive density),
        and add it to the posterior's location. The law of the variance, the deviations and all densities stay.
        """
        operation = self._operation("posterior")
        likelihood = self.likelihood._statements
        point = arrays.operand(theta_prior, (self.family.size,), operation, "theta_prior")
        data = likelihood._observation(x, operation)
        axis = arrays.observation_axis(operation, data.batch, axis)
        counts = arrays.checked_weights(operation, weights, data.batch, axis)
        with np.errstate(all="ignore"):
            rest, change = self._sum_of_increments(operation, data, counts, axis)
            shift = Operand("x without its observations", change.reshape((*rest, self.family.size)), None, point.core)
            batch, (prior, moved) = arrays.broadcast_rows(operation, [point, shift])
            require_natural(self.family, operation, prior, "theta_prior")
            found = restored(prior + moved, batch, arrays.result_dtype([point, data]))
            return self._proper(operation, found, "the posterior")

    def _sum_of_increments(
        self, operation: str, data: Operand, counts: Rows | None, axis: int
    ) -> tuple[tuple[int, ...], Rows]:
        """The batch shape without `axis`, and the increments (rows of it, size of the prior) of all observations."""
        likelihood = self.likelihood._statements
        rows = int(np.prod(data.batch, dtype=np.int64))
        flat = data.values.reshape((rows, *likelihood.event_shape))
        likelihood._require_support(operation, flat)
        each = self._stated.terms(np.asarray(self.likelihood.sufficient_statistics(flat), dtype=np.float64))
        each = each.reshape((*data.batch, each.shape[-1]))
        total = _sum(each if counts is None else each * counts[..., None], axis)
        rest = total.shape[:-1]
        number = np.full(rest, float(data.batch[axis])) if counts is None else _sum(counts, axis)
        count = int(np.prod(rest, dtype=np.int64))
        return rest, self._stated.increment(total.reshape((count, total.shape[-1])), number.reshape(count))

    def _proper(self, operation: str, found: Array, noun: str) -> Array:
        rows = int(np.prod(found.shape[:-1], dtype=np.int64))
        require_natural(self.family, operation, found.reshape((rows, self.family.size)), noun)
        return found

    def posterior_predictive_log_density(self, theta_prior: ArrayLike, x: ArrayLike) -> Array:
        """The log of the integral of p(x | phi) over the prior, or any posterior, at theta_prior, in nats.

        (..., size), (..., *event_shape of the likelihood) -> (...); -inf outside the support, DomainError for NaN.
        Equal to log h(x) + A(theta_prior + delta(x)) - A(theta_prior) + a constant of the pair, in forms that do not
        cancel (`reference/conjugate.py`): Student's t for a Normal, the negative binomial for a Poisson, the
        beta-binomial for a Binomial, Lomax for an Exponential (Gelman et al. 2013, Bayesian Data Analysis, appendix A);
        the sum of the parts' for families side by side. Raises DomainError also where theta_prior is outside the
        natural domain or the answer beyond the range of its number type.
        """
        operation = self._operation("posterior_predictive_log_density")
        likelihood = self.likelihood._statements
        point = arrays.operand(theta_prior, (self.family.size,), operation, "theta_prior")
        data = likelihood._observation(x, operation)
        batch, (prior, values) = arrays.broadcast_rows(operation, [point, data])
        with np.errstate(all="ignore"):
            require_natural(self.family, operation, prior, "theta_prior")
            conditions.require(operation, len(values), likelihood._number_checks(values))
            answer = likelihood._on_support(values, lambda index: self._evidence(prior[index], values[index]))
            require_in_range(operation, ~np.isnan(answer))
        return restored(answer, batch, arrays.result_dtype([point, data]))

    def _evidence(self, prior: Rows, x: Rows) -> Rows:
        if self._stated.predictive is not None:
            return self._stated.predictive(prior, np.asarray(self.family.centred_mean_from_natural(prior)), x)
        if self._parts:
            return self._evidence_of_parts(prior, x)
        assert self._stated.expectation is not None
        terms = self._stated.terms(self.likelihood.sufficient_statistics(x))
        updated = prior + self._stated.increment(terms, np.ones(len(x)))
        theta, gap = self._stated.expectation(updated, self.family.centred_mean_from_natural(updated))
        divergence = self.family.kl_divergence(updated, prior)
        return np.asarray(self.likelihood.log_density(theta, x) - gap - divergence)

    def _evidence_of_parts(self, prior: Rows, x: Rows) -> Rows:
        """The sum of the parts', which are independent under prior and likelihood."""
        columns = self.family._statements._columns()
        shares = self.likelihood._statements._observed(x)
        each = zip(self._parts, columns, shares, strict=True)
        return np.asarray(sum(part._evidence(prior[:, own], data) for part, (_, own), (_, data) in each))


def _sum(values: Rows, axis: int) -> Rows:
    """Sum along an axis, pairwise, which NumPy does along the last one only."""
    return np.asarray(np.ascontiguousarray(np.moveaxis(values, axis, -1)).sum(axis=-1))


def _restore(likelihood: Any, name: str) -> ConjugatePrior:
    found: ConjugatePrior = likelihood.conjugate_prior(name=name)
    return found
