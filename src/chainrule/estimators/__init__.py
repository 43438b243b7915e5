"""The scikit-learn face of chainrule."""

from ._classifier import MLPClassifier as MLPClassifier
from ._regressor import MLPRegressor as MLPRegressor
