"""One network of a table model: trained on some rows, judged each epoch on others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import Descent
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.formulas import COURSES
from chainrule.graph import Graph
from chainrule.graph.layout import lay_out
from chainrule.training import Descending, History
from chainrule.training.courses import Courses
from chainrule.training.epochs import Ending, Epochs
from chainrule.training.horizon import never
from chainrule.training.initialise import initialise
from chainrule.training.initialise_on_data import initialise_on_data
from chainrule.training.orders import Permuted
from chainrule.training.report import OnEpoch
from chainrule.training.stopping import LossTolerance, Moment, StoppingRule, Watch

from ..recipes import CLASSIFICATION, Recipe

# `measure(outputs)` of the validation rows; larger is better.
Measure = Callable[[NDArray[np.float32]], float]


@dataclass(frozen=True)
class Plan:
    """What all networks of an ensemble share."""

    recipe: Recipe
    graph: Graph
    task: str
    x: NDArray[np.float32]
    y: NDArray[Any]
    """int32 class numbers, or standardised float32 numbers of shape (rows, targets)."""
    weight: NDArray[np.float32] | None = None

    @property
    def loss(self) -> str:
        """Its name."""
        return "log_loss" if self.task == CLASSIFICATION else "squared_error"


@dataclass(frozen=True)
class Member:
    """What training one network gave; `parameters` are those of the best epoch."""

    parameters: NDArray[np.float32]
    history: History
    ending: Ending
    held: NDArray[np.int64]
    """The rows that judged it."""

    @property
    def best_epoch(self) -> int:
        """Counted from 1; 0 where no epoch could be judged. Without validation rows the last."""
        return self.history.best_epoch if len(self.held) else self.history.epochs


def train(
    plan: Plan,
    training: NDArray[np.int64],
    held: NDArray[np.int64],
    measure: Measure | None,
    seed: int,
    *,
    until: Callable[[], float] = never,
    on_epoch: OnEpoch | None = None,
    heed: Callable[[], None] | None = None,
) -> Member:
    """Train one network on the rows `training`; with `measure` the best epoch's weights are kept.

    `until`, asked after each epoch, is the time of `time.perf_counter` at which it is to be done.
    `heed`, called many times an epoch, may end the training by a KeyboardInterrupt.

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
    descent.heed = heed
    validation = None if measure is None else _Judge(plan, network, held, measure)
    history = History(early_stopping=measure is not None, last_of_equals=recipe.last_best)
    order = Permuted(training, random, recipe.members if recipe.own_rows else 1)
    settings = _settings(recipe, until, judged=validation is not None)
    ending = Epochs(descent, settings, history, order, validation, on_epoch).run()
    return Member(network.parameters, history, ending, held)


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


def _settings(recipe: Recipe, until: Callable[[], float], *, judged: bool) -> Descending:
    return Descending(
        learning_rate=recipe.learning_rate_init,
        learning_rate_init=recipe.learning_rate_init,
        max_epochs=recipe.epochs,
        beta_2=recipe.beta_2,
        alpha=recipe.alpha,
        weight_decay=recipe.weight_decay,
        courses=Courses(
            learning_rate=COURSES[recipe.learning_rate_course](),
            noise=COURSES[recipe.noise_course](),
            weight_decay=COURSES[recipe.weight_decay_course](),
        ),
        rules=_rules(recipe, judged),
        until=until,
    )


def _rules(recipe: Recipe, judged: bool) -> tuple[StoppingRule, ...]:
    if not recipe.patience:
        return ()
    if judged:
        return (_SinceBest(recipe.patience),)
    return (LossTolerance(tol=recipe.tolerance, patience=recipe.patience),)


@dataclass(frozen=True)
class _SinceBest:
    """Stop when the best epoch is more than `patience` epochs ago.

    Beside `ValidationPatience`, which is scikit-learn's, an equal score does not start the count
    anew unless it is the best: so TabM and RealMLP count.
    """

    patience: int

    def start(self) -> Watch:
        """Compare the number of the epoch with that of the best."""

        def watch(moment: Moment) -> str | None:
            history = moment.history
            if history.epochs - history.best_epoch <= self.patience:
                return None
            return f"Epoch {history.best_epoch} is the best and over {self.patience} epochs ago."

        return watch


class _Judge:
    """Scores the network at hand on the validation rows."""

    def __init__(
        self, plan: Plan, network: Network, rows: NDArray[np.int64], measure: Measure
    ) -> None:
        self._measure = measure
        self._rows = Rows(plan.x, subset=rows)
        self._forward = Forward(_predicting(plan, network.parameters))

    def measure(self) -> tuple[None, float]:
        """The score alone: no one asks for the loss."""
        return None, self._measure(self._forward.predict(self._rows))


def _predicting(plan: Plan, parameters: NDArray[np.float32]) -> Network:
    """The network without its training: members averaged."""
    return forward_network(plan.graph, plan.task, plan.recipe.members, parameters)


def forward_network(
    graph: Graph, task: str, members: int, parameters: NDArray[np.float32]
) -> Network:
    """A network that predicts probabilities or standardised numbers, the members' mean."""
    link = "softmax" if task == CLASSIFICATION else "identity"
    return Network(lay_out(graph, link=link, members=members, average=True), parameters)
