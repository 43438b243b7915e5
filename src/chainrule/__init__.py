"""The multilayer perceptron for tables.

Train a model and keep it in a file:

    from chainrule import MLPClassifier

    model = MLPClassifier(random_state=0).fit(X, y)
    model.save("flowers.chainrule")
"""

import importlib
from typing import TYPE_CHECKING, Any

from .exceptions import ChainruleError as ChainruleError
from .exceptions import DataError as DataError
from .exceptions import DivergenceError as DivergenceError
from .exceptions import GradientWarning as GradientWarning
from .exceptions import ModelFileError as ModelFileError
from .exceptions import TrainingInterruptedWarning as TrainingInterruptedWarning
from .exceptions import UnknownValuesWarning as UnknownValuesWarning

if TYPE_CHECKING:
    from .estimators import Autoencoder as Autoencoder
    from .estimators import MLPClassifier as MLPClassifier
    from .estimators import MLPRegressor as MLPRegressor
    from .files import load as load
    from .tables import TableClassifier as TableClassifier
    from .tables import TableEncoder as TableEncoder
    from .tables import TableModel as TableModel
    from .tables import TableRegressor as TableRegressor

__version__ = "0.1.0"

# Imported when first asked for: `chainrule --help` needs neither scikit-learn nor Numba.
_LATER = {
    "Autoencoder": "estimators",
    "MLPClassifier": "estimators",
    "MLPRegressor": "estimators",
    "TableClassifier": "tables",
    "TableEncoder": "tables",
    "TableModel": "tables",
    "TableRegressor": "tables",
    "load": "files",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_LATER])
