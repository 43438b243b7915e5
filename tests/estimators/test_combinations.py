"""Combinations that make no sense, refused with what to use instead."""

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.formulas import SGD, AdaGrad, Adam, AdamW
from chainrule.training.full_batch import Rprop
from chainrule.training.stopping import MaxEpochs, ValidationPatience

from .cases import TASKS, Task
from .messages import assert_own_form, refusal

BINARY, MULTICLASS = TASKS["binary"], TASKS["multiclass"]
MULTILABEL, REGRESSION = TASKS["multilabel"], TASKS["regression"]
COUNTS = Task("MLPRegressor", TASKS["poisson"].X, TASKS["poisson"].y)

# (task, settings, the parameter that is to blame, what to use instead)
REFUSED = [
    (MULTICLASS, {"loss": "hinge", "output_activation": "softmax"}, "output_activation", "hinge"),
    (BINARY, {"loss": "perceptron", "output_activation": "logistic"}, "output_activation", ""),
    (MULTICLASS, {"output_activation": "logistic"}, "output_activation", "squared_error"),
    (COUNTS, {"loss": "poisson", "output_activation": "identity"}, "output_activation", ""),
    (MULTILABEL, {"loss": "crammer_singer"}, "loss", "hinge"),
    (REGRESSION, {"loss": "poisson"}, "y", "squared_error"),
    (REGRESSION, {"loss": "gamma"}, "y", "squared_error"),
    (REGRESSION, {"loss": "squared_log_error"}, "y", "squared_error"),
    (BINARY, {"solver": "lm"}, "loss", "newton-cg"),
    (REGRESSION, {"loss": "huber", "solver": "lm"}, "loss", "lbfgs"),
    (REGRESSION, {"solver": "rprop", "batch_size": 10}, "batch_size", "all rows at once"),
    (REGRESSION, {"solver": Rprop(), "batch_size": 10}, "batch_size", "all rows at once"),
    (REGRESSION, {"solver": "cg", "learning_rate_init": 0.1}, "learning_rate_init", "own steps"),
    (REGRESSION, {"solver": "rprop", "early_stopping": True}, "early_stopping", "'patience'"),
    (REGRESSION, {"activation": [np.tanh]}, "activation", "custom_activation"),
    (REGRESSION, {"solver": "adagrad", "beta_1": 0.3}, "beta_1", "settings"),
    (REGRESSION, {"solver": "adamw", "momentum": 0.3}, "momentum", "Leave it out"),
    (REGRESSION, {"solver": AdaGrad(), "epsilon": 0.1}, "epsilon", "AdaGrad"),
    (REGRESSION, {"solver": SGD(), "learning_rate": "adaptive"}, "learning_rate", "schedule"),
    (REGRESSION, {"solver": AdamW(), "weight_decay": 0.3}, "weight_decay", "one of the two"),
    (BINARY, {"loss": "hinge", "solver": "newton-cg"}, "loss", "squared_hinge"),
    (REGRESSION, {"loss": "absolute_error", "solver": "scg"}, "loss", "huber"),
    (REGRESSION, {"loss": "quantile", "solver": "newton-cg"}, "loss", "cosine"),
    (REGRESSION, {"batch_norm": True, "batch_size": 1}, "batch_size", "layer_norm"),
    (REGRESSION, {"dropout": 1.0}, "dropout", ""),
    (REGRESSION, {"dropout": (0.5, 1.0), "hidden_layer_sizes": (3, 3)}, "dropout", "0.0"),
    (REGRESSION, {"dropout": (0.5,), "hidden_layer_sizes": (3, 3)}, "dropout", "as many"),
    (REGRESSION, {"noise": (0.5,), "hidden_layer_sizes": (3, 3)}, "noise", "0.0"),
    (REGRESSION, {"noise": (0.1, -0.5)}, "noise", "0.0"),
    (REGRESSION, {"dropout": 0.5, "hidden_layer_sizes": ()}, "dropout", "input_dropout"),
    (REGRESSION, {"batch_norm": True, "hidden_layer_sizes": ()}, "batch_norm", "hidden layer"),
    (REGRESSION, {"layer_norm": True, "batch_norm": True}, "layer_norm", "one of the two"),
    (REGRESSION, {"schedule": "cosine", "solver": "lbfgs"}, "schedule", "adam"),
    (REGRESSION, {"batch_norm": True, "solver": "cg"}, "batch_norm", "adam"),
    (REGRESSION, {"input_dropout": 0.1, "solver": "scg"}, "input_dropout", "adam"),
    (
        REGRESSION,
        {"dropout": (0.0, 0.1), "hidden_layer_sizes": (3, 3), "solver": "lbfgs"},
        "dropout",
        "adam",
    ),
    (REGRESSION, {"mixup": 0.2, "solver": "newton-cg"}, "mixup", "adam"),
    (REGRESSION, {"max_norm": 1.0, "solver": "lbfgs"}, "max_norm", "adam"),
    (REGRESSION, {"clip_norm": 1.0, "solver": "lbfgs"}, "clip_norm", "adam"),
    (REGRESSION, {"weight_decay": 0.1, "solver": "lbfgs"}, "weight_decay", "adam"),
    (REGRESSION, {"l1": 0.1, "solver": "lbfgs"}, "l1", "adam"),
    (REGRESSION, {"schedule": "cosine", "learning_rate": "adaptive"}, "schedule", "one of the two"),
    (REGRESSION, {"momentum_schedule": "linear"}, "momentum_schedule", "sgd"),
    (REGRESSION, {"dropout_schedule": "linear"}, "dropout_schedule", "noise"),
    (REGRESSION, {"weight_decay_schedule": "linear"}, "weight_decay_schedule", "weight_decay"),
    (BINARY, {"mixup": 0.2, "loss": "hinge"}, "mixup", "log_loss"),
    (MULTICLASS, {"mixup": 0.2, "loss": "crammer_singer"}, "mixup", "log_loss"),
    (BINARY, {"label_smoothing": 0.1, "loss": "squared_hinge"}, "label_smoothing", "log_loss"),
    (REGRESSION, {"early_stopping": True, "stopping": MaxEpochs(3)}, "early_stopping", "Patience"),
    (REGRESSION, {"stopping": [ValidationPatience(1)] * 2}, "stopping", "one"),
    (REGRESSION, {"stopping": [3]}, "stopping", "ValidationPatience"),
    (REGRESSION, {"stopping": ["loss"]}, "stopping", "loss_tolerance"),
    (MULTILABEL, {"class_weight": {0: 1.0}}, "class_weight", "for each output"),
    (BINARY, {"class_weight": [{"no": 1.0}]}, "class_weight", "alone"),
]


@pytest.mark.parametrize(
    ("task", "settings", "name", "instead"), REFUSED, ids=[str(row[1]) for row in REFUSED]
)
def test_refused_with_what_to_use_instead(task, settings, name, instead):
    message = refusal(ValueError, task.ours(**settings).fit, task.X, task.y)
    if not message.startswith("The 'dropout' parameter"):
        assert_own_form(message, name)
    assert instead in message


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"schedule": "cosine"}, "schedule"),
        ({"dropout_schedule": "linear", "dropout": 0.1}, "dropout_schedule"),
        ({"stopping": MaxEpochs(2)}, "stopping"),
        ({"n_init": 3}, "n_init"),
    ],
)
def test_partial_fit_knows_of_no_last_epoch_and_no_second_start(settings, name):
    model = MLPRegressor(**settings)
    assert_own_form(refusal(ValueError, model.partial_fit, REGRESSION.X, REGRESSION.y), name)


def test_partial_fit_does_not_know_the_shares_of_the_classes():
    model = MLPClassifier(class_weight="balanced")
    call = model.partial_fit
    message = refusal(ValueError, call, BINARY.X, BINARY.y, classes=BINARY.classes)
    assert_own_form(message, "class_weight")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "adam", "momentum": 0.3},
        {"solver": "sgd", "beta_1": 0.3},
        {"solver": "lbfgs", "batch_size": 7, "early_stopping": True, "learning_rate_init": 0.1},
        {"solver": "nadam", "beta_1": 0.3, "epsilon": 1e-6},
        {"solver": "rmsprop", "epsilon": 1e-6},
        {"solver": "cg", "learning_rate_init": "auto"},
        {"solver": AdamW(weight_decay=0.3), "weight_decay": 0.3},
    ],
)
def test_what_a_solver_of_scikit_learns_leaves_alone_and_what_others_read(settings):
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0, **settings)
    assert np.isfinite(model.fit(REGRESSION.X, REGRESSION.y).loss_)


def test_partial_fit_of_a_full_batch_solver():
    assert not hasattr(MLPRegressor(solver="lm"), "partial_fit")
    assert hasattr(MLPRegressor(solver=Adam()), "partial_fit")


def test_deviations_are_for_the_likelihood():
    model = MLPRegressor(max_iter=1, n_iter_no_change=1, tol=1e9)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(REGRESSION.X, REGRESSION.y)
    message = refusal(ValueError, model.predict, REGRESSION.X, return_std=True)
    assert_own_form(message, "return_std")


def test_parameters_that_were_not_learned():
    """A setting changed after the fit: the message says what is missing."""
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model = MLPRegressor(max_iter=1).fit(REGRESSION.X, REGRESSION.y)
    model.set_params(layer_norm=True)
    message = refusal(ValueError, model.predict, REGRESSION.X)
    assert_own_form(message, "extra_parameters_")
    assert "normalisation 1 g" in message
    model.set_params(layer_norm=False)
    assert np.isfinite(model.predict(REGRESSION.X)).all()
