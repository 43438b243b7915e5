"""The scikit-learn face of chainrule."""

from typing import TYPE_CHECKING

from chainrule._later import import_later
from chainrule.files.settings import RULES

if TYPE_CHECKING:
    from chainrule.training.stopping import AverageLoss as AverageLoss
    from chainrule.training.stopping import GradientNorm as GradientNorm
    from chainrule.training.stopping import LossTolerance as LossTolerance
    from chainrule.training.stopping import MaxEpochs as MaxEpochs
    from chainrule.training.stopping import TimeLimit as TimeLimit
    from chainrule.training.stopping import ValidationPatience as ValidationPatience
    from chainrule.training.stopping import WeightChange as WeightChange

    from ._classifier import MLPClassifier as MLPClassifier
    from ._rate_range import RateRange as RateRange
    from ._rate_range import learning_rate_range_test as learning_rate_range_test
    from ._regressor import MLPRegressor as MLPRegressor
    from .autoencoder import Autoencoder as Autoencoder
    from .pretraining import Pretraining as Pretraining
    from .pretraining import pretrained_weights as pretrained_weights

__all__ = [
    "Autoencoder",
    "AverageLoss",
    "GradientNorm",
    "LossTolerance",
    "MLPClassifier",
    "MLPRegressor",
    "MaxEpochs",
    "Pretraining",
    "RateRange",
    "TimeLimit",
    "ValidationPatience",
    "WeightChange",
    "learning_rate_range_test",
    "pretrained_weights",
]

# A program seldom needs more than one of them; the stopping rules' package imports the engine.
__getattr__, __dir__ = import_later(
    __name__,
    {
        "MLPClassifier": "._classifier",
        "MLPRegressor": "._regressor",
        "Autoencoder": ".autoencoder",
        "Pretraining": ".pretraining",
        "pretrained_weights": ".pretraining",
        "RateRange": "._rate_range",
        "learning_rate_range_test": "._rate_range",
        **dict.fromkeys(RULES, "chainrule.training.stopping"),
    },
)
