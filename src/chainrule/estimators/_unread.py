"""Parameters that a solver does not read, said where scikit-learn has no such solver."""

from collections.abc import Iterator
from typing import Any

from chainrule.formulas import AdamW, OptimizerChoice

from ._solvers import is_stochastic, solver_name

# scikit-learn's own solvers leave what they do not read alone, and so do ours of these names.
_SCIKIT_LEARNS = ("sgd", "adam", "lbfgs")
_DECAYS = ("beta_1", "beta_2", "epsilon")
# Parameters of a rule, with scikit-learn's defaults, and the solvers that read them.
_DEFAULTS = {
    "momentum": 0.9,
    "nesterovs_momentum": True,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-8,
    "learning_rate": "constant",
}
_READ = {"rmsprop": ("epsilon",), "amsgrad": _DECAYS, "adamw": _DECAYS, "nadam": _DECAYS}
# And what a full-batch solver has no use for.
_OF_BATCHES: dict[str, Any] = {
    "batch_size": "auto",
    "learning_rate_init": 0.001,
    "early_stopping": False,
}


def unread_parameters(e: Any) -> Iterator[str]:
    """A message for each parameter that the solver would not look at."""
    solver = e.solver
    if isinstance(solver, str) and solver in _SCIKIT_LEARNS:
        return
    read = _READ.get(solver, ()) if isinstance(solver, str) else ()
    for name, default in (_DEFAULTS if is_stochastic(solver) else _DEFAULTS | _OF_BATCHES).items():
        value = getattr(e, name)
        if name not in read and value not in (default, "auto"):
            yield (
                f"{name} must be {default!r} for solver={solver_name(solver)!r}, which does not "
                f"read it, got {value!r}. {_instead(solver, name)}"
            )
    if isinstance(solver, AdamW) and e.weight_decay not in (None, solver.weight_decay):
        yield (
            f"weight_decay must be None where solver is {solver!r}, which has one of its own, got "
            f"{e.weight_decay}. Give it in one of the two places."
        )


def _instead(solver: Any, name: str) -> str:
    if name == "learning_rate":
        return "Take schedule=, such as 'cosine'." if is_stochastic(solver) else "Leave it out."
    if name == "early_stopping":
        return "Take stopping='patience'."
    if name in _OF_BATCHES:
        return "It takes all rows at once and finds its own steps; leave it out."
    if isinstance(solver, OptimizerChoice):
        return f"Give it to {type(solver).__name__}, where that has it."
    return "Leave it out, or give the solver's settings, such as AdaGrad(epsilon=1e-6)."
