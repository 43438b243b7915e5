"""A graph with weights and a loss: predict, and look at every value and gradient."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import FullGradient
from chainrule.engine.forward import Forward
from chainrule.engine.hessian import HessianProduct
from chainrule.engine.network import Network, aligned, views
from chainrule.engine.rows import Rows
from chainrule.formulas import SoftSharing, check_link, check_target, loss_row, weight_prior_of
from chainrule.graph import Graph
from chainrule.graph.layout import LossChoice, lay_out
from chainrule.graph.tape import Tape

from .full_batch.problem import refuse_weight_prior
from .gradient_check import GradientCheck, check_gradients
from .graph_data import check_known, check_model_settings, numbers_of, rows_of
from .initialise import initialise
from .trace import Trace, trace
from .weight_mixture import Mixture, responsibilities, start_weight_mixture, weight_mixture


class GraphNetwork:
    """What a `GraphModel` is apart from its training; that says what the parameters mean."""

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

    # The class that is called, which Python names where an argument is none of these.
    __init__.__qualname__ = "GraphModel.__init__"

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
        double = GraphNetwork(
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
