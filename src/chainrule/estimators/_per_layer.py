"""Settings given once or for each hidden layer."""

from collections.abc import Sequence
from typing import Any

from chainrule.formulas import Activation, Mixture, RowLink, activation_row
from chainrule.formulas.given import number


def layer_activations(activation: Any, n_hidden: int) -> list[Any]:
    """One activation for each hidden layer."""
    if isinstance(activation, str | Activation | RowLink | Mixture):
        return [activation] * n_hidden
    names = list(activation)
    if len(names) != n_hidden:
        raise ValueError(
            f"activation must be one name or one for each of the {n_hidden} hidden layers, got "
            f"{len(names)} names. Give as many as hidden_layer_sizes has entries."
        )
    for place, given in enumerate(names, 1):
        if callable(given):
            raise ValueError(
                f"activation must be a name or a formula, got {given!r} for hidden layer {place}. "
                "Make a function one by chainrule.formulas.custom_activation."
            )
    return names


def activation_names(activation: Any, n_hidden: int) -> list[str]:
    """The names of the hidden layers' activations."""
    return [activation_row(f).name for f in layer_activations(activation, n_hidden)]


def per_layer(name: str, value: Any, n_hidden: int) -> Sequence[float]:
    """One number for each hidden layer."""
    if not hasattr(value, "__iter__"):
        return [float(value)] * n_hidden
    values = [float(number(own)) for own in value]
    if len(values) != n_hidden:
        raise ValueError(
            f"{name} must be one number or one for each of the {n_hidden} hidden layers, got "
            f"{len(values)} numbers. Give as many as hidden_layer_sizes has entries."
        )
    return values


def layer_noise(noise: Any, n_hidden: int) -> Sequence[float]:
    """The deviation for the inputs and for each hidden layer; one number is that of the inputs."""
    if not hasattr(noise, "__iter__"):
        return [float(noise), *[0.0] * n_hidden]
    values = [float(number(own)) for own in noise]
    if len(values) != n_hidden + 1:
        raise ValueError(
            f"noise must be one number or one for the inputs and one for each of the {n_hidden} "
            f"hidden layers, got {len(values)} numbers. Give 0.0 where there is to be none."
        )
    return values
