"""Every kind of parameter and everything learned goes into the model file and comes back."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import chainrule
from chainrule import MLPClassifier, MLPRegressor, ModelFileError
from chainrule.formulas import (
    SGD,
    AdamW,
    Cosine,
    Huber,
    Quantiles,
    Step,
    WarmUp,
    custom_activation,
)
from chainrule.training.stopping import AverageLoss, MaxEpochs, ValidationPatience

from .cases import TASKS
from .messages import refusal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (4, 3), "max_iter": 3, "random_state": 0}
REGRESSION, BINARY = TASKS["regression"], TASKS["binary"]
SETTINGS = [
    {"solver": AdamW(beta_2=0.95), "schedule": WarmUp(0.1, then=Cosine(restarts=3))},
    {"solver": SGD(0.5), "schedule": Step(drops=(0.2, 0.4)), "momentum_schedule": "linear"},
    {"loss": Huber(0.5), "stopping": [MaxEpochs(4), ValidationPatience(2, scoring="loss")]},
    {"loss": Quantiles((0.2, 0.8)), "stopping": AverageLoss(0.3)},
    {"activation": ("prelu", "tanh"), "batch_norm": True, "dropout": (0.1, 0.2)},
    {"activation": "parametric_mish", "layer_norm": True, "noise": 0.1},
    {"diagnostics": True, "n_init": 2, "clip_norm": 1.0, "max_norm": 2.0},
    {"solver": "lm", "hidden_layer_sizes": (2,)},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_saved_regressor_is_the_same(settings, tmp_path):
    model = MLPRegressor(**{**SMALL, **settings}).fit(REGRESSION.X, REGRESSION.y)
    model.save(tmp_path / "m.chainrule")
    loaded = chainrule.load(tmp_path / "m.chainrule")
    assert loaded.get_params() == model.get_params()
    assert_array_equal(loaded.predict(REGRESSION.X), model.predict(REGRESSION.X))
    assert loaded.stopped_by_ == model.stopped_by_
    assert list(loaded.extra_parameters_) == list(model.extra_parameters_)
    for name, array in model.extra_parameters_.items():
        assert_array_equal(loaded.extra_parameters_[name], array)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "hinge"},
        {"loss": "crammer_singer"},
        {"class_weight": {"yes": 2.0, "no": 1.0}},
        {"class_weight": "balanced", "label_smoothing": 0.1},
    ],
    ids=str,
)
def test_a_saved_classifier_is_the_same(settings, tmp_path):
    model = MLPClassifier(**{**SMALL, **settings}).fit(BINARY.X, BINARY.y)
    model.save(tmp_path / "m.chainrule")
    loaded = chainrule.load(tmp_path / "m.chainrule")
    assert loaded.get_params() == model.get_params()
    assert_array_equal(loaded.predict(BINARY.X), model.predict(BINARY.X))


def test_a_loaded_model_goes_on_training_as_the_saved_one(tmp_path):
    settings = {**SMALL, "batch_norm": True, "solver": "nadam"}
    model = MLPRegressor(**settings).fit(REGRESSION.X, REGRESSION.y)
    model.save(tmp_path / "m.chainrule")
    loaded = chainrule.load(tmp_path / "m.chainrule")
    for each in (model, loaded):
        each.partial_fit(REGRESSION.X, REGRESSION.y)
    assert_array_equal(loaded.coefs_[0], model.coefs_[0])
    for name, array in model.extra_parameters_.items():
        assert_array_equal(loaded.extra_parameters_[name], array)


def test_own_formulas_cannot_be_saved(tmp_path):
    """A file holds no code."""
    own = custom_activation(lambda x: x / (1.0 + x * x), name="bump")
    model = MLPRegressor(**SMALL, activation=own).fit(REGRESSION.X, REGRESSION.y)
    message = refusal(ModelFileError, model.save, tmp_path / "m.chainrule")
    assert "activation" in message
    assert not (tmp_path / "m.chainrule").exists()


def test_warm_start_goes_on_from_all_that_was_learned():
    settings = {**SMALL, "layer_norm": True, "activation": "prelu", "warm_start": True}
    model = MLPRegressor(**settings).fit(REGRESSION.X, REGRESSION.y)
    before = {name: array.copy() for name, array in model.extra_parameters_.items()}
    model.set_params(learning_rate_init=1e-300).fit(REGRESSION.X, REGRESSION.y)
    for name, array in before.items():
        assert_array_equal(model.extra_parameters_[name], array)
    assert np.isfinite(model.predict(REGRESSION.X)).all()
