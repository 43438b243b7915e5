"""A fitted model stays what it was fitted as; and what a fit refuses before it begins."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chainrule import DataError, UnknownValuesWarning, load
from chainrule.tables import TableClassifier, TableModel, TableRegressor, recipes

from .quick import QUICK, classifier


def table(rows=100):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, rows))
    place = random.choice(["here", "there", "elsewhere"], rows)
    return pd.DataFrame({"a": a, "b": b, "place": place, "new": b > 0, "label": a + b > 0})


@pytest.mark.parametrize(
    "later",
    [{"hidden_layer_sizes": (3,)}, {"preset": "mlp"}, {"preset": "tabm"}, {"epochs": -1}],
    ids=str,
)
def test_parameters_set_after_a_fit_do_not_break_its_file(later, tmp_path):
    frame = table()
    model = classifier().fit(frame, "label")
    expected = model.predict_proba(frame)
    model.set_params(**later)
    model.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert (loaded.predict_proba(frame) == expected).all()
    assert loaded.get_params() == model.get_params()


def test_a_preset_that_changes_does_not_break_older_files(tmp_path, monkeypatch):
    frame = table()
    model = TableModel("label", settings={"preset": "fast", "epochs": 2}).fit(frame)
    expected = model.predict_proba(frame)
    model.save(tmp_path / "m")
    rows = tuple(replace(row, hidden_layer_sizes=(5, 5)) for row in recipes.RECIPES["fast"])
    monkeypatch.setitem(recipes.RECIPES, "fast", rows)
    assert (load(tmp_path / "m").predict_proba(frame) == expected).all()


def test_folds_and_validation_rows_of_ones_own_exclude_each_other():
    frame = table()
    with pytest.raises(DataError, match=r"cv must be None with X_val, got 3: .* Leave out X_val"):
        classifier(cv=3).fit(frame[::2], "label", X_val=frame[1::2], y_val="label")


@pytest.mark.parametrize(
    ("rows", "folds", "message"),
    [
        (100, 51, r"cv must be at most 50 for 100 rows .* got 51. Take fewer folds"),
        (19, 5, r"cv must be None for fewer than 20 rows with a target, got 5 for 19 rows"),
    ],
)
def test_folds_need_rows(rows, folds, message):
    with pytest.raises(DataError, match=message):
        classifier(cv=folds).fit(table(rows), "label")


def test_predictions_out_of_folds_are_those_of_the_last_fit():
    frame = table()
    model = classifier(cv=2).fit(frame, "label")
    assert model.oof_prediction_.shape == (100, 2)
    model.set_params(cv=None).fit(frame, "label")
    assert not hasattr(model, "oof_prediction_")


def test_lengths_are_compared_first():
    frame = table()
    # The target alone would be refused as well: all its rows are of one class.
    with pytest.raises(DataError, match=r"y must have a target for each of the 100 rows .* got 5"):
        classifier().fit(frame.drop(columns="label"), ["x"] * 5)


def test_messages_name_the_estimator_not_its_encoder():
    frame = table().drop(columns="label")[["a", "b"]]
    labels = table()["label"]
    model = classifier().fit(frame, labels)
    with pytest.warns(UserWarning, match="valid feature names, but TableClassifier was") as caught:
        model.predict(frame.to_numpy())
    assert caught[0].filename == __file__
    with pytest.raises(DataError, match="X has 1 features, but TableClassifier is expecting 2 fea"):
        model.predict(frame.to_numpy()[:, :1])


def test_one_layer_may_be_a_number():
    frame = table()
    one = classifier(hidden_layer_sizes=np.int64(8)).fit(frame, "label")
    assert (one.parameters_ == classifier().fit(frame, "label").parameters_).all()
    with pytest.raises(DataError, match=r"hidden_layer_sizes must be whole numbers .* got 0"):
        classifier(hidden_layer_sizes=0).fit(frame, "label")


@pytest.mark.parametrize("state", ["zero", -1, 1.5])
def test_random_states_that_cannot_be(state):
    with pytest.raises(DataError, match=r"random_state must be None, a whole number .* got "):
        TableRegressor(random_state=state).fit(table(), "a")


def test_columns_of_several_levels_are_refused():
    frame = table().drop(columns="label")
    frame.columns = pd.MultiIndex.from_product([["first"], frame.columns])
    with pytest.raises(DataError, match=r"column names must have one level, got \('first', 'a'\)"):
        classifier().fit(frame, table()["label"])


def test_columns_of_one_name_are_refused():
    frame = table().rename(columns={"b": "a"})
    features, labels = frame.drop(columns="label"), frame["label"]
    sound = table().drop(columns="label")
    for act in (
        lambda: classifier().fit(frame, "label"),
        lambda: classifier().fit(features, labels),
        lambda: classifier().fit(sound, labels, X_val=features, y_val=labels),
        lambda: classifier().fit(sound, labels).score(features, labels),
    ):
        with pytest.raises(DataError, match="column names must differ, got 'a' more than once"):
            act()


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(table(), "label")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_many_values_that_training_did_not_have_are_told_once(fitted, method):
    frame = table().drop(columns="label")
    # 11 of 100 rows; the tenth of b's that are words is no more than a tenth.
    frame.loc[:10, "place"] = "nowhere"
    frame["b"] = frame["b"].astype(object)
    frame.loc[:9, "b"] = "oops"
    with pytest.warns(UnknownValuesWarning) as caught:
        getattr(fitted, method)(frame)
    assert [str(warning.message) for warning in caught] == [
        "values must be like those of training, got others in column 'place' (11 of 100 rows); "
        "they count as missing. Check the column."
    ]
    frame.loc[10, "b"] = "oops"
    with pytest.warns(UnknownValuesWarning, match=r"'b' \(11 of 100 rows\), 'place' \(11 of"):
        getattr(fitted, method)(frame)


def test_many_infinite_numbers_are_told_where_training_had_none(fitted):
    frame = table().drop(columns="label")
    frame.loc[:9, "a"] = np.inf
    fitted.predict(frame)  # no more than a tenth: a warning would be an error here
    frame.loc[10, "a"] = -np.inf
    with pytest.warns(UnknownValuesWarning, match=r"in column 'a' \(11 of 100 rows\); they count"):
        fitted.predict(frame)
    had_some = classifier().fit(table().replace({"a": {table()["a"].max(): np.inf}}), "label")
    had_some.predict(frame)


@pytest.mark.parametrize("truth", [{True: 1, False: 0}, {True: "True", False: "False"}], ids=str)
def test_booleans_are_written_in_any_way(fitted, truth):
    frame = table().drop(columns="label")
    other = frame.assign(new=frame["new"].map(truth))
    # A warning would be an error here.
    assert (fitted.predict_proba(other) == fitted.predict_proba(frame)).all()


def test_a_rare_level_stands_for_new_ones():
    frame = table(400)
    frame["place"] = np.array([f"p{row % 120}" for row in range(400)])
    model = TableClassifier("mlp", **QUICK).fit(frame, "label")
    assert model.encoder_.encode(frame.assign(place="p-1")).unknown == {"place": 400}
    model.predict(frame.assign(place="p-1"))


def test_a_model_of_a_table_scores():
    frame = table().assign(amount=lambda frame: 10 * frame["a"] + frame["b"])
    settings = {**QUICK, "preset": "fast"} | {"epochs": 30}
    del settings["random_state"]
    model = TableModel("label", settings=settings).fit(frame)
    truth = (model.predict(frame) == frame["label"].to_numpy()).mean()
    assert model.score(frame) == truth > 0.5
    np.testing.assert_allclose(
        np.exp(model.predict_log_proba(frame)), model.predict_proba(frame), rtol=1e-6
    )
    regression = TableModel("amount", settings=settings).fit(frame)
    residue = frame["amount"] - regression.predict(frame)
    expected = 1.0 - residue.var() / frame["amount"].var() - 0.0
    # Of residues with a mean that is not 0 the variance is a little smaller than the mean square.
    expected -= residue.mean() ** 2 / frame["amount"].var(ddof=0)
    assert regression.score(frame) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(DataError, match="task must be classification for probabilities"):
        regression.predict_log_proba(frame)


def test_one_row_and_one_class_can_be_scored(fitted):
    frame = table()
    right = (fitted.predict(frame) == frame["label"]).to_numpy()
    assert fitted.score(frame[:1], "label") == right[0]
    trues = frame["label"].to_numpy()
    assert fitted.score(frame[trues], "label") == right[trues].mean()


def test_scores_weigh_the_rows_whose_class_is_known(fitted):
    frame = table()
    right = (fitted.predict(frame) == frame["label"]).to_numpy()
    weight = np.arange(100.0)
    labels = frame["label"].astype(object).where(np.arange(100) % 3 > 0)
    known = labels.notna().to_numpy()
    score = fitted.score(frame.drop(columns="label"), labels, sample_weight=weight)
    assert score == pytest.approx(np.average(right[known], weights=weight[known]), rel=1e-12)
