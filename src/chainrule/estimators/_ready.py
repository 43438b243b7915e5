"""A fitted estimator, ready to predict."""

from itertools import pairwise
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.graph import Graph
from chainrule.graph.layout import LossChoice, lay_out
from chainrule.training.trace import Trace, trace

from ._arrays import Arrays
from ._chain import Chain, chain_of


class Ready:
    """A fitted estimator's network, ready to predict; made again when its weights are replaced.

    `parameters` and `chain` are those of a fit that has just ended.
    """

    def __init__(
        self,
        estimator: Any,
        parameters: NDArray[Any] | None = None,
        chain: Chain | None = None,
    ) -> None:
        _check_shapes(estimator)
        coefs = estimator.coefs_
        single = all(coef.dtype == np.float32 for coef in coefs)
        self.dtype = np.dtype(np.float32 if single else np.float64)
        self.columns = coefs[0].shape[0]
        self._named = hasattr(estimator, "feature_names_in_")
        units = [self.columns, *(coef.shape[1] for coef in coefs)]
        self._chain = chain or chain_of(estimator, units, disturbed=False)
        self._link = estimator.out_activation_
        self._heads = _heads(estimator)
        self._parameters = self._packed(estimator) if parameters is None else parameters
        self._made_of = _parts(estimator)
        self._forwards: dict[tuple[int, bool], Forward] = {}

    def _packed(self, estimator: Any) -> NDArray[Any]:
        tape = lay_out(self._chain.graph)
        parameters = aligned(tape.parameter_count, self.dtype)
        into, given = Arrays.of(tape, parameters), Arrays.held_by(estimator)
        if into.shapes != given.shapes:
            raise ValueError(
                "extra_parameters_ must be those that activation, batch_norm and layer_norm ask "
                f"for, {list(into.extra)}, got {list(given.extra)}. Fit again, or put them back."
            )
        into.fill(given)
        # The estimator's arrays become views, so that a change in place is seen by the next call.
        into.give(estimator)
        return parameters

    def holds(self, estimator: Any) -> bool:
        """Whether the estimator's weights are still the arrays that this was made of."""
        parts = _parts(estimator)
        return len(parts) == len(self._made_of) and all(map(is_, parts, self._made_of))

    def fits(self, X: NDArray[Any]) -> bool:
        """Whether an array needs no conversion and no check of names."""
        return (
            X.dtype == self.dtype
            and X.ndim == 2
            and X.shape[1] == self.columns
            and X.shape[0] > 0
            and X.flags.c_contiguous
            and not self._named
        )

    def predict(self, X: Any) -> NDArray[Any]:
        """The outputs after their link, of shape (rows, outputs)."""
        return self._forward(-1, X)

    def hidden(self, X: Any) -> list[NDArray[Any]]:
        """The activations of each hidden layer, of shape (rows, units)."""
        return [self._forward(number, X) for number in range(len(self._chain.hidden))]

    def trace(self, rows: Rows, loss: LossChoice) -> Trace:
        """Every value and gradient along the tape."""
        return trace(self._chain.graph, self._parameters, rows, loss, self._link)

    def _forward(self, layer: int, X: Any) -> NDArray[Any]:
        """The outputs (-1) or the activations of a hidden layer."""
        rows = Rows(X)
        forward = self._forwards.get((layer, rows.sparse))
        if forward is None:
            forward = self._forwards[layer, rows.sparse] = self._made(layer, sparse=rows.sparse)
        return forward.predict(rows)

    def _made(self, layer: int, *, sparse: bool) -> Forward:
        graph = self._chain.graph
        if layer < 0:
            tape = lay_out(graph, link=self._link, heads=self._heads, sparse=sparse)
            return Forward(Network(tape, self._parameters[: tape.parameter_count]))
        # The layers before a node have the same places in the flat vector as in the whole graph.
        tape = lay_out(Graph(graph.inputs, self._chain.hidden[layer]), sparse=sparse)
        return Forward(Network(tape, self._parameters[: tape.parameter_count]))


def _parts(estimator: Any) -> list[Any]:
    """The weights, and what else says how the network is built."""
    return [
        estimator.activation,
        estimator.batch_norm,
        estimator.layer_norm,
        *estimator.coefs_,
        *estimator.intercepts_,
        *estimator.extra_parameters_.values(),
    ]


def _check_shapes(estimator: Any) -> None:
    """Refuse weights that do not fit each other: compiled code would read past them."""
    coefs, intercepts = estimator.coefs_, estimator.intercepts_
    widths = [estimator.n_features_in_, *(np.shape(intercept)[0] for intercept in intercepts)]
    wanted = list(pairwise(widths))
    shapes = [np.shape(coef) for coef in coefs]
    flat = all(np.ndim(intercept) == 1 for intercept in intercepts)
    if shapes != wanted or not flat or widths[-1] != estimator.n_outputs_:
        raise ValueError(
            f"coefs_ must be of the shapes {wanted}, which fit n_features_in_ and intercepts_, and "
            f"end in {estimator.n_outputs_} output(s), got {shapes}. Fit again, or put weights of "
            "these shapes in their place."
        )


def _heads(estimator: Any) -> tuple[int, ...]:
    """Widths of the groups of outputs that add up to 1 each."""
    if estimator.out_activation_ != "softmax":
        return ()
    groups = tuple(int(width) for width in estimator._groups)
    if min(groups, default=0) < 1 or sum(groups) != estimator.n_outputs_:
        raise ValueError(
            f"classes_ must fit the {estimator.n_outputs_} outputs, got groups of {groups}. Fit "
            "again."
        )
    return groups
