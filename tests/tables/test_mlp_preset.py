"""The preset "mlp" beside scikit-learn's MLPClassifier and MLPRegressor."""

import warnings

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from chainrule.tables import TableClassifier, TableRegressor
from chainrule.tables.recipes import RECIPES


@pytest.mark.parametrize(("task", "kind"), [(0, MLPClassifier), (1, MLPRegressor)])
def test_the_settings_are_scikit_learns_defaults(task, kind):
    theirs, ours = kind().get_params(), RECIPES["mlp"][task]
    assert (theirs["solver"], theirs["batch_size"], theirs["shuffle"]) == ("adam", "auto", True)
    assert ours.batch_size == 200  # what "auto" is, or all rows
    assert (theirs["early_stopping"], ours.validation_fraction) == (False, 0.0)
    pairs = {
        "hidden_layer_sizes": ours.hidden_layer_sizes,
        "activation": ours.activation,
        "alpha": ours.alpha,
        "learning_rate_init": ours.learning_rate_init,
        "beta_2": ours.beta_2,
        "max_iter": ours.epochs,
        "tol": ours.tolerance,
        "n_iter_no_change": ours.patience,
    }
    assert {name: theirs[name] for name in pairs} == pairs


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 3))
    X -= X.mean(axis=0)
    X /= X.std(axis=0)
    return X, X @ [1.0, -2.0, 0.5] + 0.1 * random.normal(size=400)


def test_the_last_epoch_on_all_rows_is_kept(table):
    X, y = table
    model = TableRegressor("mlp", epochs=7, random_state=0).fit(X, y)
    assert model.validation_curves_ == [[]]
    assert model.best_epochs_ == [7]
    # `validation_fraction` brings the judging of epochs back.
    judged = TableRegressor("mlp", epochs=7, validation_fraction=0.2, random_state=0).fit(X, y)
    assert len(judged.validation_curves_[0]) == 7


def test_training_ends_by_scikit_learns_rule(table):
    X, y = table
    model = TableRegressor("mlp", learning_rate_init=0.03, random_state=0).fit(X, y)
    (curve,) = model.loss_curves_
    assert 20 < len(curve) < 200
    best, waited = np.inf, 0
    for loss in curve[:-1]:
        waited = waited + 1 if loss > best - 1e-4 else 0
        best = min(best, loss)
        assert waited <= 10
    assert waited == 10
    assert curve[-1] > best - 1e-4


def test_what_it_reaches_is_what_scikit_learn_reaches(table):
    X, y = table
    labels = (y > 0).astype(int)
    standard = (y - y.mean()) / y.std()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        losses = [MLPRegressor(random_state=s).fit(X, standard).loss_ for s in range(5)]
        errors = [MLPClassifier(random_state=s).fit(X, labels).loss_ for s in range(5)]
    ours = [TableRegressor("mlp", random_state=s).fit(X, y).loss_curves_[0][-1] for s in range(5)]
    # The seeds' losses differ by some 15 %, so the means of five by some 7: three times that.
    assert np.mean(ours) == pytest.approx(np.mean(losses), rel=0.2)
    ours = [
        TableClassifier("mlp", random_state=s).fit(X, labels).loss_curves_[0][-1] for s in range(5)
    ]
    assert np.mean(ours) == pytest.approx(np.mean(errors), rel=0.2)
