"""Conjugate priors: Bayes' theorem over the registry, the judge's quadrature, and the textbook's predictive laws."""

from __future__ import annotations

import copy
import pickle

import mpmath
import natgrad_native as ng
import numpy as np
import pytest
import tolerances
from conftest import FAMILIES
from scipy import special, stats

EPS = np.finfo(np.float64).eps
STATED = [family for family in FAMILIES if family.reference._conjugate() is not None]
STATED += [
    ng.Independent(ng.Categorical(3), 2),
    ng.Independent(ng.Normal(), 2),
    ng.Product(ng.Categorical(3), ng.Poisson(), ng.MultivariateNormal(2)),
    ng.Product(ng.Independent(ng.NegativeMultinomial(1.5, 2), 2), ng.Exponential()),
]


def priors_of(likelihood):
    """Every conjugate prior there is to choose."""
    twin = likelihood.reference
    stated = (twin._conjugate(), *twin._other_conjugates())
    return [likelihood.conjugate_prior(name=type(one.family).__name__) for one in stated]


PRIORS = [prior for likelihood in STATED for prior in priors_of(likelihood)]
SCALAR = [prior for prior in PRIORS if prior.event_shape == ()]


@pytest.fixture(params=PRIORS, ids=repr)
def prior(request):
    return request.param


def twin_of(prior):
    """The same prior of the reference."""
    return prior.likelihood.reference.conjugate_prior(name=type(prior.family).__name__)


def exact(value):
    """An array as the judge takes it: an mpf, or (nested) lists of them."""
    return mpmath.mpf(float(value)) if np.ndim(value) == 0 else [exact(part) for part in value]


def some(prior, rows, seed=4):
    """Priors (rows, size), an observation for each, and one for each of the same likelihood again."""
    rng = np.random.default_rng(seed)
    theta = prior.reference.test_points(rng, rows)
    natural = prior.likelihood_natural(prior.sample(theta, (), rng))
    good = np.abs(natural).max(axis=-1) < 1e3
    draws = [np.asarray(prior.likelihood.sample(natural[good], (), rng), dtype=np.float64) for _ in range(2)]
    return theta[good], *draws


def test_the_posterior_is_in_proportion_to_prior_and_likelihood(prior):
    """log posterior - log prior - sum of w log p(x | phi) is the same at every phi."""
    rng = np.random.default_rng(1)
    theta = prior.reference.test_points(rng, 1)[0]
    natural = prior.likelihood_natural(prior.sample(theta, (), rng))
    x = np.asarray(prior.likelihood.sample(natural, 12, rng), dtype=np.float64)
    weights = rng.uniform(0.0, 2.0, 12)
    posterior = prior.posterior(theta, x, weights)
    phi = prior.sample(posterior, 50, rng)
    parts = [
        prior.log_density(posterior, phi),
        -prior.log_density(theta, phi),
        -(weights * prior.likelihood.log_density(prior.likelihood_natural(phi)[:, None], x)).sum(axis=-1),
    ]
    size = sum(np.abs(part) for part in parts) + np.abs(prior.sufficient_statistics(phi)) @ np.abs(posterior)
    total = sum(parts)
    assert (np.abs(total - total[0]) <= 512 * EPS * (size + size[0])).all()


def test_predictive_densities_do_not_depend_on_the_order_of_the_observations(prior):
    """p(x) p(y | x) = p(y) p(x | y), and the posterior of both is that of one after the other."""
    theta, x, y = some(prior, 40)
    after_x = prior.posterior(theta, x[None])
    after_y = prior.posterior(theta, y[None])
    one = prior.posterior_predictive_log_density(theta, x) + prior.posterior_predictive_log_density(after_x, y)
    other = prior.posterior_predictive_log_density(theta, y) + prior.posterior_predictive_log_density(after_y, x)
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-11)
    both = prior.posterior(theta, np.stack([x, y]))
    np.testing.assert_allclose(prior.posterior(after_x, y[None]), both, rtol=1e-13, atol=1e-13)


def judged(prior, theta, x):
    """log h(x) + A(theta + delta(x)) - A(theta) + the constant of the pair, in mpmath: one term for each part."""
    likelihood, family = prior.likelihood._statements, prior.family._statements
    if prior._parts:
        shares = zip(prior._parts, family._columns(), likelihood._observed(x[None]), strict=True)
        return [value for part, (_, own), (_, data) in shares for value in judged(part, theta[own], data[0])]
    if prior.parameter == "mean and variance of each":
        return judged(ng.Independent(ng.Normal(), len(x)).conjugate_prior(), theta, x)
    phi = family.sample(family.test_points(np.random.default_rng(9), 1)[0], 1, np.random.default_rng(8))
    phi = [exact(phi[0])]
    if prior.parameter.startswith("probabilities"):
        phi = [[part / sum(phi[0]) for part in phi[0]]]
    natural = mp_natural(prior.likelihood, prior.parameter, phi[0])
    statistic = likelihood.mp_sufficient_statistics(exact(x))
    change = increment(prior, statistic)
    inner = mpmath.fdot(zip(natural, statistic, strict=True)) - likelihood.mp_log_partition(natural)
    constant = inner - mpmath.fdot(zip(change, family.mp_sufficient_statistics(phi[0]), strict=True))
    updated = [t + c for t, c in zip(exact(theta), change, strict=True)]
    rise = family.mp_log_partition(updated) - family.mp_log_partition(exact(theta))
    return [likelihood.mp_log_base_measure(exact(x)) + rise + constant]


def truth_and_size(prior, theta, x):
    """The judge's answers, and what rounding may be measured by: theirs, and the effect of rounding theta."""
    with mpmath.workdps(120):
        terms = np.array([list(map(float, judged(prior, t, value))) for t, value in zip(theta, x, strict=True)])
    updated = prior.posterior(theta, x[None])
    moved = prior.mean_from_natural(updated) - prior.mean_from_natural(theta)  # df/dtheta
    return terms.sum(axis=-1), np.abs(terms).sum(axis=-1) + (np.abs(moved) * np.abs(theta)).sum(axis=-1)


def increment(prior, statistic):
    """delta(x) from T(x) in mpmath: the statement itself on arrays of mpf, where it is elementwise."""
    likelihood, stated = prior.likelihood._statements, prior._stated
    unit = getattr(likelihood, "_unit", likelihood)  # of the same known covariance
    if hasattr(unit, "_mp_solve"):
        size = unit.size
        columns = [unit._mp_solve([mpmath.mpf(i == j) for i in range(size)]) for j in range(size)]
        packed = [-columns[i][j] / (2 if i == j else 1) for i in range(size) for j in range(i + 1)]
        spread = [mpmath.mpf(size) / 2, -statistic[-1] / 2] if unit is not likelihood else []
        return [*spread, *unit._mp_solve(statistic[:size]), *packed]
    return list(stated.increment(stated.terms(np.array([statistic], dtype=object)), np.array([mpmath.mpf(1)]))[0])


def over_the_domain(prior, rows):
    """Priors over their whole domain, with an observation for each that the likelihood can draw, and posteriors."""
    rng = np.random.default_rng(5)
    family, likelihood = prior.family._statements, prior.likelihood._statements
    theta = family.domain_points(rng, rows, 8.0)
    with np.errstate(all="ignore"):
        natural = prior._stated.natural(np.asarray(family.sample(theta, (), rng)))
        good = likelihood.in_natural_domain(natural)
        mean = np.abs(likelihood.mean_from_natural(natural[good])).max(axis=-1)
        good[good] = mean < 1e15
    x = np.asarray(likelihood.sample(natural[good], (), rng), dtype=np.float64)
    theta, terms = theta[good], prior._stated.terms(np.asarray(likelihood.sufficient_statistics(x), dtype=np.float64))
    # A posterior of a mean far from zero beside its spread may be none in floating point.
    proper = family.in_natural_domain(theta + prior._stated.increment(terms, np.ones(len(x))))
    return theta[proper], x[proper]


def test_predictive_densities_are_those_of_the_judge(prior):
    """Within 16 eps of the value and of what rounding of theta does to it, over the prior's whole domain.

    The core's KL divergence, a part of it, may have the relative error that the table gives one formed as defined.
    """
    theta, x = (values[:60] for values in over_the_domain(prior, 400))
    assert len(theta) > 20
    twin = twin_of(prior)
    truth, scale = truth_and_size(twin, theta, x)
    of_divergence = tolerances.KL_AS_DEFINED * twin.kl_divergence(twin.posterior(theta, x[None]), theta)
    for chosen, more in ((prior, of_divergence), (twin, 0.0)):
        error = np.abs(chosen.posterior_predictive_log_density(theta, x) - truth)
        assert (error <= 16 * EPS * scale + more).all()
    theta, x, _ = some(prior, 12)
    found, wanted = (chosen.posterior_predictive_log_density(theta, x) for chosen in (prior, twin))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("prior", SCALAR, ids=repr)
def test_a_predictive_density_is_the_integral_over_the_prior(prior):
    """By mpmath's quadrature of p(x | phi) prior(phi) in phi, or in log phi/(1 - phi) with digits for both ends."""
    likelihood = prior.likelihood
    family, twin = prior.family.reference, likelihood.reference
    on_odds = prior.family == ng.Beta()
    theta, x, _ = some(prior, 12, seed=2)
    usable = theta.min(axis=-1) > 0.5 if on_odds else theta[:, 0] == theta[:, 0]  # else the tails are too long
    theta, x = theta[usable][:3], x[usable][:3]
    with mpmath.workdps(50 if on_odds else 25):
        for row, value in zip(theta, x, strict=True):
            point, seen, base = exact(row), exact(value), family.mp_log_partition(exact(row))
            observed = twin.mp_log_base_measure(seen)
            statistic = twin.mp_sufficient_statistics(seen)

            def integrand(place, point=point, base=base, observed=observed, statistic=statistic):
                phi = 1 / (1 + mpmath.exp(-place)) if on_odds else place
                natural = mp_natural(likelihood, prior.parameter, phi)
                log = mpmath.fdot(zip(point, family.mp_sufficient_statistics(phi), strict=True)) - base
                log += mpmath.fdot(zip(natural, statistic, strict=True)) - twin.mp_log_partition(natural)
                jacobian = phi * (1 - phi) if on_odds else 1
                return jacobian * mpmath.exp(log + family.mp_log_base_measure(phi) + observed)

            posterior = prior.posterior(row, np.asarray(value)[None])
            draws = np.sort(prior.sample(posterior, 1000, np.random.default_rng(0)))
            inner = draws[[1, 100, 500, 900, 998]]
            if on_odds:
                inner = np.clip(np.log(inner / (1 - inner)), -50.0, 50.0)
            ends = {"Beta": (-80, 80), "Normal": (-mpmath.inf, mpmath.inf)}
            ends = ends.get(type(family).__name__, (0, mpmath.inf))
            truth = mpmath.log(mpmath.quad(integrand, [ends[0], *inner.tolist(), ends[1]]))
            found = prior.posterior_predictive_log_density(row, value)
            assert abs(found - truth) <= 1e-12 * (1 + abs(truth))


def mp_natural(likelihood, parameter, phi):
    """Theta of a likelihood in mpmath from the prior's own parameter."""
    twin = likelihood._statements
    shapes = twin.standard_shapes
    if parameter.startswith("1/"):
        return mp_natural(likelihood, parameter[2:], 1 / phi)
    if parameter == "mean and precision":
        return mp_natural(likelihood, "mean and variance", [phi[0], 1 / phi[1]])
    if parameter == "mean and precision matrix":
        return mp_natural(likelihood, "mean and covariance", [phi[0], *mpmath.inverse(mpmath.matrix(phi[1:])).tolist()])
    if parameter == "mean and variance of each":
        means, variances = zip(*phi, strict=True)
        return twin.mp_natural_from_standard({"mean": means, "variance": variances})
    if parameter == "probabilities and that of a success":
        return twin.mp_natural_from_standard({"probabilities": phi[:-1]})
    if parameter == "mean and variance":
        return twin.mp_natural_from_standard({"mean": phi[0], "variance": phi[1]})
    if parameter == "mean and covariance":
        return twin.mp_natural_from_standard({"mean": phi[0], "covariance": phi[1:]})
    if parameter == "mean, row by row":
        r, c = shapes["mean"]
        return twin.mp_natural_from_standard({"mean": [phi[i * c : (i + 1) * c] for i in range(r)]})
    if " and 1 / " in parameter:
        return twin.mp_natural_from_standard({"mean": phi[:-1], parameter.split(" and 1 / ")[1]: 1 / phi[-1]})
    (name,) = shapes
    standard = {"scale^2": lambda: mpmath.sqrt(phi), "scale^-shape": lambda: phi ** (-1 / mpmath.mpf(twin.shape))}
    assert parameter in (name, *standard)
    return twin.mp_natural_from_standard({name: standard.get(parameter, lambda: phi)()})


# --- the textbook's laws (Gelman et al. 2013, Bayesian Data Analysis, appendix A) ---


def textbook():
    nig = {"location": 1.5, "precision_scale": 0.75, "shape": 2.5, "scale": 4.0}
    student = stats.t(5.0, 1.5, np.sqrt(4.0 / 2.5 * (1 + 1 / 0.75)))
    gamma, beta, x = {"shape": 2.5, "rate": 0.75}, {"alpha": 1.5, "beta": 4.0}, np.array([0.5, 1.0, 7.0])
    concentration = np.array([0.5, 1.5, 3.0])
    counts = np.array([[1, 2, 4], [7, 0, 0], [0, 0, 7]])
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    wider = stats.multivariate_normal([1.0, -2.0], covariance + np.diag([3.0, 0.25]))
    n = np.arange(9)  # the beta negative binomial of 3 successes
    failures = np.log(special.comb(n + 2, 2)) + special.betaln(4.5, 4.0 + n) - special.betaln(1.5, 4.0)
    vectors = np.array([[0.0, 0.0], [1.0, -2.0], [30.0, 4.0]])
    niw = {"location": [1.0, -2.0], "precision_scale": 0.75, "degrees_of_freedom": 4.5, "scale": covariance}
    vector_student = stats.multivariate_t([1.0, -2.0], covariance * (1 + 1 / 0.75) / 3.5, 3.5)
    positive = np.exp(vectors / 10)
    scale = np.array([[0.75, 0.25], [0.25, 3.0]])
    mng = {"location": [1.0, -2.0], "precision_scale": scale, "shape": 2.5, "rate": 4.0}
    isotropic, shaped = (
        stats.multivariate_t([1.0, -2.0], (known + np.linalg.inv(scale)) * 4.0 / 2.5, 5.0)
        for known in (np.eye(2), covariance)
    )
    precision = {"location": 1.5, "precision_scale": 0.75, "shape": 2.5, "rate": 4.0}
    niw_by_precision = {**niw, "scale": np.linalg.inv(covariance)}
    updated = np.concatenate([concentration[:2] + counts[:, :2], np.full((3, 1), concentration[2] + 2.5)], axis=-1)
    kinds = special.gammaln(updated).sum(axis=-1) - special.gammaln(updated.sum(axis=-1))
    kinds -= special.gammaln(concentration).sum() - special.gammaln(5.0)
    kinds += special.gammaln(2.5 + counts[:, :2].sum(axis=-1)) - special.gammaln(2.5)
    kinds -= special.gammaln(counts[:, :2] + 1.0).sum(axis=-1)
    two = {name: np.stack([value, value], axis=-1) for name, value in nig.items()}
    mixed = {f"{name}_0": value for name, value in gamma.items()} | {f"{name}_1": value for name, value in nig.items()}
    pairs = np.stack([np.arange(3), x], axis=-1)
    return [
        (ng.MultivariateNormalIsotropic(2), mng, vectors, isotropic.logpdf(vectors)),
        (ng.MultivariateNormalKnownShape(covariance.tolist()), mng, vectors, shaped.logpdf(vectors)),
        (ng.Normal().conjugate_prior(name="NormalGamma"), precision, x, student.logpdf(x)),
        (
            ng.NormalKnownMean(1.0).conjugate_prior(name="Gamma"),
            {"shape": 2.5, "rate": 4.0},
            x,
            stats.t.logpdf(x, 5.0, 1.0, np.sqrt(4.0 / 2.5)),
        ),
        (
            ng.MultivariateNormal(2).conjugate_prior(name="NormalWishart"),
            niw_by_precision,
            vectors,
            vector_student.logpdf(vectors),
        ),
        (ng.NegativeMultinomial(2.5, 2), {"concentration": concentration}, counts[:, :2], kinds),
        (ng.MultivariateNormalDiagonal(2), two, vectors, student.logpdf(vectors).sum(axis=-1)),
        (ng.Independent(ng.Normal(), 2), two, vectors, student.logpdf(vectors).sum(axis=-1)),
        (
            ng.Product(ng.Poisson(), ng.Normal()),
            mixed,
            pairs,
            stats.nbinom.logpmf(np.arange(3), 2.5, 0.75 / 1.75) + student.logpdf(x),
        ),
        (ng.Normal(), nig, x, student.logpdf(x)),
        (ng.LogNormal(), nig, x, student.logpdf(np.log(x)) - np.log(x)),
        (ng.Poisson(), gamma, np.arange(9), stats.nbinom.logpmf(np.arange(9), 2.5, 0.75 / 1.75)),
        (ng.Exponential(), gamma, x, stats.lomax.logpdf(x, 2.5, scale=0.75)),
        (ng.GammaKnownShape(3.0), gamma, x, stats.betaprime.logpdf(x, 3.0, 2.5, scale=0.75)),
        (ng.Bernoulli(), beta, np.array([0, 1]), np.log([4.0 / 5.5, 1.5 / 5.5])),
        (ng.Binomial(9), beta, np.arange(10), stats.betabinom.logpmf(np.arange(10), 9, 1.5, 4.0)),
        (ng.NegativeBinomial(3.0), beta, np.arange(9), failures),
        (ng.Categorical(3), {"concentration": concentration}, np.arange(3), np.log(concentration / 5.0)),
        (
            ng.Multinomial(7, 3),
            {"concentration": concentration},
            counts,
            stats.dirichlet_multinomial.logpmf(counts, concentration, 7),
        ),
        (
            ng.NormalKnownVariance(2.25),
            {"mean": 1.0, "variance": 4.0},
            x,
            stats.norm.logpdf(x, 1.0, 2.5),
        ),
        (
            ng.MultivariateNormalKnownCovariance(covariance),
            {"mean": [1.0, -2.0], "covariance": np.diag([3.0, 0.25])},
            vectors,
            wider.logpdf(vectors),
        ),
        (ng.MultivariateNormal(2), niw, vectors, vector_student.logpdf(vectors)),
        (
            ng.MultivariateLogNormal(2),
            niw,
            positive,
            vector_student.logpdf(vectors / 10) - vectors.sum(axis=-1) / 10,
        ),
        (ng.NormalKnownMean(1.0), {"shape": 2.5, "scale": 4.0}, x, stats.t.logpdf(x, 5.0, 1.0, np.sqrt(4.0 / 2.5))),
    ]


@pytest.mark.parametrize(("likelihood", "standard", "x", "wanted"), textbook(), ids=lambda part: repr(part)[:20])
def test_predictive_densities_of_the_textbook(likelihood, standard, x, wanted):
    prior = likelihood if hasattr(likelihood, "posterior") else likelihood.conjugate_prior()
    found = prior.posterior_predictive_log_density(prior.natural_from_standard(**standard), x)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "likelihood", [ng.Poisson().reference, ng.Binomial(10**6), ng.NormalKnownVariance(1.0), ng.Exponential()], ids=repr
)
def test_predictive_densities_keep_their_digits(likelihood):
    """Where log h(x) + A(posterior) - A(prior) would cancel: big counts, means far from 0, and tiny shapes."""
    prior = likelihood.conjugate_prior()
    name = type(prior.family).__name__
    if name == "Gamma":
        theta, x = [[1e15, -1.0], [2.0, -3.0], [1e-8, -1e-3], [1e12, -1e12]], [1e15, 0.0, 4.0, 1.0]
    elif name == "Beta":
        theta, x = [[3e7, 4e7], [1e-8, 1e-8], [1e-8, 1e-8], [2.5, 1e12]], [430_000, 0, 1_000_000, 1]
    else:
        theta, x = prior.natural_from_standard(mean=[1e8, 1.0], variance=[1e-2, 1e12]), [1e8 + 0.5, 3.0]
    theta, x = np.asarray(theta), np.asarray(x, dtype=np.float64)
    found = prior.posterior_predictive_log_density(theta, x)
    truth, scale = truth_and_size(prior, theta, x)
    assert (np.abs(found - truth) <= 64 * EPS * scale).all()


# --- the value, the arguments and the errors ---


def test_a_prior_is_a_value_that_answers_as_its_family(prior, operation):
    """Every public operation, by delegation; equality, hash, pickle, repr, immutability."""
    assert getattr(prior, operation) == getattr(prior.family, operation)
    other = pickle.loads(pickle.dumps(prior))
    assert other == prior == copy.copy(prior)
    assert hash(other) == hash(prior)
    assert repr(prior) == f"ConjugatePrior(likelihood={prior.likelihood!r}, family={prior.family!r})"
    assert prior != twin_of(prior)
    assert {"posterior", "sample", operation} <= set(dir(prior))
    with pytest.raises(AttributeError, match="immutable"):
        prior.family = ng.Beta()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        prior.nothing  # noqa: B018


def test_a_family_without_a_named_conjugate_prior_says_so(family):
    if family.reference._conjugate() is None:
        with pytest.raises(NotImplementedError, match="no family of the library is conjugate"):
            family.conjugate_prior()
    else:
        assert family.conjugate_prior().likelihood == family
        assert family.conjugate_prior().family.reference == family.reference.conjugate_prior().family


def test_priors_are_chosen_by_name():
    for likelihood in STATED:
        every = priors_of(likelihood)
        names = [type(prior.family).__name__ for prior in every]
        assert likelihood.conjugate_prior() == every[0]
        assert len(set(every)) == len(set(names)) == len(names)
        with pytest.raises(ValueError, match=rf"name must be one of {', '.join(map(repr, names))}, got 'Nothing'"):
            likelihood.conjugate_prior(name="Nothing")
    assert [type(prior.family).__name__ for prior in priors_of(ng.Normal())] == ["NormalInverseGamma", "NormalGamma"]


def test_a_combination_has_a_prior_where_every_part_has_one():
    with pytest.raises(NotImplementedError, match="no family of the library is conjugate"):
        ng.Product(ng.Normal(), ng.VonMises()).conjugate_prior()
    assert ng.Independent(ng.Product(ng.Normal(), ng.Poisson()), 2).conjugate_prior().family == ng.Independent(
        ng.Product(ng.NormalInverseGamma(), ng.Gamma()), 2
    )


def test_posteriors_of_batches_weights_and_no_data(prior):
    theta, x, y = some(prior, 6)
    n = len(x)
    data = np.stack([x, y, x])
    found = prior.posterior(theta, data)
    weighted = prior.posterior(theta, np.stack([x, y]), weights=[2.0, 1.0])
    np.testing.assert_allclose(weighted, found, rtol=1e-14, atol=1e-14)
    moved = prior.posterior(theta, np.moveaxis(data, 0, 1), axis=1)
    np.testing.assert_array_equal(moved, found)
    np.testing.assert_array_equal(prior.posterior(theta, data[:0]), theta)
    np.testing.assert_array_equal(prior.posterior(theta, data, weights=np.zeros((3, n))), theta)
    np.testing.assert_array_equal(prior.posterior(theta[:, None], data).shape, (n, n, prior.size))
    narrow = prior.posterior(theta.astype(np.float32), data.astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, found, rtol=1e-5, atol=1e-5 * np.abs(found).max())
    twin = twin_of(prior).posterior(theta, data)
    np.testing.assert_allclose(twin, found, rtol=1e-14, atol=1e-14)


def test_pseudo_observations_are_the_increment_of_as_many_equal_ones(prior):
    theta, x, _ = some(prior, 6)
    mean = prior.likelihood.sufficient_statistics(x).mean(axis=0)
    shift = prior.posterior(theta[0], x) - theta[0]
    if prior.in_natural_domain(shift):
        np.testing.assert_allclose(prior.from_pseudo_observations(mean, len(x)), shift, rtol=1e-12, atol=1e-12)


def test_errors_of_conjugate_priors():
    prior = ng.Poisson().conjugate_prior()
    with pytest.raises(ng.DomainError, match=r"Poisson.conjugate_prior\(\).posterior: row 1: x must be a non-negative"):
        prior.posterior([1.0, -1.0], [1.0, -2.0])
    with pytest.raises(ng.DomainError, match=r"row 0: theta_prior: shape must be > 0, got -1"):
        prior.posterior([-1.0, -1.0], [1.0])
    with pytest.raises(ng.DomainError, match=r"row 0: theta_prior: rate must be > 0"):
        prior.posterior_predictive_log_density([1.0, 1.0], 1.0)
    with pytest.raises(ValueError, match="axis 0 is out of range"):
        prior.posterior([1.0, -1.0], 1.0)
    with pytest.raises(ValueError, match="weights must be finite and >= 0"):
        prior.posterior([1.0, -1.0], [1.0, 2.0], weights=[1.0, -1.0])
    with pytest.raises(ng.DomainError, match=r"the prior: shape must be > 0, got 0"):
        prior.from_pseudo_observations([0.0], 3.0)
    with pytest.raises(ng.DomainError, match="x must be a number"):
        prior.posterior_predictive_log_density([1.0, -1.0], np.nan)
    assert prior.posterior_predictive_log_density([1.0, -1.0], 0.5) == -np.inf
