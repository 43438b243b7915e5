"""A graph with weights and a loss: predict, train, and look at every value and gradient."""

import sys
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import Descent, FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.hessian import HessianProduct
from chainrule.engine.network import Network, aligned, view, views
from chainrule.engine.rows import Rows
from chainrule.files.storable import Storable
from chainrule.formulas import SoftSharing, check_link, check_target, loss_row, weight_prior_of
from chainrule.graph import Graph
from chainrule.graph.layout import LossChoice, lay_out
from chainrule.graph.tape import Tape

from .full_batch import minimise
from .full_batch.problem import refuse_weight_prior
from .gradient_check import GradientCheck, check_gradients
from .graph_data import check_known, check_model_settings, numbers_of, rows_of
from .graph_file import model_from_plain, model_to_plain
from .graph_fitting import Fitting, OptimizerOrSolver, Schedule
from .history import History
from .initialise import initialise
from .initialise_on_data import initialise_on_data
from .report import OnEpoch
from .stochastic import descend
from .stopping import StoppingRule
from .trace import Trace, trace
from .weight_mixture import Mixture, responsibilities, start_weight_mixture, weight_mixture


class GraphModel(Storable):
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

    def __init__(
        self,
        graph: Graph,
        loss: LossChoice = "squared_error",
        *,
        link: str | None = None,
        alpha: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        weight_prior: str | SoftSharing | None = None,
        random_state: int = 0,
        dtype: Any = np.float64,
    ) -> None:
        check_model_settings(graph, dtype, random_state, {"alpha": alpha, "l1": l1, "l2": l2})
        self.graph = graph
        self.loss_choice: LossChoice = loss
        self._loss: Any = loss_row(loss)
        self.link = link
        self.alpha, self.l1, self.l2 = alpha, l1, l2
        self.weight_prior = None if weight_prior is None else weight_prior_of(weight_prior)
        self.random_state = random_state
        if link is not None:
            check_link(self._loss, link)
        tape = self._tape()
        self._targets = tape.slots[tape.target].width
        self.parameters = aligned(tape.parameter_count, dtype)
        self.coefs, self.intercepts = views(tape, self.parameters)
        initialise(tape, self.parameters, np.random.RandomState(random_state))
        start_weight_mixture(tape, self.parameters)
        self.history: History | None = None

    def __repr__(self) -> str:
        nodes, count = len(self.graph.nodes), len(self.parameters)
        return f"GraphModel({nodes} nodes, loss={self._loss.name!r}, {count} parameters)"

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
        return self._gradient(rows)(*self._penalties)

    def hessian_vector(self, X: Any, y: Any, v: Any, sample_weight: Any = None) -> NDArray[Any]:
        """The Hessian of the loss with respect to `parameters`, times the vector v; exact."""
        refuse_weight_prior(self._tape())
        rows = self._labelled(X, y, sample_weight)
        direction = numbers_of(v, self.parameters.dtype, "v")
        if direction.shape != self.parameters.shape:
            raise ValueError(
                f"v must have shape {self.parameters.shape}, got {direction.shape}. Give one "
                "number for each of `parameters`."
            )
        return HessianProduct(self._network(rows), rows)(direction, self.alpha, self.l2)

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
            Of `chainrule.training.stopping`.
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

    def trace(self, X: Any, y: Any, sample_weight: Any = None) -> Trace:
        """Every node's value and gradient for these rows; print it."""
        rows = self._labelled(X, y, sample_weight)
        return trace(self.graph, self.parameters, rows, self._loss, self.link)

    @property
    def weight_mixture(self) -> Mixture:
        """Proportions, means and widths of the Gaussians of `weight_prior`."""
        line = self._tape().weight_prior
        if self.weight_prior is None or line is None:
            raise AttributeError(
                "weight_prior must be given for weight_mixture, got None. Make the model with "
                "weight_prior='soft_sharing'."
            )
        return weight_mixture(self.weight_prior, self.parameters[line.parameters :])

    def weight_responsibilities(self) -> list[NDArray[np.float64]]:
        """How probably each weight comes from each Gaussian of `weight_mixture`.

        One array of shape (inputs, units, components) for each of `coefs`.
        """
        mixture = self.weight_mixture
        return [responsibilities(mixture, coef) for coef in self.coefs]

    def check_gradients(self, X: Any, y: Any, sample_weight: Any = None) -> GradientCheck:
        """Compare back-propagation with central differences (in float64) on these rows."""
        double = GraphModel(
            self.graph,
            self._loss,
            link=self.link,
            alpha=self.alpha,
            l1=self.l1,
            l2=self.l2,
            weight_prior=self.weight_prior,
        )
        double.parameters[...] = self.parameters
        rows = double._labelled(X, y, sample_weight)
        gradient = double._gradient(rows)
        learned = [
            np.arange(placed.start, placed.stop)
            for line in gradient.network.tape.layers
            for placed in line.arrays
            if placed.array.learned
        ]
        return check_gradients(
            lambda: gradient(*self._penalties),
            double.parameters,
            self.name_of,
            places=np.concatenate(learned),
        )

    def name_of(self, place: int) -> str:
        """Where a parameter stands, for people."""
        tape = self._tape()
        for line in tape.layers:
            for placed in line.arrays:
                if placed.start <= place < placed.stop:
                    index = np.unravel_index(place - placed.start, placed.array.shape)
                    return f"{line.name} {placed.name}[{', '.join(map(str, index))}]"
        raise IndexError(f"place must be below {tape.parameter_count}, got {place}. Count from 0.")

    def _to_state(self) -> dict[str, Any]:
        return model_to_plain(self)

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        settings, parameters, history = model_from_plain(state)
        model = cls(**settings)
        model.parameters[...] = parameters
        model.history = history
        return model

    def _tape(self, *, weighted: bool = False) -> Tape:
        return lay_out(
            self.graph,
            self._loss,
            link=self.link,
            weighted=weighted,
            weight_prior=self.weight_prior,
        )

    def _network(self, rows: Rows) -> Network:
        return Network(self._tape(weighted=rows.weight is not None), self.parameters)

    def _gradient(self, rows: Rows) -> FullGradient:
        return FullGradient(self._network(rows), rows, as_reported=False)

    @property
    def _penalties(self) -> tuple[float, float, float]:
        return self.alpha, self.l1, self.l2

    def _labelled(self, X: Any, y: Any, sample_weight: Any) -> Rows:
        if y is None:
            raise ValueError("y must be a table of targets, got None. Give one row for each of X.")
        rows = self._rows(X, y, sample_weight)
        assert rows.y is not None
        check_known(self._loss, rows.y)
        check_target(self._loss, rows.y)
        return rows

    def _rows(self, X: Any, y: Any = None, sample_weight: Any = None) -> Rows:
        return rows_of(
            X,
            y,
            sample_weight,
            columns=self.graph.columns,
            targets=self._targets,
            dtype=self.parameters.dtype,
        )
