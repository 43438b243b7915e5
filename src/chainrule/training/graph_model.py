"""A graph with weights and a loss as a model: train it, and keep it in a file."""

import sys
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from chainrule.engine.descent import Descent
from chainrule.engine.network import Network, view
from chainrule.engine.rows import Rows
from chainrule.files.storable import Storable

from .full_batch import minimise
from .graph_file import model_from_plain, model_to_plain
from .graph_fitting import Fitting, OptimizerOrSolver, Schedule
from .graph_network import GraphNetwork
from .history import History
from .initialise_on_data import initialise_on_data
from .report import OnEpoch
from .stochastic import descend
from .stopping import StoppingRule
from .weight_mixture import start_weight_mixture


class GraphModel(GraphNetwork, Storable):
    """Any directed acyclic graph of layers as a model.

    Parameters
    ----------
    graph : Graph
    loss : str, settings or formula, default="squared_error"
        One of `chainrule.formulas.LOSSES`, settings such as `Huber(delta=2.0)`, or your own.
    link : str or None, default=None
        From the output node to the prediction, one of `chainrule.formulas.LINKS`; None takes the
        one that belongs to the loss.
    alpha : float, default=0.0
        Strength of the L2 penalty on weights, divided by the weight of a batch.
    l1, l2 : float, default=0.0
        Strength of penalties l1 |w| and l2/2 w^2 on the mean loss.
    weight_prior : None, "soft_sharing" or SoftSharing, default=None
        A prior that is learned with the weights: a mixture of Gaussians that gathers them in
        clusters. Its parameters stand at the end of `parameters`.
    random_state : int, default=0
        Seeds the weights and the order of the rows.
    dtype : float64 or float32, default=float64

    Attributes
    ----------
    parameters : ndarray
        All weights and biases in one vector.
    coefs, intercepts : list of ndarray
        Views of it, a matrix (inputs, units) and a vector (units,) for each Dense in topological
        order.
    weight_mixture : dict of str to ndarray
        With `weight_prior`: "proportions", "means" and "widths" of its Gaussians.
    history : History or None
        The course of the last fit.

    Examples
    --------
    >>> from chainrule.graph import Add, Dense, Graph, Input
    >>> x = Input(2)
    >>> skip = Add()(Dense(3, activation="tanh")(x), Dense(3)(x))
    >>> model = GraphModel(Graph(x, Dense(1)(skip)))
    >>> model.check_gradients([[0.0, 1.0], [1.0, 1.0]], [[1.0], [0.0]]).ok
    True
    """

    history: History | None = None

    def __repr__(self) -> str:
        nodes, count = len(self.graph.nodes), len(self.parameters)
        return f"GraphModel({nodes} nodes, loss={self._loss.name!r}, {count} parameters)"

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        optimizer: OptimizerOrSolver = "adam",
        epochs: int = 100,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        momentum: float = 0.9,
        schedule: Schedule | None = None,
        weight_decay: float | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        max_norm: float | None = None,
        mixup: float = 0.0,
        shuffle: bool = True,
        stopping: Sequence[StoppingRule] = (),
        tol: float = 1e-6,
        on_epoch: OnEpoch | None = None,
    ) -> Self:
        """Train from the weights at hand; the loss curve is in `history`.

        The first fit rescales them where a layer's initializer looks at data ("lsuv", "realmlp").

        Parameters
        ----------
        X : array-like of shape (rows, columns), or a tuple of them, one for each input
        y : array-like of shape (rows, outputs)
            For "log_loss" a row of probabilities, such as a one-hot row. Of several outputs NaN is
            a label that is not known, and neither costs nor teaches anything.
        sample_weight : array-like of shape (rows,), default=None
        optimizer : str or settings, default="adam"
            One of `chainrule.formulas.OPTIMIZERS` or settings such as `AdamW(beta_2=0.95)`; or for
            all rows at once one of `chainrule.training.full_batch.FULL_BATCH_SOLVERS` or settings
            such as `LevenbergMarquardt()`.
        epochs : int, default=100
            As many, unless `stopping` or `on_epoch` ends the training; of a full-batch solver the
            most iterations.
        batch_size : int or None, default=None
            None: 32, or all rows for an optimizer that needs them.
        learning_rate : float or None, default=None
            None: what is usual for the optimizer, 0.001 for most.
        momentum : float, default=0.9
            Of "momentum" and "nesterov".
        schedule : str, course, Courses or None, default=None
            Of the learning rate, one of `chainrule.formulas.COURSES`; `Courses` has one for other
            settings too.
        weight_decay, clip_norm, clip_value, max_norm, mixup : as of `MLPClassifier`
        shuffle : bool, default=True
            Take the rows in a new order in each epoch.
        stopping : sequence of rules, default=()
            Of `chainrule.training`, such as `TimeLimit`.
        tol : float, default=1e-6
            Of a full-batch solver: the slope that counts as zero.
        on_epoch : callable, default=None
            Called with an `EpochReport` after each epoch; True ends the training there.

        Raises
        ------
        ValueError
            Data or settings that cannot be used; DivergenceError when the loss is not finite.
        """
        fitting = Fitting(
            optimizer,
            epochs,
            batch_size,
            learning_rate,
            momentum,
            schedule,
            weight_decay,
            clip_norm,
            clip_value,
            max_norm,
            mixup,
            shuffle,
            stopping,
            tol,
        )
        if on_epoch is not None and not callable(on_epoch):
            raise ValueError(
                f"on_epoch must be a function of an EpochReport, got {on_epoch!r}. Leave it out, "
                "or pass the function itself."
            )
        rows = self._labelled(X, y, sample_weight)
        if self.history is None:
            self._initialise_on_data(rows)
        history = History(early_stopping=False)
        if fitting.solver is None:
            self._descend(fitting, rows, history, on_epoch)
        else:
            self._minimise(fitting, rows, history, on_epoch)
        self.history = history
        return self

    def _initialise_on_data(self, rows: Rows) -> None:
        """Let rows decide the first weights of layers that ask for it; running averages stay."""
        network = Network(self._tape(weighted=rows.weight is not None), self.parameters.copy())
        if initialise_on_data(network, rows, np.random.default_rng(self.random_state)):
            for line in network.tape.layers:
                for placed in line.arrays:
                    if placed.array.learned:
                        view(placed, self.parameters)[...] = view(placed, network.parameters)
            start_weight_mixture(network.tape, self.parameters)

    def _descend(
        self, fitting: Fitting, rows: Rows, history: History, on_epoch: OnEpoch | None
    ) -> None:
        network = self._network(rows)
        descent = Descent(
            network,
            rows,
            fitting.batch_rows(rows.count, network.tape),
            fitting.method,
            seed=self.random_state,
            whole_layers=fitting.max_norm is not None,
        )
        descend(
            descent,
            fitting.plan(*self._penalties),
            history,
            np.random.RandomState(self.random_state),
            on_epoch=on_epoch,
            gradient=lambda: self._gradient(rows)(*self._penalties)[1],
            all_epochs=True,
        )

    def _minimise(
        self, fitting: Fitting, rows: Rows, history: History, on_epoch: OnEpoch | None
    ) -> None:
        assert fitting.solver is not None
        minimise(
            self._gradient(rows),
            history,
            solver=fitting.solver,
            alpha=self.alpha,
            l1=self.l1,
            l2=self.l2,
            max_iter=fitting.epochs,
            max_fun=sys.maxsize,
            tol=fitting.tol,
            verbose=False,
            on_epoch=on_epoch,
            stopping=fitting.stopping,
        )

    def _to_state(self) -> dict[str, Any]:
        return model_to_plain(self)

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        settings, parameters, history = model_from_plain(state)
        model = cls(**settings)
        model.parameters[...] = parameters
        model.history = history
        return model
