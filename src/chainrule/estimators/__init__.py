"""The scikit-learn face of chainrule."""

from ._classifier import MLPClassifier as MLPClassifier
from ._rate_range import RateRange as RateRange
from ._rate_range import learning_rate_range_test as learning_rate_range_test
from ._regressor import MLPRegressor as MLPRegressor
from .autoencoder import Autoencoder as Autoencoder
