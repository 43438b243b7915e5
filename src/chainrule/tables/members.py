"""One network of a table model: trained on some rows, judged each epoch on others."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.blas import one_thread
from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.exceptions import DivergenceError
from chainrule.formulas import COURSES
from chainrule.graph import Graph
from chainrule.graph.layout import lay_out
from chainrule.training import Descending, History
from chainrule.training.courses import Courses
from chainrule.training.initialise import initialise
from chainrule.training.initialise_on_data import initialise_on_data

from .recipes import CLASSIFICATION, Recipe

# `measure(outputs)` of the validation rows; larger is better.
Measure = Callable[[NDArray[Any]], float]


@dataclass
class Member:
    """What training one network gave; `parameters` are those of the best epoch."""

    parameters: NDArray[np.float32]
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_epoch: int = 0
    best_score: float = -np.inf
    seconds: float = 0.0
    interrupted: bool = False


@dataclass(frozen=True)
class Plan:
    """What all members of an ensemble share."""

    recipe: Recipe
    graph: Graph
    task: str
    x: NDArray[np.float32]
    y: NDArray[Any]
    """int32 class numbers, or standardised float32 numbers of shape (rows, targets)."""
    weight: NDArray[np.float32] | None = None
    seconds: float = np.inf
    """For one member."""

    @property
    def loss(self) -> str:
        """Its name."""
        return "log_loss" if self.task == CLASSIFICATION else "squared_error"


def train(
    plan: Plan,
    training: NDArray[np.int64],
    validation: NDArray[np.int64],
    measure: Measure | None,
    seed: int,
    on_epoch: Callable[[int, int, float, float | None], bool] | None = None,
) -> Member:
    """Train one network on the rows `training`; with `measure` the best epoch's weights are kept.

    `on_epoch(epoch, epochs, loss, score)` is told of each epoch and may end the training by True.

    Raises
    ------
    DivergenceError
        When a loss is not finite before any epoch was good.
    """
    recipe = plan.recipe
    random = np.random.default_rng(seed)
    batch = min(recipe.batch_size, len(training))
    used = len(training) - len(training) % batch if recipe.drop_last else len(training)
    rows = Rows(plan.x, plan.y, plan.weight, training[:used])
    network = _network(plan, random, Rows(plan.x, plan.y, plan.weight, training))
    descent = Descent(network, rows, batch, recipe.solver, seed=seed)
    judge = _Judge(plan, network, validation, measure)
    member = Member(network.parameters.copy())
    start = time.perf_counter()
    settings, courses = _settings(recipe), _courses(recipe)
    losses = History(early_stopping=False)
    epochs, epoch = recipe.epochs, 0
    with one_thread():
        while epoch < epochs:
            factors = courses.factors(epoch * descent.steps, descent.steps, epochs * descent.steps)
            loss = descent.epoch(settings, _order(recipe, training, random), factors)
            epoch += 1
            if not np.isfinite(loss):
                _end_diverged(member, loss, epoch)
                break
            score = judge.score()
            member.loss_curve.append(loss)
            _keep_best(member, network, score, epoch, last=recipe.last_best)
            member.seconds = time.perf_counter() - start
            if on_epoch is not None and on_epoch(epoch, epochs, loss, score):
                break
            losses.loss = loss
            losses.judge(recipe.tolerance, member.parameters)
            waited = losses.no_improvement_count if score is None else epoch - member.best_epoch
            if recipe.patience and waited > recipe.patience:
                break
            epochs = _epochs_in_time(plan.seconds, member.seconds, epoch, recipe.epochs)
    return member


def _network(plan: Plan, random: np.random.Generator, rows: Rows) -> Network:
    recipe = plan.recipe
    tape = lay_out(
        plan.graph,
        plan.loss,
        codes=plan.task == CLASSIFICATION,
        weighted=plan.weight is not None,
        members=recipe.members,
        own_rows=recipe.own_rows,
        label_smoothing=recipe.label_smoothing if plan.task == CLASSIFICATION else 0.0,
    )
    network = Network(tape, aligned(tape.parameter_count, np.float32))
    initialise(tape, network.parameters, random)
    initialise_on_data(network, rows, random)
    return network


def _order(
    recipe: Recipe, rows: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """The order of an epoch; with rows of their own one for each member, side by side."""
    if not recipe.own_rows:
        return random.permutation(rows)
    orders = random.permuted(np.tile(rows, (recipe.members, 1)), axis=1)
    return np.ascontiguousarray(orders.T)


def _settings(recipe: Recipe) -> Descending:
    return Descending(
        learning_rate=recipe.learning_rate_init,
        learning_rate_init=recipe.learning_rate_init,
        max_epochs=recipe.epochs,
        beta_2=recipe.beta_2,
        alpha=recipe.alpha,
        weight_decay=recipe.weight_decay,
    )


def _courses(recipe: Recipe) -> Courses:
    return Courses(
        learning_rate=COURSES[recipe.learning_rate_course](),
        noise=COURSES[recipe.noise_course](),
        weight_decay=COURSES[recipe.weight_decay_course](),
    )


class _Judge:
    """Scores the network at hand on the validation rows."""

    def __init__(
        self, plan: Plan, network: Network, rows: NDArray[np.int64], measure: Measure | None
    ) -> None:
        self._measure = measure if len(rows) else None
        self._rows = Rows(plan.x, subset=rows)
        self._forward = Forward(predicting(plan, network.parameters))

    def score(self) -> float | None:
        if self._measure is None:
            return None
        return self._measure(self._forward.predict(self._rows))


def predicting(plan: Plan, parameters: NDArray[np.float32]) -> Network:
    """The network without its training: members averaged."""
    return forward_network(plan.graph, plan.task, plan.recipe.members, parameters)


def forward_network(
    graph: Graph, task: str, members: int, parameters: NDArray[np.float32]
) -> Network:
    """A network that predicts probabilities or standardised numbers, the members' mean."""
    link = "softmax" if task == CLASSIFICATION else "identity"
    return Network(lay_out(graph, link=link, members=members, average=True), parameters)


def _keep_best(
    member: Member, network: Network, score: float | None, epoch: int, *, last: bool
) -> None:
    better = True
    if score is not None:
        better = score > member.best_score or (last and score == member.best_score)
        member.validation_scores.append(score)
    if better:
        np.copyto(member.parameters, network.parameters)
        member.best_epoch = epoch
        member.best_score = -np.inf if score is None else score


def _end_diverged(member: Member, loss: float, epoch: int) -> None:
    if not member.best_epoch:
        raise DivergenceError(
            f"loss must stay finite, got {loss} in epoch {epoch}. Lower learning_rate_init, or "
            "look for extreme values in the table."
        )


def _epochs_in_time(limit: float, spent: float, done: int, wanted: int) -> int:
    """As many epochs as the time leaves, so that the schedule comes to its end within it."""
    if not np.isfinite(limit):
        return wanted
    possible = int(limit / (spent / done))
    return max(done, min(wanted, possible))
