"""The operations that relate a point of a family to other points and other families, native and reference alike."""

from __future__ import annotations

from .conjugates import Conjugates
from .distances import Distances
from .marginals import Marginals
from .products import Products


class Relations(Conjugates, Distances, Marginals, Products):
    """Written over the public operations of a family, which run where the family lives; see `family_like.py`."""

    __slots__ = ()
