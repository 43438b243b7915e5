"""Settings of the table estimators refuse what is of another type, each in the one form."""

import inspect

import numpy as np
import pytest

from chainrule import DataError, TableClassifier, TableModel, TableRegressor

X, Y = np.arange(24.0).reshape(12, 2), [0.0, 1.0] * 6
CASES = [
    pytest.param(make, name, id=f"{make.__name__}-{name}")
    for make in (TableClassifier, TableRegressor)
    for name in inspect.signature(make).parameters
]


@pytest.mark.parametrize("value", [[], {}, object(), b"yes", np.array([1.5, 2.5]), float("nan")])
@pytest.mark.parametrize(("make", "name"), CASES)
def test_no_setting_takes_what_it_cannot_use(make, name, value):
    if isinstance(value, dict) and name in ("column_kinds", "class_weight"):
        pytest.skip("an empty one says nothing, and nothing is wrong with it")
    if isinstance(value, list) and name == "hidden_layer_sizes":
        pytest.skip("no hidden layer")
    with pytest.raises(ValueError, match=rf"^{name} must be .+, got "):
        make(**{"preset": "fast", "epochs": 1, name: value}).fit(X, Y)


@pytest.mark.parametrize("name", ["calibrate", "verbose"])
def test_text_is_neither_true_nor_false(name):
    with pytest.raises(DataError, match=rf"^{name} must be True or False, got 'yes'\. "):
        TableClassifier(**{name: "yes"}).fit(X, Y)
    with pytest.raises(DataError, match=rf"^{name} must be True or False, got 'yes'\. "):
        TableModel("y", settings={name: "yes"}).fit({"y": Y})


def test_a_list_is_no_class_weight():
    with pytest.raises(DataError, match=r"^class_weight must be 'balanced' or a dict .* got \[1"):
        TableClassifier(class_weight=[1, 2]).fit(X, Y)


@pytest.mark.parametrize("settings", [3, True, "fast", [("preset", "fast")]])
def test_the_settings_of_a_model_are_a_dict(settings):
    with pytest.raises(DataError, match=r"^settings must be a dict of parameters or None, got "):
        TableModel("y", settings=settings).fit({"y": Y})


@pytest.mark.parametrize("value", [None, {}, 3, float("nan"), object(), print])
def test_what_is_no_table_is_refused(value):
    with pytest.raises(DataError, match=r"^data must be a data frame"):
        TableClassifier(preset="fast").fit(value, Y)


@pytest.mark.parametrize("value", ["a", {}, [object()] * 12, print])
def test_what_is_no_weight_is_refused(value):
    with pytest.raises(DataError, match=r"^sample_weight must be 12 finite numbers"):
        TableClassifier(preset="fast").fit(X, Y, sample_weight=value)


WRONG_WEIGHTS = {
    "text": (["1", "a"] * 6, r"values that are no numbers \(list\)"),
    "one": (3, r"shape \(\)"),
    "too few": ([1.0] * 11, r"shape \(11,\)"),
    "a column": ([[1.0]] * 12, r"shape \(12, 1\)"),
    "below 0": ([1.0] * 5 + [-2.0] * 7, r"-2.0 in row 6"),
    "not finite": ([1.0] * 11 + [float("inf")], r"inf in row 12"),
    "missing": ([None] + [1.0] * 11, r"nan in row 1"),
    "masked": (np.ma.masked_equal([1.0] * 3 + [7.0] * 9, 7.0), r"nan in row 4"),
}


@pytest.mark.parametrize("name", WRONG_WEIGHTS)
def test_what_is_wrong_with_weights_is_said(name):
    weight, got = WRONG_WEIGHTS[name]
    with pytest.raises(
        DataError, match=rf"^sample_weight must be .* one for each row, got {got}. "
    ):
        TableClassifier(preset="fast").fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize("settings", [{"n_ensemble": 10**11}, {"n_ensemble": 10**11, "cv": 2}])
def test_more_networks_than_memory_holds_are_refused_at_once(settings):
    rows = np.arange(60.0).reshape(30, 2)
    with pytest.raises(DataError, match=r"weights to fit in memory, got .* or fewer networks\.$"):
        TableClassifier(preset="fast", **settings).fit(rows, [0, 1] * 15)
