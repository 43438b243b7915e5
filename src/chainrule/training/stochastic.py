"""A stochastic fit of an estimator or a `GraphModel`: the loop, and warnings of how it ended."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from chainrule.engine.descent import Descent
from chainrule.engine.random_state import Shuffler

from .descending import Descending
from .epochs import Ending, Epochs, Judge
from .history import History
from .orders import Shuffled, as_they_stand
from .report import OnEpoch
from .warn import warn_diverged, warn_interrupted, warn_user


def descend(
    descent: Descent,
    plan: Descending,
    history: History,
    random: Shuffler,
    validation: Judge | None = None,
    on_epoch: OnEpoch | None = None,
    *,
    gradient: Callable[[], NDArray[Any]] | None = None,
    one_epoch: bool = False,
    all_epochs: bool = False,
) -> None:
    """Run epochs until a stopping rule or Ctrl-C ends them; `one_epoch` runs a single one.

    `all_epochs` says that the last epoch is the wanted end, not a failure to converge; `gradient`
    gives that of the penalised loss over all rows, for the rules that ask.

    Changes the network's parameters, `plan.learning_rate` and `history`. After early stopping the
    parameters are the best ones.

    Raises
    ------
    DivergenceError
        When the loss of an epoch is not finite; the parameters are those before that epoch.
    """
    order = Shuffled(descent.rows, random) if plan.shuffle else as_they_stand
    epochs = Epochs(descent, plan, history, order, validation, on_epoch, gradient)
    ending = epochs.run(one_epoch=one_epoch)
    if ending is Ending.ALL_DONE and not all_epochs:
        _warn_not_converged(plan)
    elif ending is Ending.INTERRUPTED:
        kept = "best" if history.early_stopping else "last"
        warn_interrupted(history.epochs, f"the {kept} weights are kept.")
    elif ending is Ending.DIVERGED:
        warn_diverged(
            history.loss,
            history.epochs,
            "Standardise X (and y), or lower learning_rate_init.",
        )


def _warn_not_converged(plan: Descending) -> None:
    warn_user(
        f"Stochastic Optimizer: Maximum iterations ({plan.max_epochs}) reached and the "
        "optimization hasn't converged yet.",
        ConvergenceWarning,
    )
