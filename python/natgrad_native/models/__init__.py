"""scikit-learn estimators whose posterior is found by natural gradients; they need the extra "app"."""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError('natgrad_native.models needs scikit-learn: pip install "natgrad_native[app]"') from error

from .glm import BayesianGLM
from .linear import BayesianLinearRegression
from .logistic import BayesianLogisticRegression
from .poisson import BayesianPoissonRegressor

__all__ = ["BayesianGLM", "BayesianLinearRegression", "BayesianLogisticRegression", "BayesianPoissonRegressor"]
