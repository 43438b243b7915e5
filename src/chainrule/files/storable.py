"""What makes an object fit for the model file: it gives its state, and is made again from it."""

import os
from typing import Any, ClassVar, Self

# What scikit-learn itself hangs on an object (metadata routing, output containers, callbacks):
# settings of a session, made of its own classes, not of what was learned.
_SETTINGS_OF_SKLEARN = frozenset({"_metadata_request", "_sklearn_output_config", "_skl_callbacks"})


class Storable:
    """Mix-in for estimators in scikit-learn's style: `save`, and a state of plain values.

    The state is the constructor's parameters and every attribute that fitting has set, which by
    convention ends in `_` or begins with it. All of it is made of plain values (see `plain.py`).
    A class that holds anything else names it in
    `_transient`, and such attributes are neither written nor missed. A class says in
    `_check_state` what must hold between its attributes; a file is never trusted to keep it.
    """

    _transient: ClassVar[frozenset[str]] = frozenset()

    def save(self, path: str | os.PathLike[str], *, replace: bool = True) -> None:
        """Write this model to one file, which `chainrule.load` reads back.

        A file that is there is replaced in one step, or refused without `replace`.
        """
        from .model_file import save

        save(self, path, replace=replace)

    def _to_state(self) -> dict[str, Any]:
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        fitted = {
            name: value
            for name, value in vars(self).items()
            if _is_fitted_name(name) and name not in params and name not in self._left_out()
        }
        return {"params": params, "fitted": fitted}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Self:
        """Make the object again; ValueError or TypeError when the state cannot be its own."""
        model = cls(**state["params"])
        for name, value in state["fitted"].items():
            # A file may set what fitting sets (`loss_`, `_rng`), never a method or a parameter.
            if not _is_fitted_name(name) or hasattr(cls, name) or name in cls._left_out():
                raise ValueError(f"{name!r} is not an attribute that fitting sets")
            setattr(model, name, value)
        model._check_state()
        return model

    @classmethod
    def _left_out(cls) -> frozenset[str]:
        return cls._transient | _SETTINGS_OF_SKLEARN

    def _check_state(self) -> None:
        """Raise ValueError when the attributes do not fit together."""


def _is_fitted_name(name: str) -> bool:
    return name.isidentifier() and not name.startswith("__") and (name[0] == "_" or name[-1] == "_")
