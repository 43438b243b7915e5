"""The multilayer perceptron for tables.

from chainrule import MLPClassifier

model = MLPClassifier(random_state=0).fit(X, y)
model.save("flowers.chainrule")
"""

from .estimators import MLPClassifier as MLPClassifier
from .estimators import MLPRegressor as MLPRegressor
from .exceptions import ChainruleError as ChainruleError
from .exceptions import DataError as DataError
from .exceptions import DivergenceError as DivergenceError
from .exceptions import ModelFileError as ModelFileError
from .exceptions import TrainingInterruptedWarning as TrainingInterruptedWarning
from .files import load as load

__version__ = "0.1.0"
