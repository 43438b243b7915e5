"""Files of a `TableClassifier` or `TableRegressor` that was saved in Python, for the commands."""

import polars as pl
import pytest

from chainrule.tables import TableClassifier, TableRegressor

from .conftest import PENGUINS

SMALL = {"n_ensemble": 1, "hidden_layer_sizes": (16,), "batch_size": 32, "random_state": 0}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Models of the penguins' species and of their mass, each with what it predicts."""
    folder = tmp_path_factory.mktemp("python")
    table = pl.read_csv(PENGUINS)
    models = {
        "species": TableClassifier("fast", epochs=20, **SMALL).fit(table, "species"),
        "body_mass_g": TableRegressor("fast", epochs=20, **SMALL).fit(PENGUINS, "body_mass_g"),
    }
    for target, model in models.items():
        model.save(folder / f"{target}.chainrule")
    return folder, {target: model.predict(table).tolist() for target, model in models.items()}


@pytest.mark.parametrize("target", ["species", "body_mass_g"])
def test_predictions_are_those_of_python(program, saved, tmp_path, target):
    folder, answers = saved
    out = program("predict", folder / f"{target}.chainrule", PENGUINS).stdout
    assert out == "344 predictions in predictions.csv\n"
    found = pl.read_csv(tmp_path / "predictions.csv")
    assert found.columns == ["prediction"]
    if target == "species":
        assert found["prediction"].to_list() == answers[target]
    else:  # blocks of rows: float32 rounding
        assert found["prediction"].to_list() == pytest.approx(answers[target], rel=1e-5)


def test_probabilities_have_the_names_of_the_classes(program, saved):
    out = program("predict", saved[0] / "species.chainrule", PENGUINS, "--proba", "--out", "-")
    assert out.stdout.startswith("prediction,probability of Adelie,probability of Chinstrap,")


@pytest.mark.parametrize(
    ("target", "score", "trivial"), [("species", "accuracy", "0.4419"), ("body_mass_g", "RMSE", "")]
)
def test_evaluation_beside_the_trivial_model_of_training(program, saved, target, score, trivial):
    model = saved[0] / f"{target}.chainrule"
    out = program("evaluate", model, PENGUINS, "--target", target, "--quiet").stdout
    line = next(line for line in out.splitlines() if line.startswith(score))
    assert line.endswith(trivial)  # 152 Adelies of 344
    whole = program("evaluate", model, PENGUINS, "--target", target).stdout
    assert f"to predict {target}" in whole


def test_evaluation_needs_the_targets_name(program, saved, fitted):
    model = saved[0] / "species.chainrule"
    message = program("evaluate", model, PENGUINS, expect=2).stderr
    assert "target must be given for a TableClassifier saved in Python" in message
    message = program("evaluate", model, PENGUINS, "--target", "weight", expect=2).stderr
    assert "weight" in message
    message = program("evaluate", fitted[1], PENGUINS, "--target", "island", expect=2).stderr
    assert "target must be 'species', which the model has learned, got 'island'." in message
    program("evaluate", fitted[1], PENGUINS, "--target", "species", "--quiet")


def test_an_estimator_that_is_not_fitted(program, tmp_path):
    TableClassifier().save(tmp_path / "empty")
    message = program("predict", "empty", PENGUINS, expect=2).stderr
    assert "model must be fitted, got a TableClassifier that is not. Fit it" in message


@pytest.mark.parametrize("target", ["species", "body_mass_g"])
def test_inspection(program, saved, target):
    out = program("inspect", saved[0] / f"{target}.chainrule").stdout
    assert "preset fast: 16, " in out
    assert "island" in out
