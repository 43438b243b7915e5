"""A table estimator once it is fitted: rows in, encoded, the networks' outputs averaged."""

import os
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from chainrule.engine.forward import Forward
from chainrule.engine.rows import Rows
from chainrule.files.storable import Storable
from chainrule.graph import Graph
from chainrule.graph.layout import lay_out

from .encoding.encoded import Encoded, warn_of_unknown
from .encoding.encoder import TableEncoder
from .encoding.features import FeatureScale
from .networks.architecture import network_of
from .networks.members import forward_network
from .recipes import Recipe


@dataclass(frozen=True)
class Answers:
    """What a model says of some rows, and what of them it could not use."""

    values: NDArray[Any]
    """The label or number of each row."""
    probability: NDArray[Any] | None
    """Of each class, of shape (rows, classes); None for numbers."""
    encoded: Encoded


class FittedTable(Storable, BaseEstimator):
    """What a fitted encoder and networks do. A subclass says how outputs become answers."""

    task_: ClassVar[str]
    _transient: ClassVar[frozenset[str]] = frozenset({"_forwards"})

    def __getstate__(self) -> dict[str, Any]:
        # They hold addresses in memory, which a pickle or a copy must not keep.
        state: dict[str, Any] = {**super().__getstate__()}
        for name in self._transient:
            state.pop(name, None)
        return state

    def _read(self, outputs: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """The answers that outputs stand for, and the probabilities of classes."""
        raise NotImplementedError

    def fitted_recipe(self) -> Recipe:
        """The recipe that the networks were trained by."""
        return Recipe(
            **{**self.recipe_, "hidden_layer_sizes": (*self.recipe_["hidden_layer_sizes"],)}
        )

    def _graph(self, plan: Recipe) -> Graph:
        return network_of(plan, self.encoder_.layout_, self.n_outputs_, self.bin_edges_)

    def _encode(self, X: Any, first_row: int = 0) -> Encoded:
        encoded: Encoded = self.encoder_.encode(X, first_row, owner=type(self).__name__)
        return encoded

    def _encoded(self, X: Any) -> NDArray[np.float32]:
        matrix: NDArray[np.float32] = self._encode(X).matrix
        self._scale().apply(matrix)
        return matrix

    def _scale(self) -> FeatureScale:
        return FeatureScale(self.feature_start_, self.feature_centre_, self.feature_factor_)

    def answers(self, X: Any, first_row: int = 0) -> Answers:
        """Answer for each row of `X`, and tell which of its values could not be used.

        `predict`, `predict_proba` and `encoder_.encode` in one, for the cost of one. `first_row`
        rows of the table came before `X`.
        """
        check_is_fitted(self, "parameters_")
        encoded = self._encode(X, first_row)
        self._scale().apply(encoded.matrix)
        return Answers(*self._read(self._outputs_of(encoded.matrix)), encoded)

    def _networks(self) -> list[Forward]:
        ready: list[Forward] | None = self.__dict__.get("_forwards")
        if ready is None:
            graph = self._graph(self.fitted_recipe())
            ready = [
                Forward(forward_network(graph, self.task_, self.members_, parameters))
                for parameters in self.parameters_
            ]
            self._forwards = ready
        return ready

    def _outputs(self, X: Any) -> NDArray[np.float32]:
        """The networks' mean output, of shape (rows, outputs)."""
        check_is_fitted(self, "parameters_")
        if isinstance(X, str | os.PathLike):
            from .reading.frames import as_frame

            X = as_frame(X, self.encoder_.text_columns())
        encoded = self._encode(X)
        warn_of_unknown(encoded, self.encoder_.columns_)
        self._scale().apply(encoded.matrix)
        return self._outputs_of(encoded.matrix)

    def _outputs_of(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = Rows(matrix)
        networks = self._networks()
        total = networks[0].predict(rows)
        for network in networks[1:]:
            total += network.predict(rows)
        return total / np.float32(len(networks))

    def _check_state(self) -> None:
        """Refuse parts that do not fit each other: compiled code would read past them."""
        if not hasattr(self, "parameters_"):
            return
        if not isinstance(self.encoder_, TableEncoder):
            raise ValueError("the encoder is no TableEncoder")
        # What was fitted: parameters may have been set since, and presets differ by version.
        plan = self.fitted_recipe()
        if plan.members != self.members_ or self.n_outputs_ < 1:
            raise ValueError("the recipe and the networks do not fit together")
        graph = self._graph(plan)
        count = lay_out(graph, members=plan.members).parameter_count
        parameters = self.parameters_
        sound = parameters.ndim == 2 and len(parameters) and parameters.dtype == np.float32
        if not sound or parameters.shape[1] != count:
            raise ValueError("the networks do not fit the encoder")
        learned = (self.feature_centre_, self.feature_factor_)
        width = graph.columns - self.feature_start_
        if any(array.ndim != 1 or array.dtype != np.float32 for array in learned) or not (
            len(learned[0]) == len(learned[1]) <= width and self.feature_start_ >= 0
        ):
            raise ValueError("the scale of features does not fit the encoder")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags
