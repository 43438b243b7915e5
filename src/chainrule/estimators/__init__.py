"""The scikit-learn face of chainrule."""

from typing import TYPE_CHECKING, Any

from ._classifier import MLPClassifier as MLPClassifier
from ._rate_range import RateRange as RateRange
from ._rate_range import learning_rate_range_test as learning_rate_range_test
from ._regressor import MLPRegressor as MLPRegressor
from ._settings import RULES
from .autoencoder import Autoencoder as Autoencoder
from .pretraining import Pretraining as Pretraining
from .pretraining import pretrained_weights as pretrained_weights

if TYPE_CHECKING:
    from chainrule.training.stopping import AverageLoss as AverageLoss
    from chainrule.training.stopping import GradientNorm as GradientNorm
    from chainrule.training.stopping import LossTolerance as LossTolerance
    from chainrule.training.stopping import MaxEpochs as MaxEpochs
    from chainrule.training.stopping import TimeLimit as TimeLimit
    from chainrule.training.stopping import ValidationPatience as ValidationPatience
    from chainrule.training.stopping import WeightChange as WeightChange


def __getattr__(name: str) -> Any:
    # The stopping rules, when first asked for: their package imports the engine.
    if name not in RULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from chainrule.training import stopping

    return getattr(stopping, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *RULES])
