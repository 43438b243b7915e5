"""Solvers by name or settings object."""

from typing import Any

from chainrule.formulas import OPTIMIZERS, AdamW, OptimizerChoice

STOCHASTIC_SOLVERS = (
    "sgd",
    "adagrad",
    "adadelta",
    "rmsprop",
    "sign",
    "adam",
    "amsgrad",
    "adamw",
    "nadam",
)
FULL_BATCH_SOLVERS = ("lbfgs", "cg", "newton-cg", "scg", "lm", "rprop")

_USUAL_RATE = 0.001


def is_stochastic(solver: Any) -> bool:
    """Whether it goes through the rows in batches."""
    if isinstance(solver, str):
        return solver in STOCHASTIC_SOLVERS
    return isinstance(solver, OptimizerChoice)


def solver_name(solver: Any) -> str:
    """What users call it."""
    return solver if isinstance(solver, str) else str(solver.name)


def method_of(estimator: Any) -> str:
    """The optimizer's row in `OPTIMIZERS`."""
    solver = estimator.solver
    if isinstance(solver, OptimizerChoice):
        return solver.name
    if solver != "sgd":
        return str(solver)
    if estimator.momentum == 0:
        return "sgd"
    return "nesterov" if estimator.nesterovs_momentum else "momentum"


def first_rate(estimator: Any) -> float:
    """`learning_rate_init`, or the optimizer's usual rate for "auto"."""
    if estimator.learning_rate_init == "auto":
        return OPTIMIZERS[method_of(estimator)].defaults.get("learning_rate", _USUAL_RATE)
    return float(estimator.learning_rate_init)


def weight_decay_of(estimator: Any) -> float:
    """The parameter; where it is None, what the solver brings along."""
    if estimator.weight_decay is not None:
        return float(estimator.weight_decay)
    if isinstance(estimator.solver, AdamW):
        return estimator.solver.weight_decay
    return AdamW().weight_decay if estimator.solver == "adamw" else 0.0
