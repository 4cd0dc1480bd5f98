"""One look per update rule, the same in every panel and told apart in greyscale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .. import _registry
from .rules import update_rule

__all__ = ["Look", "legend_of", "look_of", "title_of"]


@dataclass(frozen=True)
class Look:
    """Colour, line and marker of one rule; wider lines lie below narrower ones, so that coinciding rules both show."""

    color: str
    width: float
    line: str | tuple[float, tuple[float, ...]]
    marker: str
    size: float
    filled: bool

    def line_options(self, *, markers: bool = True) -> dict[str, Any]:
        """Keyword arguments for `Axes.plot`."""
        options: dict[str, Any] = {
            "color": self.color,
            "linewidth": self.width,
            "linestyle": self.line,
            "zorder": 4 - 0.1 * self.width,
            "solid_capstyle": "round",
        }
        if markers:
            options |= {
                "marker": self.marker,
                "markersize": self.size,
                "markerfacecolor": self.color if self.filled else "white",
                "markeredgecolor": self.color,
                "markeredgewidth": 1.3,
            }
        return options


# Okabe & Ito's colours, ordered so that neighbours differ in lightness; the widths fall so that later ones lie on top.
_KNOWN = {
    "gradient_descent": Look("#D55E00", 1.8, "-", "s", 4.5, True),
    "mirror_descent": Look("#56B4E9", 5.5, "-", "o", 9.0, False),
    "natural_gradient": Look("#1A1A1A", 1.5, (0, (4, 2)), "x", 5.0, True),
}
_OTHERS = (
    Look("#009E73", 2.4, "-.", "^", 5.5, True),
    Look("#CC79A7", 2.4, ":", "D", 4.5, True),
    Look("#0072B2", 1.6, "-.", "v", 5.0, False),
    Look("#8A7500", 1.6, ":", "P", 5.5, True),
)


def look_of(rule: str) -> Look:
    """The look of a rule; rules without one of their own take the spare ones in the order of the registry."""
    if rule in _KNOWN:
        return _KNOWN[rule]
    others = [name for name in _registry.names("update") if name not in _KNOWN]
    return _OTHERS[others.index(rule) % len(_OTHERS)]


def title_of(rule: str) -> str:
    """The rule's name in running text."""
    return rule.replace("_", " ")


def legend_of(rule: str) -> str:
    """The rule's name and, as its module states it (theta' = ...), its closed form in Matplotlib's mathematics."""
    stated = re.search(r"(?:theta|mu)' = ([^.,;:\n]+)", update_rule(rule).__doc__ or "")
    if stated is None:
        return title_of(rule)
    formula = re.sub(r"grad_(theta|mu)", r"\\nabla_{\1}", stated[1].strip())
    formula = re.sub(r"\^(-?\d+)", r"^{\1}", formula)
    formula = re.sub(r"\b(theta|beta|mu)\b", r"\\\1", formula)
    return f"{title_of(rule)}:  ${formula}$"
