"""scikit-learn's conventions as they show in daily use."""

import copy
import inspect
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn import neural_network as scikit_learn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import chainrule

from .cases import TASKS, train

NAMES = ["MLPClassifier", "MLPRegressor"]
TASK_OF = {"MLPClassifier": TASKS["multiclass"], "MLPRegressor": TASKS["regression"]}
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 5}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def parameters_of(function) -> list[tuple]:
    listed = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in listed]


@pytest.mark.parametrize("name", NAMES)
def test_constructor_is_scikit_learns(name):
    """Parameters of ours come after theirs and by keyword only."""
    ours, theirs = getattr(chainrule, name), getattr(scikit_learn, name)
    got, want = parameters_of(ours.__init__), parameters_of(theirs.__init__)
    assert got[: len(want)] == want
    assert all(kind is inspect.Parameter.KEYWORD_ONLY for _, kind, _ in got[len(want) :])
    assert ours().get_params().items() >= theirs().get_params().items()


@pytest.mark.parametrize("name", NAMES)
def test_methods_take_what_scikit_learns_take(name):
    """Arguments of ours beyond theirs come after theirs and by keyword only."""
    ours, theirs = getattr(chainrule, name), getattr(scikit_learn, name)
    for method in ("fit", "partial_fit", "predict", "score"):
        got, want = (parameters_of(getattr(cls, method)) for cls in (ours, theirs))
        assert got[: len(want)] == want
        assert all(kind is inspect.Parameter.KEYWORD_ONLY for _, kind, _ in got[len(want) :])
    added = [p for p, _, _ in parameters_of(ours.fit)][-3:]
    assert added == ["X_val", "y_val", "sample_weight_val"]


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("name", NAMES)
def test_fitted_attributes_are_scikit_learns_and_few_more(name, solver):
    task = TASK_OF[name]
    models = task.ours(solver=solver, **SMALL), task.theirs(solver=solver, **SMALL)
    public = []
    for model in models:
        train(model, task)
        public.append({a for a in vars(model) if a.endswith("_") and not a.startswith("_")})
    ours, theirs = public
    assert theirs <= ours
    # Ours keeps the losses of lbfgs as well, but no best loss or score that nobody computed.
    added = {"validation_loss_curve_", "loss_curve_", "extra_parameters_", "stopped_by_"}
    assert ours - theirs <= added


@pytest.mark.parametrize("name", NAMES)
def test_lbfgs_keeps_its_losses_too(name):
    task = TASK_OF[name]
    model = task.ours(solver="lbfgs", **{**SMALL, "max_iter": 10}).fit(task.X, task.y)
    assert len(model.loss_curve_) == model.n_iter_ == 10
    assert model.loss_curve_[-1] == model.loss_
    assert sorted(model.loss_curve_, reverse=True) == model.loss_curve_


@pytest.mark.parametrize("name", NAMES)
def test_tags_are_scikit_learns(name):
    ours, theirs = getattr(chainrule, name)(), getattr(scikit_learn, name)()
    assert ours.__sklearn_tags__() == theirs.__sklearn_tags__()
    assert is_classifier(ours) == is_classifier(theirs)
    assert is_regressor(ours) == is_regressor(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_clone_is_unfitted_and_equal(name):
    model = TASK_OF[name].ours(**SMALL, activation="tanh", alpha=0.5)
    train(model, TASK_OF[name])
    copied = clone(model)
    assert copied.get_params() == model.get_params()
    assert not [attribute for attribute in vars(copied) if attribute.endswith("_")]
    assert repr(copied) == repr(model)


def round_trips(model, path):
    joblib.dump(model, path)
    return {
        "pickle": pickle.loads(pickle.dumps(model)),
        "joblib": joblib.load(path),
        "deepcopy": copy.deepcopy(model),
    }


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("name", NAMES)
def test_a_copy_predicts_and_goes_on_training_as_the_original(name, solver, tmp_path):
    """The optimizer's state travels with the weights: the next step is the same to the bit."""
    task = TASK_OF[name]
    model = task.ours(solver=solver, **SMALL)
    train(model, task)
    copies = round_trips(model, tmp_path / "model.joblib")
    before = model.predict(task.X)
    for other in copies.values():
        assert_array_equal(other.predict(task.X), before)
    model.partial_fit(task.X, task.y)
    for kind, other in copies.items():
        other.partial_fit(task.X, task.y)
        for a, b in zip(other.coefs_, model.coefs_, strict=True):
            assert_array_equal(a, b, err_msg=kind)


@pytest.mark.parametrize("name", NAMES)
def test_fit_does_not_touch_its_arguments(name):
    task = TASK_OF[name]
    X, y, weights = task.X.copy(), task.y.copy(), np.linspace(0.5, 1.5, len(task.y))
    kept = weights.copy()
    for array in (X, y, weights):
        array.flags.writeable = False
    model = task.ours(**SMALL).fit(X, y, weights)
    model.partial_fit(X, y, weights)
    model.predict(X)
    assert_array_equal(X, task.X)
    assert_array_equal(weights, kept)


@pytest.mark.parametrize("frame", ["pandas", "polars"])
@pytest.mark.parametrize("name", NAMES)
def test_column_names_are_kept_and_compared(name, frame):
    task = TASK_OF[name]
    columns = [f"c{i}" for i in range(task.X.shape[1])]
    if frame == "pandas":
        X = pd.DataFrame(task.X, columns=columns)
    else:
        X = pytest.importorskip("polars").DataFrame(task.X, schema=columns)
    named, plain = task.ours(**SMALL).fit(X, task.y), task.ours(**SMALL).fit(task.X, task.y)
    assert list(named.feature_names_in_) == columns
    assert not hasattr(plain, "feature_names_in_")
    assert_array_equal(named.predict(X), plain.predict(task.X))
    with pytest.raises(ValueError, match="feature names should match"):
        named.predict(X[columns[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        named.predict(task.X)


@pytest.mark.parametrize("name", NAMES)
def test_search_and_cross_validation(name):
    task = TASK_OF[name]
    pipeline = make_pipeline(StandardScaler(), task.ours(**SMALL))
    assert np.isfinite(cross_val_score(pipeline, task.X, task.y, cv=3)).all()
    grid = {f"{name.lower()}__alpha": [1e-4, 10.0]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(task.X, task.y)
    by_hand = make_pipeline(StandardScaler(), task.ours(**SMALL)).set_params(**search.best_params_)
    by_hand.fit(task.X, task.y)
    assert_array_equal(search.predict(task.X), by_hand.predict(task.X))


def test_no_random_state_follows_numpys_global_generator():
    """As everywhere in scikit-learn."""
    task = TASK_OF["MLPRegressor"]
    settings = {**SMALL, "random_state": None}
    fits = []
    for seed in (1, 1, 2):
        np.random.seed(seed)  # noqa: NPY002 - the global generator is what is tested
        fits.append(task.ours(**settings).fit(task.X, task.y).coefs_[0])
    assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


def test_verbose_prints_a_line_an_epoch(capsys):
    task = TASK_OF["MLPRegressor"]
    model = task.ours(**SMALL, verbose=True).fit(task.X, task.y)
    lines = capsys.readouterr().out.splitlines()
    losses = [f"Iteration {i}, loss = {loss:.8f}" for i, loss in enumerate(model.loss_curve_, 1)]
    assert [line for line in lines if line.startswith("Iteration")] == losses
