"""A graph with weights and a loss: predict, train, and look at every value and gradient."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned, views
from chainrule.engine.rows import Rows
from chainrule.exceptions import DataError
from chainrule.formulas import OPTIMIZERS, lookup
from chainrule.graph import Graph
from chainrule.graph.tape import lay_out

from .gradient_check import GradientCheck, check_gradients
from .history import History
from .initialise import initialise
from .report import OnEpoch
from .stochastic import Descending, descend
from .trace import Trace, trace


class GraphModel:
    """Any directed acyclic graph of layers as a model.

    Parameters
    ----------
    graph : Graph
    loss : str, default="squared_error"
        One of `chainrule.formulas.LOSSES`: "squared_error", "log_loss", "binary_log_loss",
        "poisson".
    link : str or None, default=None
        From the output node to the prediction, one of `chainrule.formulas.LINKS`; None takes the
        one that belongs to the loss.
    alpha : float, default=0.0
        Strength of the L2 penalty on weights, divided by the weight of a batch.
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

    def __init__(
        self,
        graph: Graph,
        loss: str = "squared_error",
        *,
        link: str | None = None,
        alpha: float = 0.0,
        random_state: int = 0,
        dtype: Any = np.float64,
    ) -> None:
        if np.dtype(dtype) not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise ValueError(f"dtype must be float32 or float64, got {dtype!r}. Pass np.float32.")
        if alpha < 0:
            raise ValueError(f"alpha must be at least 0, got {alpha}. It is a strength.")
        self.graph = graph
        self.loss_name = loss
        self.link = link
        self.alpha = alpha
        self.random_state = random_state
        tape = lay_out(graph, loss, link=link)
        self.parameters = aligned(tape.parameter_count, dtype)
        self.coefs, self.intercepts = views(tape, self.parameters)
        initialise(tape, self.parameters, np.random.RandomState(random_state))
        self.history: History | None = None

    def __repr__(self) -> str:
        nodes, count = len(self.graph.nodes), len(self.parameters)
        return f"GraphModel({nodes} nodes, loss={self.loss_name!r}, {count} parameters)"

    def predict(self, X: Any) -> NDArray[Any]:
        """The output after its link, of shape (rows, outputs); several inputs as a tuple."""
        rows = self._rows(X)
        return Forward(self._network(rows)).predict(rows)

    def loss(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The mean loss over rows, outputs summed, with the penalty."""
        return self.loss_and_gradient(X, y, sample_weight)[0]

    def loss_and_gradient(
        self, X: Any, y: Any, sample_weight: Any = None
    ) -> tuple[float, NDArray[Any]]:
        """The loss, and its gradient with respect to `parameters`."""
        rows = self._labelled(X, y, sample_weight)
        return FullGradient(self._network(rows), rows, as_reported=False)(self.alpha)

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        optimizer: str = "adam",
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 0.001,
        momentum: float = 0.9,
        on_epoch: OnEpoch | None = None,
    ) -> Self:
        """Train from the weights at hand for so many epochs; the loss curve is in `history`.

        Parameters
        ----------
        X : array-like of shape (rows, columns), or a tuple of them, one for each input
        y : array-like of shape (rows, outputs)
            For "log_loss" a row of probabilities, such as a one-hot row.
        sample_weight : array-like of shape (rows,), default=None
        optimizer : str, default="adam"
            One of `chainrule.formulas.OPTIMIZERS`: "sgd", "momentum", "nesterov", "adam".
        epochs, batch_size : int, default=100, 32
        learning_rate, momentum : float, default=0.001, 0.9
        on_epoch : callable, default=None
            Called with an `EpochReport` after each epoch; True ends the training there.

        Raises
        ------
        ValueError
            Data or settings that cannot be used; DivergenceError when the loss is not finite.
        """
        lookup(OPTIMIZERS, "optimizer", optimizer)
        for name, value in (("batch_size", batch_size), ("epochs", epochs)):
            if value < 1 or value != int(value):
                raise ValueError(f"{name} must be at least 1, got {value}. Give a whole number.")
        rows = self._labelled(X, y, sample_weight)
        plan = Descending(
            learning_rate=learning_rate,
            momentum=momentum,
            beta_1=0.9,
            beta_2=0.999,
            epsilon=1e-8,
            schedule="constant",
            learning_rate_init=learning_rate,
            power_t=0.0,
            alpha=self.alpha,
            max_epochs=epochs,
            tol=0.0,
            n_iter_no_change=np.inf,
            shuffle=True,
            verbose=False,
        )
        history = History(early_stopping=False)
        batch_rows = min(batch_size, rows.count)
        network = self._network(rows)
        descent = Descent(network, rows, batch_rows, optimizer, seed=self.random_state)
        random = np.random.RandomState(self.random_state)
        descend(descent, plan, history, random, on_epoch=on_epoch, all_epochs=True)
        self.history = history
        return self

    def trace(self, X: Any, y: Any, sample_weight: Any = None) -> Trace:
        """Every node's value and gradient for these rows; print it."""
        rows = self._labelled(X, y, sample_weight)
        return trace(self.graph, self.parameters, rows, self.loss_name, self.link)

    def check_gradients(self, X: Any, y: Any, sample_weight: Any = None) -> GradientCheck:
        """Compare back-propagation with central differences (in float64) on these rows."""
        double = GraphModel(
            self.graph, self.loss_name, link=self.link, alpha=self.alpha, dtype=np.float64
        )
        double.parameters[...] = self.parameters
        rows = double._labelled(X, y, sample_weight)
        gradient = FullGradient(double._network(rows), rows, as_reported=False)
        return check_gradients(lambda: gradient(self.alpha), double.parameters, self.name_of)

    def name_of(self, place: int) -> str:
        """Where a parameter stands, for people."""
        tape = lay_out(self.graph, self.loss_name, link=self.link)
        for line in tape.layers:
            width = tape.slots[line.output].width
            row, column = divmod(place - line.parameters, width)
            if 0 <= row < line.rows:
                if row < tape.slots[line.inputs[0]].width:
                    return f"{line.name} W[{row}, {column}]"
                return f"{line.name} b[{column}]"
        raise IndexError(f"place must be below {tape.parameter_count}, got {place}. Count from 0.")

    def _network(self, rows: Rows) -> Network:
        tape = lay_out(self.graph, self.loss_name, link=self.link, weighted=rows.weight is not None)
        return Network(tape, self.parameters)

    def _labelled(self, X: Any, y: Any, sample_weight: Any) -> Rows:
        if y is None:
            raise ValueError("y must be a table of targets, got None. Give one row for each of X.")
        return self._rows(X, y, sample_weight)

    def _rows(self, X: Any, y: Any = None, sample_weight: Any = None) -> Rows:
        parts = X if isinstance(X, tuple) else (X,)
        table = np.hstack([_matrix(part, self.parameters.dtype, "X") for part in parts])
        if table.shape[1] != self.graph.columns:
            raise ValueError(
                f"X must have {self.graph.columns} columns, got {table.shape[1]}. They go to the "
                "graph's inputs from left to right."
            )
        targets = None if y is None else _matrix(y, self.parameters.dtype, "y")
        if targets is not None and targets.shape != (len(table), self.graph.output.width):
            raise ValueError(
                f"y must have shape ({len(table)}, {self.graph.output.width}), got "
                f"{targets.shape}. Give one row of targets for each row of X."
            )
        weight = None
        if sample_weight is not None:
            weight = np.ascontiguousarray(sample_weight, dtype=self.parameters.dtype)
            _refuse_not_finite(weight, "sample_weight")
            if weight.size and (weight.min() < 0 or weight.max() == 0):
                raise DataError(
                    "sample_weight must be non-negative and positive for some row, got "
                    f"{weight.min()} to {weight.max()}. Leave out rows that must not count."
                )
            if weight.shape != (len(table),):
                raise ValueError(
                    f"sample_weight must have shape ({len(table)},), got {weight.shape}. Give one "
                    "weight for each row of X."
                )
        return Rows(table, targets, weight)


def _matrix(values: Any, dtype: Any, name: str) -> NDArray[Any]:
    array = np.ascontiguousarray(values, dtype=dtype)
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    if array.ndim != 2 or not len(array):
        raise ValueError(
            f"{name} must be a table of at least one row, got shape {array.shape}. Pass rows by "
            "columns."
        )
    _refuse_not_finite(array, name)
    return array


def _refuse_not_finite(array: NDArray[Any], name: str) -> None:
    if not np.isfinite(array).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        where = "row {}".format(*place) if len(place) == 1 else "row {}, column {}".format(*place)
        raise DataError(
            f"{name} must be finite, got {array[place]} in {where}. Impute or remove such rows "
            "first."
        )
