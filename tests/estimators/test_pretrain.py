"""`pretrain=`: first weights that autoencoders learn from the rows."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal
from sklearn.base import clone

import chainrule
from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators import Pretraining, pretrained_weights
from chainrule.formulas import AdamW

from .cases import TASKS
from .messages import assert_own_form, assert_parameter_refused, refusal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = TASKS["regression"].X, TASKS["regression"].y
HIDDEN = (5, 3)
# The first weights and biases, one number each: 6-5-3-1.
DRAWN = 6 * 5 + 5 + 5 * 3 + 3 + 3 + 1
QUICK = Pretraining(epochs=4, learning_rate_init=0.01)
SMALL = {"hidden_layer_sizes": HIDDEN, "activation": "tanh", "random_state": 0}
# So small a step that it changes no weight.
STILL = {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}


def learned_from(seed: int, pretraining=QUICK, rows=X):
    """What a fit of that seed has to learn: it draws the first weights, then the autoencoders'."""
    random = np.random.RandomState(seed)
    random.uniform(size=DRAWN)
    return pretrained_weights(rows, HIDDEN, "tanh", pretraining, random_state=random)


def test_the_hidden_layers_begin_with_what_autoencoders_learn():
    plain = MLPRegressor(**SMALL, **STILL).fit(X, Y)
    model = MLPRegressor(**SMALL, **STILL, pretrain=QUICK).fit(X, Y)
    for layer, (weights, biases) in enumerate(learned_from(0)):
        assert_array_equal(model.coefs_[layer], weights)
        assert_array_equal(model.intercepts_[layer], biases)
        assert not np.array_equal(plain.coefs_[layer], weights)
    assert_array_equal(model.coefs_[-1], plain.coefs_[-1])
    assert_array_equal(model.intercepts_[-1], plain.intercepts_[-1])


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_training_goes_on_from_there_as_a_warm_start_does(solver):
    settings = {**SMALL, "shuffle": False}
    model = MLPRegressor(**settings, solver=solver, max_iter=4, pretrain=QUICK).fit(X, Y)
    by_hand = MLPRegressor(**settings, **STILL, warm_start=True).fit(X, Y)
    for layer, (weights, biases) in enumerate(learned_from(0)):
        by_hand.coefs_[layer][:], by_hand.intercepts_[layer][:] = weights, biases
    by_hand.set_params(solver=solver, learning_rate_init=0.001, max_iter=4).fit(X, Y)
    for own, theirs in zip(model.coefs_, by_hand.coefs_, strict=True):
        assert_array_equal(own, theirs)
    assert model.loss_curve_ == by_hand.loss_curve_[-len(model.loss_curve_) :]


def test_the_name_stands_for_the_defaults():
    named, given = (
        MLPRegressor(**SMALL, **STILL, pretrain=pretrain).fit(X, Y)
        for pretrain in ("autoencoder", Pretraining())
    )
    assert_array_equal(named.coefs_[0], given.coefs_[0])
    assert_array_equal(named.coefs_[0], learned_from(0, Pretraining())[0][0])


def test_a_second_fit_learns_them_again_but_a_warm_start_goes_on():
    model = MLPRegressor(**SMALL, **STILL, pretrain=QUICK).fit(X, Y)
    model.set_params(random_state=1).fit(X, Y)
    assert_array_equal(model.coefs_[0], learned_from(1)[0][0])
    model.set_params(random_state=2, warm_start=True).fit(X, Y)
    assert_array_equal(model.coefs_[0], learned_from(1)[0][0])
    model.partial_fit(X[:20], Y[:20])
    assert_array_equal(model.coefs_[0], learned_from(1)[0][0])


def test_every_start_has_its_own():
    """Two starts draw twice; the better one is kept, here known from the losses of both."""
    random = np.random.RandomState(0)
    settings = {**SMALL, **STILL, "shuffle": False, "pretrain": QUICK}
    starts = [MLPRegressor(**{**settings, "random_state": random}).fit(X, Y) for _ in range(2)]
    assert not np.array_equal(starts[0].coefs_[0], starts[1].coefs_[0])
    best = min(starts, key=lambda model: model.loss_)
    model = MLPRegressor(**settings, n_init=2).fit(X, Y)
    assert_array_equal(model.coefs_[0], best.coefs_[0])


def test_rows_set_aside_for_validation_take_part_too():
    settings = {**SMALL, **STILL, "pretrain": QUICK}
    model = MLPRegressor(**settings, early_stopping=True).fit(X, Y)
    assert_array_equal(model.coefs_[0], learned_from(0)[0][0])


def test_float32_stays_float32():
    task = TASKS["multiclass"]
    model = MLPClassifier(**SMALL, max_iter=2, pretrain=QUICK).fit(task.X.astype("f4"), task.y)
    assert {coef.dtype for coef in model.coefs_} == {np.dtype(np.float32)}


def test_a_saved_model_keeps_its_settings(tmp_path):
    settings = Pretraining(epochs=2, noise=0.1, solver=AdamW(beta_2=0.95))
    model = MLPRegressor(**SMALL, max_iter=2, pretrain=settings).fit(X, Y)
    model.save(tmp_path / "m.chainrule")
    loaded = chainrule.load(tmp_path / "m.chainrule")
    assert loaded.pretrain == settings
    assert_array_equal(loaded.predict(X), model.predict(X))
    again = clone(loaded).fit(X, Y)
    assert_array_equal(again.coefs_[0], model.coefs_[0])


@pytest.mark.parametrize(
    ("settings", "name", "instead"),
    [
        ({"batch_norm": True}, "batch_norm", "leave out one"),
        ({"layer_norm": True}, "layer_norm", "leave out one"),
        ({"hidden_layer_sizes": ()}, "pretrain", "Add a hidden layer"),
        ({"initializer": "lsuv"}, "initializer", "glorot_uniform"),
    ],
)
def test_what_does_not_go_together_is_refused(settings, name, instead):
    model = MLPRegressor(**{**SMALL, "pretrain": "autoencoder", **settings})
    message = refusal(ValueError, model.fit, X, Y)
    assert_own_form(message, name)
    assert instead in message


def test_sparse_rows_are_refused():
    model = MLPRegressor(**SMALL, pretrain="autoencoder")
    message = refusal(ValueError, model.fit, sp.csr_array(X), Y)
    assert_own_form(message, "X")
    assert "toarray" in message


def test_a_first_partial_fit_is_refused():
    model = MLPRegressor(**SMALL, pretrain="autoencoder")
    message = refusal(ValueError, model.partial_fit, X, Y)
    assert_own_form(message, "pretrain")
    assert "Call fit first" in message


@pytest.mark.parametrize("pretrain", ["autoencoders", True, Pretraining])
def test_other_values_are_refused(pretrain):
    model = MLPClassifier(**SMALL, pretrain=pretrain)
    message = refusal(ValueError, model.fit, X, Y > 0)
    assert_parameter_refused(message, "pretrain")


@pytest.mark.parametrize("epochs", [0, 2.5, "many"])
def test_the_epochs_are_a_count(epochs):
    assert_own_form(refusal(ValueError, Pretraining, epochs=epochs), "epochs")
