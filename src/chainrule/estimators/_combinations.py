"""Combinations of parameters that make no sense, each refused with what to use instead."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.formulas import INITIALIZERS, RowLoss

from ._chain import is_disturbed
from ._per_layer import layer_noise, per_layer
from ._problem import loss_name, row_of
from ._solvers import is_stochastic, method_of, solver_name, weight_decay_of
from ._unread import unread_parameters

# Solvers that look at second derivatives, which a learned prior has none of here.
_SECOND_ORDER = ("newton-cg", "scg", "lm")
# What only a stochastic optimizer does, with the value that leaves it out.
_STOCHASTIC_ONLY = {
    "schedule": None,
    "momentum_schedule": None,
    "dropout_schedule": None,
    "weight_decay_schedule": None,
    "weight_decay": None,
    "max_norm": None,
    "clip_norm": None,
    "clip_value": None,
    "dropout": 0.0,
    "input_dropout": 0.0,
    "noise": 0.0,
    "mixup": 0.0,
    "batch_norm": False,
    "l1": 0.0,
}
_SQUARES = ("squared_error", "mean_squared_error")


def check_combinations(estimator: Any, hidden: list[int], *, incremental: bool) -> None:
    """Raise ValueError for the first combination that makes no sense."""
    for checks in (_network(estimator, hidden), _solver(estimator), _loss(estimator)):
        for message in checks:
            raise ValueError(message)
    for message in _pretraining(estimator, hidden, incremental=incremental):
        raise ValueError(message)
    for message in _stopping(estimator, incremental=incremental):
        raise ValueError(message)


def _network(e: Any, hidden: list[int]) -> Iterator[str]:
    for name, values in (
        ("dropout", per_layer("dropout", e.dropout, len(hidden))),
        ("noise", layer_noise(e.noise, len(hidden))),
    ):
        wrong = [v for v in values if not (0.0 <= v < (1.0 if name == "dropout" else np.inf))]
        if wrong:
            rule = "in [0, 1)" if name == "dropout" else "at least 0"
            yield f"{name} must be {rule}, got {wrong[0]}. Give 0.0 for a layer without."
    if np.any(e.dropout) and not hidden:
        yield (
            f"dropout must be 0 without hidden layers, got {e.dropout}. Take input_dropout to "
            "silence inputs."
        )
    if e.batch_norm and e.layer_norm:
        yield (
            "layer_norm must be False where batch_norm is True, got True. Choose one of the two "
            "normalisations."
        )
    if (e.batch_norm or e.layer_norm) and not hidden:
        name = "batch_norm" if e.batch_norm else "layer_norm"
        yield f"{name} must be False without hidden layers, got True. Add a hidden layer."
    if e.batch_norm and e.batch_size == 1:
        yield (
            "batch_size must be at least 2 for batch_norm=True, since a single row has no "
            "variance, got 1. Take layer_norm, which looks at one row at a time."
        )


def _pretraining(e: Any, hidden: list[int], *, incremental: bool) -> Iterator[str]:
    if e.pretrain is None:
        return
    if not hidden:
        yield (
            f"pretrain must be None without hidden layers, got {e.pretrain!r}. Add a hidden layer."
        )
    for name in ("batch_norm", "layer_norm"):
        if getattr(e, name):
            yield (
                f"{name} must be False where pretrain is given, got True. The autoencoders do not "
                "normalise; leave out one of the two."
            )
    if INITIALIZERS[e.initializer].data_dependent:
        yield (
            "initializer must be one that does not look at data where pretrain is given, got "
            f"{e.initializer!r}. Take 'glorot_uniform', for example."
        )
    if e.bias_initializer == "he+5":
        yield (
            "bias_initializer must be one that does not look at data where pretrain is given, got "
            "'he+5'. Take 'zeros', for example."
        )
    if incremental and not hasattr(e, "coefs_"):
        yield (
            "pretrain must be None for a first partial_fit, which sees a part of the rows, got "
            f"{e.pretrain!r}. Call fit first."
        )


def _solver(e: Any) -> Iterator[str]:
    stochastic = is_stochastic(e.solver)
    if not stochastic:
        for name, left_out in _STOCHASTIC_ONLY.items():
            value = getattr(e, name)
            if value is not left_out and np.any(value != left_out):
                yield (
                    f"{name} must be {left_out} for the full-batch solver="
                    f"{solver_name(e.solver)!r}, got {value!r}. Take solver='adam', or leave it "
                    "out."
                )
    if e.weight_prior is not None and solver_name(e.solver) in _SECOND_ORDER:
        yield (
            f"weight_prior must be None for solver={solver_name(e.solver)!r}, which needs second "
            f"derivatives, got {e.weight_prior!r}. Take solver='adam', 'lbfgs' or 'cg'."
        )
    if e.schedule is not None and e.learning_rate != "constant":
        yield (
            "schedule must be None where learning_rate is not 'constant', got "
            f"{e.schedule!r} beside {e.learning_rate!r}. Choose one of the two."
        )
    if e.momentum_schedule is not None and stochastic and method_of(e) not in _MOMENTUM:
        yield (
            f"momentum_schedule must be None for {method_of(e)!r}, which has no momentum, got "
            f"{e.momentum_schedule!r}. Take solver='sgd' with a momentum."
        )
    if e.dropout_schedule is not None and not is_disturbed(e):
        yield (
            f"dropout_schedule must be None without dropout and noise, got {e.dropout_schedule!r}. "
            "Set dropout, input_dropout or noise."
        )
    if e.weight_decay_schedule is not None and not weight_decay_of(e):
        yield (
            "weight_decay_schedule must be None without weight_decay, got "
            f"{e.weight_decay_schedule!r}. Set weight_decay."
        )
    yield from unread_parameters(e)


_MOMENTUM = ("momentum", "nesterov")


def _loss(e: Any) -> Iterator[str]:
    row = row_of(e.loss)
    margin = row.target == "sign" or row.name == "crammer_singer"
    if solver_name(e.solver) == "lm" and row.name not in _SQUARES:
        yield (
            f"loss must be 'squared_error' for solver='lm', which solves least squares, got "
            f"{loss_name(e.loss)}. Take solver='newton-cg' or 'lbfgs'."
        )
    if e.mixup and (margin or isinstance(row, RowLoss)):
        yield (
            f"mixup must be 0 for loss={loss_name(e.loss)}, which knows no target between two, "
            f"got {e.mixup}. Take loss='log_loss' or 'squared_error'."
        )
    from chainrule.training.full_batch.corners import corner_mistakes

    yield from corner_mistakes(solver_name(e.solver), row)
    smoothing = getattr(e, "label_smoothing", 0.0)
    if smoothing and row.name != "log_loss":
        yield (
            f"label_smoothing must be 0 for loss={loss_name(e.loss)}, got {smoothing}. Take "
            "loss='log_loss', whose targets are probabilities."
        )


def _stopping(e: Any, *, incremental: bool) -> Iterator[str]:
    from chainrule.training.stopping import StoppingRule, ValidationPatience

    from ._plan import rules_of

    rules = rules_of(e)
    wrong = [rule for rule in rules if not isinstance(rule, StoppingRule)]
    if wrong:
        yield (
            f"stopping must be a rule, its name, or a list of them, got {wrong[0]!r}. Take "
            "ValidationPatience(), for example."
        )
    if rules and e.early_stopping:
        yield (
            "early_stopping must be False where stopping is given, got True. Add "
            "ValidationPatience() to stopping."
        )
    patience = [rule for rule in rules if isinstance(rule, ValidationPatience)]
    if len(patience) > 1:
        yield (
            f"stopping must be a list with one ValidationPatience at most, got {len(patience)}. "
            "Choose one score to watch."
        )
    if not incremental:
        return
    for name in (
        "stopping",
        "schedule",
        "momentum_schedule",
        "dropout_schedule",
        "weight_decay_schedule",
    ):
        if getattr(e, name) is not None:
            yield (
                f"{name} must be None for partial_fit, which knows of no last epoch, got "
                f"{getattr(e, name)!r}. Call fit."
            )
    if e.n_init != 1:
        yield (
            "n_init must be 1 for partial_fit, which goes on from the weights at hand, got "
            f"{e.n_init}. Call fit."
        )
