"""How the constructor's parameters are kept and checked."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from numbers import Integral
from typing import Any, ClassVar

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

from chainrule.formulas.given import uncalled
from chainrule.formulas.registry import OTHER_NAMES

from ._constraints import COMMON

# What makes a formula of a user's own function.
_OWN_FORMULAS = {"activation": "custom_activation", "loss": "custom_loss"}


class Parameters(BaseEstimator):
    """Keeps and checks parameters; the estimators list them and say what each means."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = COMMON

    hidden_layer_sizes: Any

    @classmethod
    @cache
    def _get_param_names(cls) -> list[str]:
        """scikit-learn reads the constructor's signature anew each time, several times a fit."""
        names: list[str] = super()._get_param_names()
        return names

    def _assign(self, given: Mapping[str, Any]) -> None:
        """Set every parameter of the constructor, whose `locals()` are given."""
        for name in self._get_param_names():
            setattr(self, name, given[name])

    def _validate_params(self) -> None:
        """Check every parameter; a misspelt name is answered with the nearest one."""
        for name in self._get_param_names():
            if message := uncalled(getattr(self, name)):
                raise InvalidParameterError(f"{name} must be {message}")
        try:
            super()._validate_params()
        except InvalidParameterError as error:
            raise InvalidParameterError(f"{error}{self._suggestion(str(error))}") from None

    def _suggestion(self, message: str) -> str:
        for name, constraints in self._parameter_constraints.items():
            value = getattr(self, name, None)
            if f"'{name}'" in message and callable(value) and name in _OWN_FORMULAS:
                return f" Make it by chainrule.formulas.{_OWN_FORMULAS[name]}."
            if f"'{name}'" in message and isinstance(value, str):
                known = [o for c in constraints if isinstance(c, StrOptions) for o in c.options]
                other = OTHER_NAMES.get(value.lower())
                near = [other] if other in known else get_close_matches(value.lower(), known)
                if near:
                    return f" Did you mean {' or '.join(map(repr, near))}?"
        return ""

    @property
    def _hidden(self) -> list[int]:
        """The hidden layers' sizes, as a list of positive integers."""
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        whole = all(isinstance(n, Integral) and not isinstance(n, bool) for n in sizes)
        if not whole or any(n <= 0 for n in sizes):
            raise ValueError(
                f"hidden_layer_sizes must be whole numbers of at least 1, got {sizes}. Give the "
                "units of each hidden layer, or () for none."
            )
        return [int(n) for n in sizes]
