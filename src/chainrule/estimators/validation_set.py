"""A validation set that is passed to `fit`, whole or not at all."""

from typing import Any

from chainrule.exceptions import DataError


def check_validation_set(
    X_val: Any, y_val: Any, sample_weight_val: Any = None, advice: str = ""
) -> None:
    """Refuse a part of a validation set; `advice` says more of what may be passed."""
    parts = {"X_val": X_val, "y_val": y_val}
    missing = [name for name, part in parts.items() if part is None]
    if missing and (len(missing) == 1 or sample_weight_val is not None):
        raise DataError(
            f"{missing[0]} must be given with the rest of the validation set, got None. Pass X_val "
            f"and y_val{advice}, or none of the validation set."
        )
