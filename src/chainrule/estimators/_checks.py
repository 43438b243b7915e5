"""Checks of what a user passes to `fit` and `predict`; errors say where and what to do."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.utils.validation import _check_sample_weight, validate_data

from chainrule._masks import refuse_masked
from chainrule.exceptions import DataError

# Of so few values the sum tells no sooner whether all of them are finite.
_FEW = 4096


def check_table(estimator: Any, X: Any, *, dtype: Any) -> Any:
    """X as a C-contiguous float array or a CSR matrix, its columns as they were in `fit`."""
    refuse_masked(X, "X")
    _check_names(X, "X")
    X = validate_data(
        estimator,
        X,
        accept_sparse=["csr", "csc"],
        dtype=dtype,
        order="C",
        reset=False,
        ensure_all_finite=False,
    )
    return finish_table(estimator, X)


def check_table_and_target(
    estimator: Any, X: Any, y: Any, *, reset: bool, numeric: bool, suffix: str = ""
) -> Any:
    """X as `check_table` gives it, and y as an array; `suffix` is that of their names in errors."""
    refuse_masked(X, f"X{suffix}")
    refuse_masked(y, f"y{suffix}")
    _check_names(X, f"X{suffix}")
    check_finite(y, f"y{suffix}") if numeric else _check_labels(y, f"y{suffix}")
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse=["csr", "csc"],
        multi_output=True,
        y_numeric=numeric,
        dtype=(np.float64, np.float32),
        order="C",
        reset=reset,
        ensure_all_finite=False,
    )
    return finish_table(estimator, X, f"X{suffix}"), y


def _check_names(X: Any, name: str) -> None:
    """Refuse a pandas frame with two columns of a name."""
    names: Any = getattr(X, "columns", None)
    if not getattr(names, "is_unique", True):
        repeated = ", ".join(map(repr, list(dict.fromkeys(names[names.duplicated()]))[:5]))
        raise DataError(
            f"{name} must have columns of different names, got {repeated} more than once. Rename "
            "or drop the repeated columns."
        )


def finish_table(estimator: Any, X: Any, name: str = "X") -> Any:
    """Refuse NaN and infinity; turn a sparse matrix into CSR."""
    check_finite(X, name, getattr(estimator, "feature_names_in_", None))
    if sp.issparse(X):
        X = X.tocsr()
        _check_structure(X, name)
        return X
    return np.ascontiguousarray(X)


def _check_structure(X: Any, name: str) -> None:
    """Refuse a CSR matrix whose index arrays point outside it; SciPy does not look again."""
    ends, columns = X.indptr, X.indices
    sound = (
        len(ends) == X.shape[0] + 1
        and ends[0] == 0
        and bool((np.diff(ends) >= 0).all())
        and ends[-1] <= min(len(columns), len(X.data))
        and (not len(columns) or (columns.min() >= 0 and columns.max() < X.shape[1]))
    )
    if not sound:
        raise DataError(
            f"{name} must be a sound sparse matrix, got indices or indptr that point outside of "
            f"its {X.shape[0]} rows and {X.shape[1]} columns. Build it again from its parts."
        )


def check_finite(values: Any, name: str, columns: Any = None) -> None:
    """Refuse NaN and infinity, and say in which row and column the first one is."""
    if get_config()["assume_finite"]:
        return
    if sp.issparse(values):
        if np.isfinite(values.data).all():
            return
        values = values.tocoo()
        bad = ~np.isfinite(values.data)
        row, column = values.coords[0][bad][0], values.coords[1][bad][0]
        value, count = values.data[bad][0], int(bad.sum())
    else:
        values = np.asarray(values)
        if values.dtype.kind != "f" or _all_finite(values):
            return
        bad = ~np.isfinite(values)
        place = np.argwhere(bad)[0]
        row, column = place[0], place[1] if values.ndim > 1 else None
        value, count = values[tuple(place)], int(bad.sum())
    what = "NaN" if np.isnan(value) else "infinity"
    where = f"row {row}" if column is None else f"row {row}, column {_named(column, columns)}"
    raise DataError(
        f"{name} must be finite, got {what} in {where} (counted from 0; {count} such "
        f"value{'s' * (count > 1)} in all). Input {name} contains {what}: impute or remove these "
        "rows first, for instance with sklearn.impute.SimpleImputer."
    )


def _all_finite(values: NDArray[Any]) -> bool:
    if values.size > _FEW:
        # The sum is finite if all values are, unless it overflows; it needs no array of its own.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(np.sum(values)):
                return True
    # Counted in half the time that `all` takes of few values.
    return bool(np.count_nonzero(np.isfinite(values)) == values.size)


def _named(column: int, columns: Any) -> str:
    return str(column) if columns is None else f"{column} ({columns[column]!r})"


def _check_labels(y: Any, name: str) -> None:
    """Class labels may be floats; NaN among them is no class, and neither are 1 beside "a"."""
    dtype = getattr(y, "dtype", None)
    if not isinstance(dtype, np.dtype):
        return
    check_finite(y, name)
    if dtype.kind != "O" or y.ndim != 1:
        return
    first: dict[type, str] = {}
    for row, label in enumerate(y):
        if _is_missing(label):
            raise DataError(
                f"{name} must be a known label in each row, got {label!r} in row {row} (counted "
                "from 0). Leave such rows out."
            )
        kind = str if isinstance(label, str) else type(label)
        first.setdefault(kind, f"{label!r} ({type(label).__name__}) in row {row}")
    if len(first) > 1:
        raise DataError(
            f"{name} must hold labels of one type, got {' and '.join([*first.values()][:2])} "
            "(counted from 0): Unknown label type. Correct those that are wrong, or pass "
            "y.astype(str)."
        )


def _is_missing(label: Any) -> bool:
    """None, NaN, and what pandas has for them."""
    unequal = isinstance(label, float) and label != label
    return label is None or unequal or type(label).__name__ in ("NAType", "NaTType")


def check_weights(sample_weight: Any, X: Any, name: str = "sample_weight") -> Any:
    """One weight a row, in the precision of X; None stays None."""
    if sample_weight is None:
        return None
    refuse_masked(sample_weight, name)
    given = np.asarray(sample_weight)
    if given.ndim == 1 and not given.any():
        raise DataError(
            f"{name} must be positive for some row, got {len(given)} zeros. Sample weights "
            "must contain at least one non-zero number."
        )
    weight: NDArray[Any] = _check_sample_weight(sample_weight, X, dtype=[np.float64, np.float32])
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise DataError(
            f"{name} must be non-negative, got {weight[row]} in row {row} (counted from 0). "
            "Leave out rows that must not count, or give them weight 0."
        )
    return np.ascontiguousarray(weight, dtype=X.dtype)
