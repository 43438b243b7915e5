"""What can be checked of a fit only once the table is known: its folds, its size, its result."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.exceptions import DataError, DivergenceError
from chainrule.graph import Graph
from chainrule.graph.layout import lay_out

from .networks.parts import FEWEST_TO_VALIDATE

# A float32 for the weight, its gradient, two moments of the optimizer and the best epoch's copy.
BYTES_OF_A_WEIGHT = 5 * 4
# The layout counts weights in 32 bits.
MOST_WEIGHTS = 2**31


def check_folds(cv: int | None, rows: int, *, own_validation: bool) -> None:
    """Refuse folds beside validation rows of the user's own, and folds of too few rows."""
    if cv is None:
        return
    if own_validation:
        raise DataError(
            f"cv must be None with X_val, got {cv}: each fold judges the network that is not "
            "trained on it. Leave out X_val, or set n_ensemble instead of cv."
        )
    if rows < FEWEST_TO_VALIDATE:
        raise DataError(
            f"cv must be None for fewer than {FEWEST_TO_VALIDATE} rows with a target, got {cv} "
            f"for {rows} rows. Add rows, or set n_ensemble instead of cv."
        )
    if cv > rows // 2:
        raise DataError(
            f"cv must be at most {rows // 2} for {rows} rows with a target, two for each fold, "
            f"got {cv}. Take fewer folds."
        )


def check_size(make: Callable[[], Graph], members: int, copies: int) -> None:
    """Refuse graphs with more weights than memory holds, before anything is allocated for them.

    `copies` networks of `members` members are kept.
    """
    try:
        graph = make()
        weights = lay_out(graph, link="identity", members=members, average=True).parameter_count
    except (OverflowError, MemoryError) as error:
        raise _too_large(MOST_WEIGHTS, "more than can be counted") from error
    except ValueError as error:
        raise DataError(str(error)) from error
    most = min(MOST_WEIGHTS, memory() // BYTES_OF_A_WEIGHT)
    if weights * copies > most:
        raise _too_large(most, f"{weights * copies:,}")


def _too_large(most: int, got: str) -> DataError:
    return DataError(
        f"hidden_layer_sizes must give at most {most:,} weights to fit in memory, got {got}. "
        "Use smaller layers, or fewer networks."
    )


def memory() -> int:
    """The bytes of memory of this computer; where the system does not tell, very many."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**63


def check_weights(parameters: NDArray[Any]) -> None:
    """Refuse networks that are not finite: with no rows to judge epochs, nothing else tells."""
    if not np.isfinite(parameters).all():
        raise DivergenceError(
            "weights must stay finite, got some that are not in the best epoch. Lower "
            "learning_rate_init, or look for extreme values in the table."
        )
