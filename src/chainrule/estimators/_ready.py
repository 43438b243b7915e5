"""A fitted estimator, ready to predict."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.forward import Forward
from chainrule.engine.network import Network, aligned, views
from chainrule.engine.rows import Rows
from chainrule.graph.tape import lay_out

from ._chain import graph_of, layer_activations


class Ready:
    """A fitted estimator's network, ready to predict; made again when its weights are replaced."""

    def __init__(self, estimator: Any, parameters: NDArray[Any] | None = None) -> None:
        _check_shapes(estimator)
        coefs = estimator.coefs_
        single = all(coef.dtype == np.float32 for coef in coefs)
        self.dtype = np.dtype(np.float32 if single else np.float64)
        self.columns = coefs[0].shape[0]
        self._named = hasattr(estimator, "feature_names_in_")
        units = [self.columns, *(coef.shape[1] for coef in coefs)]
        self._graph = graph_of(units, layer_activations(estimator.activation, len(units) - 2))
        self._link = estimator.out_activation_
        self._arrays = [*coefs, *estimator.intercepts_]
        self._parameters = self._packed(estimator) if parameters is None else parameters
        self._activation = estimator.activation
        self._forwards: dict[bool, Forward] = {}

    def _packed(self, estimator: Any) -> NDArray[Any]:
        tape = lay_out(self._graph)
        parameters = aligned(tape.parameter_count, self.dtype)
        into = views(tape, parameters)
        for target, value in zip([*into[0], *into[1]], self._arrays, strict=True):
            target[...] = value
        # The estimator's arrays become views, so that a change in place is seen by the next call.
        estimator.coefs_, estimator.intercepts_ = into
        self._arrays = [*into[0], *into[1]]
        return parameters

    def holds(self, estimator: Any) -> bool:
        """Whether the estimator's weights are still the arrays that this was made of."""
        arrays = [*estimator.coefs_, *estimator.intercepts_]
        same = len(arrays) == len(self._arrays)
        return (
            same
            and self._activation is estimator.activation
            and all(a is b for a, b in zip(arrays, self._arrays, strict=True))
        )

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
        rows = Rows(X)
        forward = self._forwards.get(rows.sparse)
        if forward is None:
            tape = lay_out(self._graph, link=self._link, sparse=rows.sparse)
            forward = self._forwards[rows.sparse] = Forward(Network(tape, self._parameters))
        return forward.predict(rows)


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
