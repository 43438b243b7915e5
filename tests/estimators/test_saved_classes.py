"""Classifiers of every kind of target go into the model file; classes that do not fit do not."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import chainrule
from chainrule import MLPClassifier, ModelFileError

from .cases import TASKS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}
X = TASKS["binary"].X
# Three colours, two sizes, one shape; "?" is a label that is not known.
COLUMNS = np.column_stack(
    [
        np.resize(["red", "green", "blue", "?"], len(X)),
        np.resize(["large", "small", "large", "large", "?"], len(X)),
        np.full(len(X), "round"),
    ]
)
NUMBERS = np.column_stack([np.arange(len(X)) % 3, np.arange(len(X)) % 4 + 5])
BITS = TASKS["multilabel"].y.astype(float)
BITS[::7, 1] = np.nan
TARGETS = {
    "two classes": TASKS["binary"].y,
    "three classes": TASKS["multiclass"].y,
    "one class": np.zeros(len(X)),
    "labels": TASKS["multilabel"].y,
    "labels, some unknown": BITS,
    "class columns": COLUMNS,
    "columns of numbers": NUMBERS,
}


def as_list(values):
    return list(values) if isinstance(values, list) else [values]


@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
def test_a_loaded_classifier_is_the_saved_one(y, loss, tmp_path):
    model = MLPClassifier(**SMALL, loss=loss).fit(X, y)
    model.save(tmp_path / "m.chainrule")
    loaded = chainrule.load(tmp_path / "m.chainrule")
    assert type(loaded.classes_) is type(model.classes_)
    for got, want in zip(as_list(loaded.classes_), as_list(model.classes_), strict=True):
        assert got.dtype == want.dtype
        assert_array_equal(got, want)
    assert_array_equal(loaded.predict(X), model.predict(X))
    if loss == "log_loss":
        probabilities = loaded.predict_proba(X), model.predict_proba(X)
        for got, want in zip(*map(as_list, probabilities), strict=True):
            assert_array_equal(got, want)
    for each in (loaded, model):
        each.set_params(warm_start=True).fit(X, y)
    assert_array_equal(loaded.coefs_[0], model.coefs_[0])


@pytest.mark.parametrize("y", [TASKS["binary"].y, np.zeros(len(X))], ids=["two", "one"])
def test_crammer_singer_has_two_outputs_for_few_classes(y, tmp_path):
    model = MLPClassifier(**SMALL, loss="crammer_singer").fit(X, y)
    model.save(tmp_path / "m.chainrule")
    assert_array_equal(chainrule.load(tmp_path / "m.chainrule").predict(X), model.predict(X))


THREE, SEVERAL = TASKS["multiclass"].y, NUMBERS
UNFIT = {
    # A label's place in an unsorted array may be past its end, where compiled code would write.
    "unsorted": (THREE, {"classes_": np.array([3, 1, 2])}),
    "twice": (THREE, {"classes_": np.array([1, 2, 2])}),
    "one more": (THREE, {"classes_": np.arange(4)}),
    "not one axis": (THREE, {"classes_": np.arange(3).reshape(1, 3)}),
    "a list": (THREE, {"classes_": [1, 2, 3]}),
    "text": (THREE, {"classes_": "abc"}),
    "arrays in a list": (THREE, {"classes_": [np.arange(3), np.arange(4)]}),
    "none": (THREE, {"classes_": None}),
    "columns: unsorted": (SEVERAL, {"classes_": [np.arange(3), np.array([8, 7, 6, 5])]}),
    "columns: one more": (SEVERAL, {"classes_": [np.arange(3), np.arange(5)]}),
    "columns: a column less": (SEVERAL, {"classes_": [np.arange(3)]}),
    "columns: no arrays": (SEVERAL, {"classes_": [[0, 1, 2], [5, 6, 7, 8]]}),
    "columns: numbers": (SEVERAL, {"classes_": [0, 1, 2]}),
    "groups": (SEVERAL, {"_groups": (3, 3)}),
    "an empty group": (SEVERAL, {"_groups": (0, 7)}),
    "kind": (SEVERAL, {"_kind": "classes"}),
    "another kind": (THREE, {"_kind": "targets"}),
}


@pytest.mark.parametrize(("y", "attributes"), UNFIT.values(), ids=UNFIT)
def test_classes_that_do_not_fit_the_network_are_refused(y, attributes, tmp_path):
    model = MLPClassifier(**SMALL).fit(X, y)
    vars(model).update(attributes)
    model.save(tmp_path / "m.chainrule")
    with pytest.raises(ModelFileError, match="undamaged model file"):
        chainrule.load(tmp_path / "m.chainrule")


@pytest.mark.parametrize("name", ["classes_", "_kind", "_groups"])
def test_a_classifier_without_its_classes_is_refused(name, tmp_path):
    model = MLPClassifier(**SMALL).fit(X, THREE)
    delattr(model, name)
    model.save(tmp_path / "m.chainrule")
    with pytest.raises(ModelFileError, match="undamaged model file"):
        chainrule.load(tmp_path / "m.chainrule")
