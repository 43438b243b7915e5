"""A table's columns as one matrix of numbers: a scikit-learn transformer."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import DataError
from chainrule.files.storable import Storable

from .columns import Column, from_plain, learn, to_plain
from .frames import Frame, as_frame, nearest


@dataclass(frozen=True)
class Encoded:
    """A matrix, and for each column that has some the number of values unknown in training."""

    matrix: NDArray[Any]
    unknown: dict[str, int]


class TableEncoder(Storable, TransformerMixin, BaseEstimator):
    """Encode the columns of a data frame as a matrix of numbers.

    Numbers (also dates) are standardised, a missing one becomes the mean and sets an indicator.
    Text, categories and booleans become one 0/1 feature a level, with "missing" a level of its
    own; a level unknown in training leaves them all 0. Columns that are constant, empty, or
    text that differs in every row are left out. All is learned from the rows given to `fit`;
    `transform` takes the columns in any order and ignores others.

    Parameters
    ----------
    dtype : {"float32", "float64"}, default="float32"
        Of the matrix.
    max_levels : int, default=100
        A column with more levels keeps the most frequent; the others share one feature.

    Attributes
    ----------
    feature_names_in_ : ndarray of str
        The table's columns.
    n_features_in_ : int
        How many they are.
    columns_ : list of column descriptions
        Those used, with what was learned of each.
    left_out_ : dict of str to str
        Those not used, each with the reason.

    """

    def __init__(self, dtype: str = "float32", max_levels: int = 100) -> None:
        self.dtype = dtype
        self.max_levels = max_levels

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the columns of the data frame (or file) `X`; `y` is not used."""
        if self.dtype not in ("float32", "float64"):
            raise ValueError(f"dtype must be 'float32' or 'float64', got {self.dtype!r}. Pass one.")
        if not (isinstance(self.max_levels, int) and self.max_levels >= 2):
            raise ValueError(f"max_levels must be an int of at least 2, got {self.max_levels!r}.")
        frame = as_frame(X)
        self.columns_: list[Column] = []
        self.left_out_: dict[str, str] = {}
        for name in frame.columns:
            column, reason = learn(frame[name], self.max_levels)
            if reason is None:
                self.columns_.append(column)
            else:
                self.left_out_[name] = reason
        if not self.columns_:
            raise DataError(
                "data must have a column that differs between rows, got "
                f"{self.left_out_ or 'no column'}. Add columns that may tell of the target."
            )
        self.feature_names_in_ = np.array(frame.columns, dtype=object)
        self.n_features_in_ = len(frame.columns)
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """Return the matrix of shape (rows, features) of the data frame (or file) `X`."""
        return self.encode(as_frame(X, self.text_columns())).matrix

    def encode(self, frame: Frame) -> Encoded:
        """Return the matrix, and the count of unknown levels of each column."""
        check_is_fitted(self)
        self._check_columns(frame)
        widths = [len(column.names()) for column in self.columns_]
        matrix = np.zeros((len(frame), sum(widths)), dtype=self.dtype)
        unknown = {}
        begin = 0
        for column, width in zip(self.columns_, widths, strict=True):
            count = column.fill(frame[column.name], matrix[:, begin : begin + width])
            begin += width
            if count:
                unknown[column.name] = count
        return Encoded(matrix, unknown)

    def text_columns(self) -> list[str]:
        """Names of the columns that a file must give as text, though their values be digits."""
        check_is_fitted(self)
        return [column.name for column in self.columns_ if column.kind != "numeric"]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the name of each feature; `input_features` is not used, frames have names."""
        check_is_fitted(self)
        names = [name for column in self.columns_ for name in column.names()]
        return np.array(names, dtype=object)

    def _check_columns(self, frame: Frame) -> None:
        absent = [column.name for column in self.columns_ if column.name not in frame.columns]
        if not absent:
            return
        hint = "".join(nearest(name, frame.columns) for name in absent[:1])
        raise DataError(
            f"data must have the columns of training, got none named "
            f"{', '.join(map(repr, absent[:10]))}.{hint} Add the column (it may be empty)."
        )

    def _to_state(self) -> dict[str, Any]:
        state = super()._to_state()
        if "columns_" in state["fitted"]:
            state["fitted"]["columns_"] = [to_plain(column) for column in self.columns_]
        return state

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        fitted = dict(state["fitted"])
        if "columns_" in fitted:
            fitted["columns_"] = [from_plain(column) for column in fitted["columns_"]]
        return super()._from_state({"params": state["params"], "fitted": fitted})

    def _check_state(self) -> None:
        if self.dtype not in ("float32", "float64"):
            raise ValueError(f"unknown dtype {self.dtype!r}")
