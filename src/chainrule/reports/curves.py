"""The learning curve: what a model noted from epoch to epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from .report import Curve
from .words import shown

# Attributes that scikit-learn's and this package's networks have, and what they are.
KNOWN = {
    "loss_curve_": "training loss",
    "validation_loss_curve_": "validation loss",
    "validation_scores_": "validation score",
}
LOSS = "loss"


def curves_of(model: Any, given: Mapping[str, Sequence[float]] | None) -> tuple[Curve, ...]:
    """Take the curves `given`, or else those of the model or of the last step of a pipeline.

    A curve whose name speaks of a loss or an error is better when lower.
    """
    last = model[-1] if hasattr(model, "steps") else model
    named = (
        {name: getattr(last, attribute, None) for attribute, name in KNOWN.items()}
        if given is None
        else given
    )
    return tuple(
        Curve(shown(name), tuple(float(v) for v in values), _is_loss(name))
        for name, values in named.items()
        if values is not None and len(values)
    )


def _is_loss(name: str) -> bool:
    return any(word in name.lower() for word in (LOSS, "error", "rmse", "mae"))
