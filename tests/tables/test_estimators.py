"""TableClassifier and TableRegressor: what goes in, and that it comes out alike."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import DataError, UnknownValuesWarning, load

from .frames import MAKERS
from .quick import classifier, regressor


def columns(rows=120, seed=0):
    """Numbers, a colour and a flag, from which a target follows."""
    random = np.random.default_rng(seed)
    return {
        "a": random.normal(size=rows).tolist(),
        "b": [None, *random.normal(size=rows - 1).tolist()],
        "colour": random.choice(["red", "green", "blue"], rows).tolist(),
        "flag": (random.random(rows) > 0.5).tolist(),
    }


def amount(table):
    return 3 * np.array(table["a"]) + (np.array(table["colour"]) == "red")


@pytest.fixture(scope="module")
def table():
    return columns()


@pytest.fixture(scope="module")
def labels(table):
    return np.where(amount(table) > 0.5, "up", "down")


@pytest.fixture(scope="module")
def fitted(table, labels):
    return classifier().fit(pl.DataFrame(table), labels)


@pytest.mark.parametrize("library", MAKERS)
def test_every_library_gives_the_same_model(fitted, table, labels, library):
    frame = MAKERS[library](table)
    model = classifier().fit(frame, labels)
    assert (model.parameters_ == fitted.parameters_).all()
    assert (model.predict_proba(frame) == fitted.predict_proba(pl.DataFrame(table))).all()
    assert model.feature_names_in_.tolist() == list(table)


def test_a_path_and_the_name_of_the_target(fitted, table, labels, tmp_path):
    path = tmp_path / "t.csv"
    pl.DataFrame(table).with_columns(label=pl.Series(labels)).write_csv(path)
    model = classifier().fit(path, "label")
    assert model.feature_names_in_.tolist() == list(table)
    assert model.score(path, "label") == fitted.score(pl.DataFrame(table), labels) > 0.8
    assert (model.predict(str(path)) == fitted.predict(pl.DataFrame(table))).all()


def test_arrays(labels):
    X = np.random.default_rng(0).normal(size=(120, 3))
    y = np.where(X[:, 0] > 0, "up", "down")
    model = classifier().fit(X, y)
    assert not hasattr(model, "feature_names_in_")
    assert model.score(X, y) > 0.8
    mixed = np.array([[1.0, "red"], [2.0, "blue"]] * 60, dtype=object)
    assert classifier().fit(mixed, ["x", "y"] * 60).predict(mixed[:2]).tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "classes",
    [["down", "up"], [3, 7], [0.0, 1.0], [False, True]],
    ids=["text", "int", "float", "bool"],
)
def test_labels_keep_their_type(table, labels, classes):
    y = np.array(classes)[(labels == "up").astype(int)]
    model = classifier().fit(pl.DataFrame(table), y)
    assert model.classes_.tolist() == classes
    guess = model.predict(pl.DataFrame(table))
    assert guess.dtype == y.dtype
    assert (guess == y).mean() > 0.8
    assert model.predict_proba(pl.DataFrame(table)).shape == (120, 2)
    probability = model.predict_proba(pl.DataFrame(table))
    # exp undoes log to float32 rounding; a probability of 0 has the logarithm -inf.
    np.testing.assert_allclose(
        np.exp(model.predict_log_proba(pl.DataFrame(table))), probability, rtol=1e-5
    )


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, bool])
def test_numbers_of_any_kind(table, kind):
    y = amount(table) > 0.5 if kind is bool else (20 * amount(table)).astype(kind)
    model = regressor().fit(pl.DataFrame(table), y)
    assert model.predict(pl.DataFrame(table)).dtype == np.float64
    assert model.score(pl.DataFrame(table), y) > 0.4


def test_numbers_are_predicted_in_their_units(table):
    y = 1e6 + 1e5 * amount(table)
    model = regressor().fit(pl.DataFrame(table), y)
    assert model.target_mean_ == pytest.approx(y.mean(), rel=1e-12)
    assert model.target_scale_ == pytest.approx(y.std(), rel=1e-12)
    assert abs(model.predict(pl.DataFrame(table)) - y).mean() < 0.5 * y.std()


def test_a_power_transform_of_the_target(table):
    y = np.exp(2 * amount(table))
    model = regressor(target_transform="power").fit(pl.DataFrame(table), y)
    guess = model.predict(pl.DataFrame(table))
    assert (guess >= y.min()).all()
    assert (guess <= y.max()).all()
    plain = regressor().fit(pl.DataFrame(table), y).predict(pl.DataFrame(table))
    # Relative errors are what it is for.
    assert np.abs(np.log(guess / y)).mean() < np.abs(np.log(plain.clip(y.min()) / y)).mean()


def test_rows_without_a_target_are_left_out(table, labels):
    y = labels.astype(object)
    y[::10] = None
    model = classifier().fit(pd.DataFrame(table), y)
    assert model.rows_without_target_ == 12
    known = np.flatnonzero(pd.notna(y))
    alone = classifier().fit(pd.DataFrame(table).iloc[known], y[known].astype(str))
    assert (model.parameters_ == alone.parameters_).all()
    weighted = classifier().fit(pd.DataFrame(table), y, sample_weight=np.arange(120) + 1.0)
    assert weighted.rows_without_target_ == 12


def test_columns_in_another_order_and_further_ones(fitted, table):
    frame = pl.DataFrame(table)
    other = frame.with_columns(more=pl.lit(1)).select("more", "flag", "colour", "b", "a")
    assert (fitted.predict_proba(other) == fitted.predict_proba(frame)).all()


def test_a_missing_column_is_named(fitted, table):
    with pytest.raises(DataError, match=r"got none named 'colour'\. Did you mean 'Colour'\?"):
        fitted.predict(pl.DataFrame(table).rename({"colour": "Colour"}))


def test_unseen_categories_and_missing_values_have_answers(fitted, table):
    frame = pl.DataFrame(table).with_columns(
        colour=pl.lit("violet"), a=pl.lit(None, pl.Float64), b=pl.lit(float("inf"))
    )
    answers = fitted.answers(frame)
    assert answers.encoded.unknown == {"colour": 120}
    assert answers.encoded.infinite == {"b": 120}
    assert np.isfinite(answers.probability).all()
    with pytest.warns(
        UnknownValuesWarning, match=r"in column 'b' \(120 of 120 rows\), 'colour' \(120"
    ):
        assert (answers.values == fitted.predict(frame)).all()


def test_column_kinds_are_the_users_to_say(table, labels):
    model = classifier(column_kinds={"flag": "ignore", "a": "categorical"})
    model.fit(pl.DataFrame(table), labels)
    assert model.encoder_.kinds_["flag"] == "ignore"
    assert model.encoder_.kinds_["a"] in ("categorical", "high-cardinality")


def test_the_seed_decides_the_bits(fitted, table, labels):
    again = classifier().fit(pl.DataFrame(table), labels)
    other = classifier(random_state=1).fit(pl.DataFrame(table), labels)
    assert (again.parameters_ == fitted.parameters_).all()
    assert (other.parameters_ != fitted.parameters_).any()


THREADS = """
import sys, numpy as np
from chainrule.tables import TableClassifier
X = np.random.default_rng(0).normal(size=(600, 4))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
bits = b""
for count in (1, 3):
    model = TableClassifier("fast", hidden_layer_sizes=(32,), epochs=2, n_ensemble=count,
                            random_state=0).fit(X, y)
    bits += model.parameters_.tobytes() + model.predict_proba(X).tobytes()
sys.stdout.buffer.write(bits)
"""


def test_the_number_of_threads_does_not_matter():
    found = {
        subprocess.run(
            [sys.executable, "-c", THREADS],
            capture_output=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize("how", ["file", "pickle", "copy"])
@pytest.mark.parametrize("make", [classifier, regressor])
def test_a_copy_answers_alike(table, make, how, tmp_path):
    frame = pl.DataFrame(table)
    y = amount(table) if make is regressor else (amount(table) > 0.5).astype(int)
    model = make(n_ensemble=2).fit(frame, y)
    # Once used, it holds networks with addresses in memory, which no copy may have.
    expected = model.predict(frame)
    if how == "file":
        model.save(tmp_path / "m")
        again = load(tmp_path / "m")
    else:
        again = copy.deepcopy(model) if how == "copy" else pickle.loads(pickle.dumps(model))
    assert not hasattr(again, "_forwards")
    assert (again.predict(frame) == expected).all()
    assert again.get_params() == model.get_params()


def test_a_fitted_model_stays_what_it_is_when_its_parameters_change(table, labels):
    model = classifier().fit(pl.DataFrame(table), labels)
    expected = model.predict_proba(pl.DataFrame(table))
    again = pickle.loads(pickle.dumps(model.set_params(hidden_layer_sizes=(3,), preset="mlp")))
    assert (again.predict_proba(pl.DataFrame(table)) == expected).all()
