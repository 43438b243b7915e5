"""Warnings that point at the user's line, not at ours."""

import sys
import warnings

_OURS = ("chainrule", "sklearn")


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the nearest caller outside chainrule and scikit-learn."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in _OURS
