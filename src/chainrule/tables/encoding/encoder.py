"""A table's columns as one matrix of numbers: a scikit-learn transformer."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from chainrule.exceptions import DataError
from chainrule.files.storable import Storable

from ..reading.frames import Frame, as_frame, has_names
from .columns import Block, Column, Encoding, column_from_plain, column_to_plain, learn
from .encoded import Encoded, check_words
from .encoder_settings import check_parameters
from .encoder_targets import targets_of
from .kinds import AS_TEXT, CONSTANT, Kind, check_column_kinds, find_kind, given_kind
from .layout import blocks_of, feature_names, in_order
from .matrix import write
from .trained_columns import as_trained, check_columns

# Read in one go: enough that calls cost nothing, few enough that what is read stays small.
_ROWS = 1 << 16
# With one-hot features each level costs a column of the matrix; an embedding's row costs little.
_MOST_LEVELS = {"one-hot": 100, "codes": 10_000}


class TableEncoder(Storable, TransformerMixin, BaseEstimator):
    """Encode the columns of a table as a matrix of numbers.

    `fit` finds what each column is, or takes the user's word for it, and learns how to encode
    it, all from the rows given. Numbers are scaled, and a missing one becomes 0 after scaling,
    marked in a feature of its own if training had missing ones; infinite numbers, and stray words
    in a column that nearly always has numbers, count as missing. Dates become elapsed time and
    their place in the year, month, week and day. Two categories become -1 and +1, more of them
    0/1 features or codes for an embedding; text becomes its lengths and frequent words. Columns
    that are constant or name the rows are left out.

    `transform` takes the columns in any order and ignores others; `encode` also tells what it
    could not use.

    Parameters
    ----------
    column_kinds : dict of str to str, default=None
        For columns that are something else than they look: their kind, one of "numeric",
        "boolean", "categorical", "high-cardinality", "datetime", "text", or of "identifier",
        "constant", "ignore", which are left out.
    numeric : {"robust", "standard", "quantile", "noisy-quantile"}, default="robust"
        How numbers are scaled: see `columns.scale`.
    categories : {"one-hot", "codes"}, default="one-hot"
        How columns with more than `max_one_hot` levels are encoded.
    max_one_hot : int, default=8
        Columns with at most so many levels are one-hot, whatever `categories` says.
    binary : {"signs", "one-hot"}, default="signs"
        Two levels are -1 and +1 in one feature, or 0/1 features.
    max_levels : int, default=None
        A column with more levels keeps the most frequent; the others share one. None is 100 for
        one-hot features and 10,000 for codes.
    max_words : int, default=20
        Features for the most frequent words of a column of text; 0 for none.
    missing_indicator : bool, default=True
        Whether missing values have a feature of their own where training had some.
    intervals : bool, default=False
        Whether a column of numbers that is mostly one value also tells in which of some intervals
        it lies, encoded as categories are. `fit` learns them with the target, and only where they
        help to tell it: see `encoding.bins.spike_edges`.
    dtype : {"float32", "float64"}, default="float32"
        Of the matrix.
    random_state : int, default=0
        Chooses the rows that quantiles are learned from, and the noise of "noisy-quantile".

    Attributes
    ----------
    kinds_ : dict of str to str
        What each column of the table was taken for.
    columns_ : list of column objects
        Those used, with what was learned of each.
    left_out_ : dict of str to str
        Those not used, each with the reason.
    hints_ : dict of str to str
        Columns of words that are nearly ones of numbers or dates, each with what to do.
    layout_ : list of Block
        What each stretch of the matrix holds.
    feature_names_in_ : ndarray of str
        The table's columns, if they have names.
    n_features_in_ : int
        How many they are.

    """

    def __init__(
        self,
        column_kinds: dict[str, str] | None = None,
        *,
        numeric: str = "robust",
        categories: str = "one-hot",
        max_one_hot: int = 8,
        binary: str = "signs",
        max_levels: int | None = None,
        max_words: int = 20,
        missing_indicator: bool = True,
        intervals: bool = False,
        dtype: str = "float32",
        random_state: int = 0,
    ) -> None:
        self.column_kinds = column_kinds
        self.numeric = numeric
        self.categories = categories
        self.max_one_hot = max_one_hot
        self.binary = binary
        self.max_levels = max_levels
        self.max_words = max_words
        self.missing_indicator = missing_indicator
        self.intervals = intervals
        self.dtype = dtype
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the columns of `X`: a data frame, a 2-d array or a file.

        `y`, the target of each row, is used for `intervals` alone: numbers with a fraction are a
        regression's, all else are classes.
        """
        check_parameters(self.get_params())
        given = self.column_kinds or {}
        frame = as_frame(X, [name for name, kind in given.items() if kind in AS_TEXT])
        check_column_kinds(given, frame.columns)
        encoding = self._encoding()
        targets = targets_of(y, len(frame)) if self.intervals else None
        self.columns_: list[Column] = []
        self.kinds_: dict[str, str] = {}
        self.left_out_: dict[str, str] = {}
        self.hints_: dict[str, str] = {}
        for name in frame.columns:
            series = frame[name]
            kind = given_kind(series, given[name]) if name in given else find_kind(series)
            self._add(kind, None if kind.reason else learn(series, kind, encoding, targets), name)
            if kind.hint:
                self.hints_[name] = kind.hint
        if not self.columns_:
            raise _nothing_to_learn(len(frame), self.left_out_)
        self.n_features_in_ = len(frame.columns)
        if has_names(X):
            self.feature_names_in_ = np.array(frame.columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return self

    def _encoding(self) -> Encoding:
        return Encoding(
            self.numeric,
            self.categories,
            self.max_one_hot,
            self.binary,
            self.max_levels or _MOST_LEVELS[self.categories],
            self.max_words,
            self.missing_indicator,
            self.random_state,
        )

    def _add(self, kind: Kind, column: Column | None, name: str) -> None:
        if column is not None and column.parts():
            self.columns_.append(column)
            self.kinds_[name] = column.kind
            return
        self.kinds_[name] = kind.name if kind.reason else CONSTANT
        self.left_out_[name] = kind.reason or "constant"

    def transform(self, X: Any) -> NDArray[Any]:
        """Return the matrix of shape (rows, features) of the table `X`."""
        return self.encode(X).matrix

    def encode(self, X: Any, first_row: int = 0, *, owner: str = "TableEncoder") -> Encoded:
        """Return the matrix, and the counts of values that were taken for missing.

        `first_row` rows of the table came before these; messages count from its first, and name
        the `owner` of the encoder.
        """
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        frame = as_trained(X, self.n_features_in_, names, self.text_columns(), owner)
        check_columns(frame, [column.name for column in self.columns_])
        blocks = self.layout_
        width = blocks[-1].start + blocks[-1].width
        encoded = Encoded(np.zeros((len(frame), width), dtype=self.dtype))
        for begin in range(0, len(frame), _ROWS):
            rows = frame if len(frame) <= _ROWS else frame[begin : begin + _ROWS]
            values = []
            for column in self.columns_:
                reading = column.read(rows[column.name])
                check_words(column, reading, first_row + begin)
                encoded.count(column, reading)
                values += reading.values
            arrays = in_order(self.columns_, values)
            try:
                write(blocks, arrays, encoded.matrix[begin : begin + _ROWS])
            except FloatingPointError as error:
                first = first_row + begin
                raise _too_large(blocks, arrays, rows, first, self.dtype) from error
        return encoded

    def text_columns(self) -> list[str]:
        """Names of the columns that a file must give as text, though their values be digits."""
        check_is_fitted(self)
        return [column.name for column in self.columns_ if column.kind in AS_TEXT]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the name of each feature; `input_features`, if given, must be those of `fit`."""
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        return np.array(feature_names(self.columns_), dtype=object)

    @property
    def layout_(self) -> list[Block]:
        """What each stretch of the matrix holds: numbers first, codes last."""
        check_is_fitted(self)
        return blocks_of(self.columns_)

    def notes(self) -> list[tuple[str, str, str]]:
        """Of each column its name, what it was taken for, and how it is encoded."""
        check_is_fitted(self)
        used = {column.name: column.summary() for column in self.columns_}
        left_out = {name: f"left out: {reason}" for name, reason in self.left_out_.items()}
        texts = used | left_out
        # Files of 0.1 have none.
        hints = getattr(self, "hints_", {})
        for name, hint in hints.items():
            texts[name] += f"; {hint}"
        return [(name, kind, texts[name]) for name, kind in self.kinds_.items()]

    def summary(self) -> str:
        """Tell, a line a column, what each was taken for and how it is encoded."""
        notes = self.notes()
        width = max(len(name) for name, _, _ in notes)
        longest = max(len(kind) for _, kind, _ in notes)
        return "\n".join(
            f"{name:<{width}}  {kind:<{longest}}  {text}" for name, kind, text in notes
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _to_state(self) -> dict[str, Any]:
        state = super()._to_state()
        state["params"]["dtype"] = np.dtype(self.dtype).name
        if "columns_" in state["fitted"]:
            state["fitted"]["columns_"] = [column_to_plain(column) for column in self.columns_]
        return state

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        fitted = dict(state["fitted"])
        if "columns_" in fitted:
            fitted["columns_"] = [column_from_plain(column) for column in fitted["columns_"]]
        return super()._from_state({"params": state["params"], "fitted": fitted})

    def _check_state(self) -> None:
        check_parameters(self.get_params())
        if not hasattr(self, "columns_"):
            return
        names = [column.name for column in self.columns_] + list(self.left_out_)
        if not self.columns_ or sorted(names) != sorted(self.kinds_):
            raise ValueError("the encoder's columns and their kinds do not fit together")
        if not set(getattr(self, "hints_", {})) <= set(self.kinds_):
            raise ValueError("the encoder's columns and its hints do not fit together")
        if self.n_features_in_ != len(names):
            raise ValueError("the encoder's columns and their number do not fit together")


def _nothing_to_learn(rows: int, left_out: dict[str, str]) -> DataError:
    shown = dict(list(left_out.items())[:10])
    count = f"n_samples={rows}: one row cannot differ from another; " if rows == 1 else ""
    return DataError(
        f"data must have a column that differs between rows, got {count}{shown}. "
        "Add rows, or columns that may tell of the target."
    )


def _too_large(
    blocks: list[Block], arrays: list[NDArray[Any]], rows: Frame, begin: int, dtype: Any
) -> DataError:
    """Make the error for the first number that the matrix cannot hold."""
    largest = np.finfo(dtype).max
    for block, array in zip(blocks, arrays, strict=True):
        wrong = np.flatnonzero(np.abs(array) > largest)
        if len(wrong):
            row = int(wrong[0])
            value = np.asarray(rows[block.name][row]).item()
            return DataError(
                f"column {block.name!r} must hold numbers like those of training, got "
                f"{value!r} in row {begin + row + 1}, too large for "
                f"{np.dtype(dtype)}. Correct it, or leave the value empty."
            )
    raise AssertionError("no number is too large")
