"""Warnings that point at the user's line, not at ours."""

import sys
import warnings

from chainrule.exceptions import TrainingInterruptedWarning

_OURS = ("chainrule", "sklearn")


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the nearest caller outside chainrule and scikit-learn."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in _OURS


def warn_interrupted(epochs: int | str, kept: str) -> None:
    """Warn that Ctrl-C ended a fit after so many epochs; `kept` says what is left of it."""
    warn_user(
        f"Training interrupted by user after {epochs} epochs; {kept}", TrainingInterruptedWarning
    )


def warn_diverged(got: float | str, epochs: int | str, advice: str) -> None:
    """Warn that the loss was not finite in an epoch, which ended the training."""
    warn_user(
        f"loss must stay finite, got {got} in epoch {epochs}; training ended there and the best "
        f"weights are kept. {advice}",
        UserWarning,
    )
