"""The multilayer perceptron for tables.

Train a model and keep it in a file:

    from chainrule import MLPClassifier

    model = MLPClassifier(random_state=0).fit(X, y)
    model.save("flowers.chainrule")
"""

from typing import TYPE_CHECKING

from ._later import import_later
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

__all__ = [
    "Autoencoder",
    "ChainruleError",
    "DataError",
    "DivergenceError",
    "GradientWarning",
    "MLPClassifier",
    "MLPRegressor",
    "ModelFileError",
    "TableClassifier",
    "TableEncoder",
    "TableModel",
    "TableRegressor",
    "TrainingInterruptedWarning",
    "UnknownValuesWarning",
    "load",
]
__version__ = "0.1.0"

# `chainrule --help` needs neither scikit-learn nor Numba.
__getattr__, __dir__ = import_later(
    __name__,
    {
        "Autoencoder": ".estimators",
        "MLPClassifier": ".estimators",
        "MLPRegressor": ".estimators",
        "TableClassifier": ".tables",
        "TableEncoder": ".tables",
        "TableModel": ".tables",
        "TableRegressor": ".tables",
        "load": ".files",
    },
)
