import numpy as np
import polars as pl
import pytest

from chainrule import DataError, DivergenceError, TrainingInterruptedWarning
from chainrule.tables import TableModel, settings

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


def quick(target="label", **settings):
    return TableModel(target, **{"hidden": (8,), "epochs": 5, **settings})


@pytest.fixture(scope="module")
def classifier():
    return TableModel("label", hidden=(16,)).fit(pl.DataFrame(table()))


@pytest.fixture(scope="module")
def regressor():
    frame = pl.DataFrame(table()).drop("label")
    return TableModel("amount", hidden=(16,), learning_rate=0.01).fit(frame)


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


def test_rows_without_a_target_are_left_out_and_counted(classifier):
    report = classifier.report_
    assert (report["rows"], report["rows_without_target"]) == (300, 7)
    parts = ("rows_training", "rows_validation", "rows_held_out")
    assert sum(report[part] for part in parts) == 293
    # A fifth of 293, and 0.15 of the rest; rounded in each of two classes.
    assert abs(report["rows_held_out"] - 58.6) <= 1
    assert abs(report["rows_validation"] - 35.2) <= 1


def test_every_library_gives_the_same_model():
    models = [quick().fit(make(table())) for make in MAKERS.values()]
    first = models[0].network_.coefs_[0]
    assert all((model.network_.coefs_[0] == first).all() for model in models)


def test_the_seed_decides(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        quick(seed=seed).fit(pl.DataFrame(table())).save(tmp_path / name)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_the_encoder_learns_from_training_rows_only():
    frame = pl.DataFrame(table())
    model = quick().fit(frame)
    train, validation, held_out = model._split(
        np.array([label for label in table()["label"] if label is not None])
    )
    values = np.array(table()["a"])[7:]
    assert model.encoder_.columns_[0].mean == pytest.approx(values[train].mean(), rel=1e-12)
    assert not set(train) & (set(validation) | set(held_out))


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
    model = TableModel("y", hidden=(8,), learning_rate=0.01).fit(tmp_path / "t.csv")
    (tmp_path / "new.csv").write_text("code\n01\n30\n")
    assert model.predict(tmp_path / "new.csv").tolist() == ["a", "c"]


def test_few_rows_are_not_held_out():
    model = quick().fit(pl.DataFrame({"a": [1, 2, 3, 4], "label": ["x", "y", "x", "y"]}))
    assert model.report_["rows_training"] == 4
    assert model.report_["held_out"] is None


def test_a_class_of_one_row_and_many_classes():
    frame = pl.DataFrame({"a": range(50), "label": ["x"] * 25 + ["y"] * 24 + ["once"]})
    assert quick().fit(frame).classes_.tolist() == ["once", "x", "y"]


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ({"target": 3}, "target must be the name of a column"),
        ({"task": "foo"}, "task must be one of 'auto', .* got 'foo'. Choose one of these"),
        ({"task": "regresion"}, "got 'regresion'. Did you mean 'regression'"),
        ({"hidden": (0,)}, r"hidden must be whole numbers from 1 to 1,000,000, .* got \(0,\)"),
        ({"hidden": 64}, "hidden must be whole numbers"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"patience": 0}, "patience must be"),
        ({"batch_size": 0}, "batch_size must be 'auto' or a whole number of at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"alpha": -1}, "alpha must be a number of at least 0, got -1"),
        ({"test_fraction": 1.0}, "test_fraction must be .* below 1, got 1.0"),
        ({"validation_fraction": -0.1}, "validation_fraction must be"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"activation": "rellu"}, "activation must be one of .* got 'rellu'. Did you mean 'relu'"),
    ],
)
def test_settings(setting, rule):
    with pytest.raises(DataError, match=rule):
        quick(**setting).fit(pl.DataFrame(table()))


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


def test_divergence_names_the_epoch():
    with pytest.raises(DivergenceError, match=r"in epoch \d"):
        quick(learning_rate=1e30).fit(pl.DataFrame(table()))


def test_ctrl_c_keeps_what_was_learned():
    def interrupt(report):
        if report.epoch == 3:
            raise KeyboardInterrupt

    model = quick(epochs=100)
    with pytest.warns(TrainingInterruptedWarning, match="3 epochs"):
        model.fit(pl.DataFrame(table()), on_epoch=interrupt)
    assert model.report_["end"] == "interrupted"
    assert model.report_["epochs"] == 3
    assert model.report_["held_out"]["accuracy"] > 0


def test_how_training_ended():
    frame = pl.DataFrame(table())
    assert quick(epochs=2).fit(frame).report_["end"] == "all epochs done"
    ended = quick(epochs=500, patience=1, learning_rate=0.1).fit(frame).report_
    assert ended["end"] == "no more progress"
    assert ended["best_epoch"] <= ended["epochs"] < 500


def test_a_table_of_nothing_but_the_target():
    with pytest.raises(DataError, match=r"columns besides .* 'y', got none: no input columns are"):
        quick("y").fit(pl.DataFrame({"y": [0, 1] * 20}))


def test_a_network_too_large_for_memory_is_refused_before_training():
    many = quick(hidden=(50_000, 50_000))
    with pytest.raises(DataError, match=r"hidden must give at most .* got 2,500,450,002 from"):
        many.fit(pl.DataFrame(table()))


def test_the_memory_of_the_computer_limits_the_weights(monkeypatch):
    monkeypatch.setattr(settings, "memory", lambda: 1000)
    settings.check_size(6, (4,), 3)  # 43 weights
    with pytest.raises(DataError, match=r"at most 50 weights to fit in memory, got 53 from \(5,\)"):
        settings.check_size(6, (5,), 3)
