"""One way to look a row up by name, with one clear error for a name that is not there."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

Row = TypeVar("Row")

# What other libraries and papers call our rows. Advice only: each row has one name.
OTHER_NAMES = {
    "sigmoid": "logistic",
    "swish": "silu",
    "linear": "identity",
    "heaviside": "step",
    "mse": "mean_squared_error",
    "l2_loss": "squared_error",
    "mae": "absolute_error",
    "l1_loss": "absolute_error",
    "msle": "squared_log_error",
    "pinball": "quantile",
    "cross_entropy": "log_loss",
    "categorical_crossentropy": "log_loss",
    "binary_crossentropy": "binary_log_loss",
    "gaussian_nll": "gaussian_likelihood",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "weight_decay": "l2",
}


def lookup(registry: Mapping[str, Row], kind: str, name: object) -> Row:
    """Return the row called `name`; `kind` is the parameter's name in the error.

    Raises ValueError that lists the known names and offers the nearest ones.
    """
    if isinstance(name, str) and name in registry:
        return registry[name]
    known = ", ".join(repr(key) for key in registry)
    raise ValueError(f"{kind} must be one of {known}, got {name!r}. {_advice(registry, name)}")


def _advice(registry: Mapping[str, Row], name: object) -> str:
    if not isinstance(name, str):
        return "Choose one of these."
    other = OTHER_NAMES.get(name.lower())
    near = [other] if other in registry else get_close_matches(name.lower(), list(registry))
    if near:
        return f"Did you mean {' or '.join(repr(key) for key in near)}?"
    return "Choose one of these."
