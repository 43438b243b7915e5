import numpy as np
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from chainrule import (
    DataError,
    DivergenceError,
    TrainingInterruptedWarning,
    UnknownValuesWarning,
    load,
)
from chainrule.tables import TableClassifier, TableModel, fit_checks

from .frames import MAKERS


def table(rows=300, seed=0):
    """Two numbers and a colour; `label` and `amount` follow from them, with some missing."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, rows))
    colour = random.choice(["red", "green"], rows)
    amount = 1000 + 50 * a - 20 * (colour == "red")
    label = np.where(a + (colour == "red") > 0.5, "up", "down").astype(object)
    label[:7] = None
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "colour": colour.tolist(),
        "amount": amount.tolist(),
        "label": label.tolist(),
    }


QUICK = {
    "preset": "fast",
    "n_ensemble": 1,
    "hidden_layer_sizes": (8,),
    "epochs": 3,
    "batch_size": 64,
}


def quick(target="label", *, task="auto", seed=0, test_fraction=0.2, **settings):
    return TableModel(
        target, task=task, seed=seed, test_fraction=test_fraction, settings=QUICK | settings
    )


@pytest.fixture(scope="module")
def classifier():
    return quick(epochs=30).fit(pl.DataFrame(table()))


@pytest.fixture(scope="module")
def regressor():
    return quick("amount", epochs=30).fit(pl.DataFrame(table()).drop("label"))


def test_it_learns_classes(classifier):
    held_out, trivial = classifier.report_["held_out"], classifier.report_["trivial"]
    assert classifier.task_ == "classification"
    assert held_out["accuracy"] > 0.85 > 0.75 > trivial["accuracy"]
    assert held_out["log_loss"] < trivial["log_loss"]


def test_it_learns_numbers_in_their_own_units(regressor):
    held_out = regressor.report_["held_out"]
    assert regressor.task_ == "regression"
    assert held_out["r2"] > 0.9
    prediction = regressor.predict(pl.DataFrame(table(seed=1)))
    assert abs(prediction.mean() - np.mean(table(seed=1)["amount"])) < 10


def test_predictions_on_new_rows(classifier):
    frame = pl.DataFrame(table(seed=1)).drop("label")
    labels, probability = classifier.predict(frame), classifier.predict_proba(frame)
    assert classifier.classes_.tolist() == ["down", "up"]
    assert (labels == classifier.classes_[probability.argmax(axis=1)]).all()
    # float32 rounding of two numbers that add to one.
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-6)


def test_all_answers_from_one_encoding(classifier, regressor):
    frame = pl.DataFrame(table(seed=1)).with_columns(colour=pl.lit("blue"))
    answers = classifier.answers(frame)
    with pytest.warns(UnknownValuesWarning, match=r"in column 'colour' \(300 of 300 rows\)"):
        assert (answers.values == classifier.predict(frame)).all()
    with pytest.warns(UnknownValuesWarning):
        assert (answers.probability == classifier.predict_proba(frame)).all()
    assert answers.encoded.unknown == {"colour": 300}
    numbers = regressor.answers(frame)
    with pytest.warns(UnknownValuesWarning):
        assert (numbers.values == regressor.predict(frame)).all()
    assert numbers.probability is None


def test_rows_without_a_target_are_left_out_and_counted(classifier):
    report = classifier.report_
    assert (report["rows"], report["rows_without_target"]) == (300, 7)
    assert report["rows_training"] + report["rows_held_out"] == 293
    # A fifth of 293, rounded in each of two classes.
    assert abs(report["rows_held_out"] - 58.6) <= 1


def test_its_parts_are_those_of_the_fit(classifier):
    parts = classifier.parts(pl.DataFrame(table()))
    assert len(parts.train[1]) == classifier.report_["rows_training"]
    labels = np.array(table()["label"])
    assert (labels[np.array(parts.row_numbers) - 1] == parts.held_out[1]).all()
    guess = classifier.predict(parts.held_out[0])
    assert (guess == parts.held_out[1]).mean() == classifier.report_["held_out"]["accuracy"]


def test_every_library_gives_the_same_model():
    models = [quick().fit(make(table())) for make in MAKERS.values()]
    first = models[0].model_.parameters_
    assert all((model.model_.parameters_ == first).all() for model in models)


def test_the_seed_decides(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        quick(seed=seed).fit(pl.DataFrame(table())).save(tmp_path / name)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_the_encoder_learns_from_training_rows_only():
    frame = pl.DataFrame(table())
    model = quick().fit(frame)
    train = model.parts(frame).train[0]
    whole = quick(test_fraction=0.0).fit(frame)
    centre = model.encoder_.columns_[0].scale.center
    assert centre == pytest.approx(np.median(train["a"].to_numpy()), rel=1e-6)
    assert centre != whole.encoder_.columns_[0].scale.center


def test_evaluation_counts_and_scores(classifier):
    result = classifier.evaluate(pl.DataFrame(table(seed=1)))
    assert (result["rows"], result["rows_without_target"]) == (300, 7)
    assert result["scores"]["accuracy"] > 0.85
    renamed = pl.DataFrame(table(seed=1)).with_columns(label=pl.lit("sideways"))
    assert classifier.evaluate(renamed)["scores"] == {"accuracy": 0.0}


def test_evaluation_needs_a_target(classifier):
    frame = pl.DataFrame(table())
    with pytest.raises(DataError, match=r"target must be a column of the table, got 'label'"):
        classifier.evaluate(frame.drop("label"))
    with pytest.raises(DataError, match=r"known for some rows, .* Use predict"):
        classifier.evaluate(frame.head(5))


def test_digits_that_are_levels_stay_text(tmp_path):
    code = ["01", "x2", "30"] * 40
    pl.DataFrame({"code": code, "y": ["a", "b", "c"] * 40}).write_csv(tmp_path / "t.csv")
    model = quick("y", epochs=30, batch_size=16).fit(tmp_path / "t.csv")
    (tmp_path / "new.csv").write_text("code\n01\n30\n")
    assert model.predict(tmp_path / "new.csv").tolist() == ["a", "c"]


def test_few_rows_are_not_held_out():
    model = quick().fit(pl.DataFrame({"a": [1, 2, 3, 4], "label": ["x", "y", "x", "y"]}))
    assert model.report_["rows_training"] == 4
    assert model.report_["held_out"] is None


def test_a_class_of_one_row_and_many_classes():
    # A wave, for whole numbers that only count up would name the rows.
    values = np.sin(np.arange(50))
    frame = pl.DataFrame({"a": values, "label": ["x"] * 25 + ["y"] * 24 + ["once"]})
    assert quick().fit(frame).classes_.tolist() == ["once", "x", "y"]


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ({"target": 3}, "target must be the name of a column"),
        ({"task": "foo"}, "task must be one of 'auto', .* got 'foo'. Choose one of these"),
        ({"task": "regresion"}, "got 'regresion'. Did you mean 'regression'"),
        ({"hidden_layer_sizes": (0,)}, r"hidden_layer_sizes must be whole numbers .* got \(0,\)"),
        ({"hidden_layer_sizes": "64"}, "hidden_layer_sizes must be whole numbers"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"patience": 3}, "settings must be one of .* got 'patience'"),
        ({"random_state": 3}, "settings must be one of .* got 'random_state'"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"learning_rate_init": 0.0}, "learning_rate_init must be a number above 0, got 0.0"),
        ({"learning_rate_init": float("nan")}, "learning_rate_init must be"),
        ({"weight_decay": -1}, "weight_decay must be a number of at least 0, got -1"),
        ({"test_fraction": 1.0}, "test_fraction must be .* below 1, got 1.0"),
        ({"validation_fraction": -0.1}, "validation_fraction must be"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"activation": "rellu"}, "activation must be one of .* got 'rellu'. Did you mean 'relu'"),
        ({"preset": "fats"}, "preset must be one of .* got 'fats'. Did you mean 'fast'"),
        ({"eval_metric": "acuracy"}, "eval_metric must be one of .* Did you mean 'accuracy'"),
        ({"target_transform": "power"}, "target_transform must be left out for classification"),
        ({"time_limit": 0}, "time_limit must be a number of seconds above 0, got 0"),
    ],
)
def test_settings(setting, rule):
    own = {name: setting.pop(name) for name in ("target",) if name in setting}
    with pytest.raises(DataError, match=rule):
        quick(own.get("target", "label"), **setting).fit(pl.DataFrame(table()))


def test_a_misspelt_target():
    with pytest.raises(DataError, match=r"got 'Lable'. Did you mean 'label'\?"):
        quick("Lable").fit(pl.DataFrame(table()))
    with pytest.raises(DataError, match=r"got 'zzz'. The columns are 'a', 'b', 'colour'"):
        quick("zzz").fit(pl.DataFrame(table()))


def test_no_probabilities_of_numbers(regressor):
    with pytest.raises(DataError, match=r"classification for probabilities, got regression"):
        regressor.predict_proba(pl.DataFrame(table()))
    with pytest.raises(AttributeError, match="no classes_"):
        _ = regressor.classes_


def test_divergence():
    with pytest.raises(DivergenceError, match=r"must stay finite"):
        quick(learning_rate_init=1e30, epochs=9).fit(pl.DataFrame(table()))


def test_ending_early_keeps_what_was_learned():
    def end(report):
        return report.epoch == 3

    model = quick(epochs=100)
    with pytest.warns(TrainingInterruptedWarning, match="1 of 1 networks are kept"):
        model.fit(pl.DataFrame(table()), on_progress=end)
    assert model.report_["end"] == "interrupted"
    assert model.report_["epochs"] == [3]
    assert model.report_["held_out"]["accuracy"] > 0


def test_how_training_ended():
    report = quick(epochs=2).fit(pl.DataFrame(table())).report_
    assert report["end"] == "all epochs done"
    short = quick(epochs=100_000, time_limit=0.2).fit(pl.DataFrame(table()))
    assert short.report_["end"] == "time limit over"
    # Its patience of 10 epochs is over long before.
    patient = {"preset": "mlp", "epochs": 10_000, "eval_metric": "balanced_accuracy"}
    assert quick(**patient).fit(pl.DataFrame(table())).report_["end"] == "stopped early"
    assert (report["networks"], report["epochs"]) == (1, [2])
    assert report["best_epochs"][0] in (1, 2)


def test_a_table_of_nothing_but_the_target():
    with pytest.raises(DataError, match=r"columns besides .* 'y', got none: no input columns are"):
        quick("y").fit(pl.DataFrame({"y": [0, 1] * 20}))


def test_a_network_too_large_for_memory_is_refused_before_training():
    many = quick(hidden_layer_sizes=(50_000, 50_000))
    with pytest.raises(DataError, match=r"hidden_layer_sizes must give at most .* got [\d,]{13}"):
        many.fit(pl.DataFrame(table()))


def test_the_memory_of_the_computer_limits_the_weights(monkeypatch):
    monkeypatch.setattr(fit_checks, "memory", lambda: 1000)
    with pytest.raises(DataError, match=r"at most 50 weights to fit in memory, got"):
        quick().fit(pl.DataFrame(table()))


def test_a_saved_model_answers_alike(classifier, tmp_path):
    frame = pl.DataFrame(table(seed=2))
    classifier.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert (again.predict_proba(frame) == classifier.predict_proba(frame)).all()
    assert again.report_ == classifier.report_


METHODS = ("predict", "predict_proba", "predict_log_proba", "score", "answers", "evaluate", "parts")


@pytest.mark.parametrize("method", METHODS)
def test_before_a_fit_there_are_no_answers(method):
    with pytest.raises(NotFittedError, match="This TableModel instance is not fitted yet"):
        getattr(TableModel("y"), method)(pl.DataFrame({"x": [1.0, 2.0]}))


def test_after_a_fit_that_failed_there_are_none_either():
    table = pl.DataFrame({"x": [1.0] * 30, "y": ["a", "b"] * 15})
    model, estimator = TableModel("y"), TableClassifier("fast")
    for broken, target in ((model, ()), (estimator, ("y",))):
        with pytest.raises(DataError, match="must have a column that differs"):
            broken.fit(table, *target)
        with pytest.raises(NotFittedError):
            broken.predict(table)
