"""Activation functions of one number, each with its slope and curvature beside it.

A row of `ACTIVATIONS` holds `value(x) -> y`, `slope(x, y) -> dy/dx` and `curvature(x, y) ->
d2y/dx2`, where `y = value(x)`; a derivative uses whichever of the two makes it cheap. A new
activation is three functions and one row.
"""

from .custom import custom_activation as custom_activation
from .gated import ROWS as GATED
from .mixtures import LEARNED_ACTIVATIONS as LEARNED_ACTIVATIONS
from .mixtures import Mixture as Mixture
from .rectifiers import ROWS as RECTIFIERS
from .row import Activation as Activation
from .saturating import ROWS as SATURATING
from .saturating import hyperbolic_tangent as hyperbolic_tangent
from .saturating import hyperbolic_tangent_slope as hyperbolic_tangent_slope

ACTIVATIONS: dict[str, Activation] = {row.name: row for row in (*SATURATING, *RECTIFIERS, *GATED)}
