"""The commands, each as a process of its own, on the table of the README."""

import os
import re

import polars as pl

import chainrule

from .conftest import FIT, PENGUINS, TINY


def score(text, name, column=0):
    """The model's score (0), or the trivial model's, the last of the line (-1)."""
    line = re.search(rf"^ *{name}  +(.*)$", text, re.M).group(1)
    return float(re.split(r"  +", line.strip())[column].replace(",", ""))


def test_fit_tells_the_whole_story(fitted):
    ended, path = fitted
    out = ended.stdout
    assert re.search(r"^data +penguins.csv: 344 rows$", out, re.M)
    assert re.search(
        r"^target +species, 3 classes: Adelie 44%, Chinstrap 20%, Gentoo 36%$", out, re.M
    )
    assert re.search(r"island +categorical +3 levels$", out, re.M)
    assert re.search(r"^network +preset fast: 16, parametric_selu, [\d,]+ weights$", out, re.M)
    assert re.search(r"^training +275 rows, 20 epochs \(all epochs done; kept \d+\)", out, re.M)
    assert re.search(r"^saved +model.chainrule, [\d,]+ bytes$", out, re.M)
    assert "Of 69 rows not seen in training, the model names" in out
    assert score(out, "accuracy") > 0.9 > 0.5 > score(out, "accuracy", -1)
    assert f"chainrule predict model.chainrule {PENGUINS}" in out
    assert re.search(r"^epoch 1/20  loss \S+  validation accuracy \S+$", ended.stderr, re.M)
    assert path.exists()


def test_the_next_command_works_as_printed(fitted):
    import shlex
    import subprocess
    import sys

    ended, path = fitted
    command = re.search(r"^next +chainrule (.*)$", ended.stdout, re.M).group(1)
    program = [sys.executable, "-m", "chainrule", *shlex.split(command)]
    subprocess.run(program, cwd=path.parent, check=True, capture_output=True)
    predictions = pl.read_csv(path.parent / "predictions.csv")
    truth = pl.read_csv(PENGUINS)["species"]
    assert predictions.columns == ["species"]
    assert (predictions["species"] == truth).mean() > 0.9


def test_probabilities_to_the_screen_are_those_of_python(fitted, program):
    out = program("predict", fitted[1], PENGUINS, "--proba", "--out", "-").stdout
    table = pl.read_csv(out.encode())
    model = chainrule.load(fitted[1])
    assert table.columns[1:] == [f"probability of {name}" for name in model.classes_]
    assert (table[:, 1:].to_numpy() == model.predict_proba(PENGUINS).astype(float)).all()


def test_evaluate(fitted, program):
    out = program("evaluate", fitted[1], PENGUINS).stdout
    assert "data      344 rows of penguins.csv, to predict species" in out
    assert "275 rows in training, 344 scored" in out
    assert re.search(r"^Of 344 rows, the model names 3\d\d right: (9\d|100)\.\d %", out, re.M)
    assert "not seen" not in out
    assert "held" not in out
    assert score(out, "accuracy") > 0.9
    low, high = map(float, re.search(r"accuracy +\S+ +(\S+) to (\S+)", out).groups())
    assert low < score(out, "accuracy") <= high
    # The most frequent class is 152 of 344 rows; it is 122 of the 275 of training.
    assert score(out, "accuracy", -1) == 0.4419
    assert re.search(r"^Adelie +12\d +44\.\d % +152 ", out, re.M)
    for section in ("True class (down)", "Calibration:", "Importance of the columns", "Learning"):
        assert section in out
    assert "Rows it is most wrong about" in out
    assert "logistic regression" not in out  # it would have to be fitted on rows of training
    quiet = program("evaluate", fitted[1], PENGUINS, "--quiet").stdout
    names = ["accuracy", "balanced accuracy", "AUC", "log loss", "Brier score"]
    assert [line.split("  ")[0] for line in quiet.splitlines()] == names
    shown = [re.split("  +", line) for line in out.splitlines()]
    assert all(re.split("  +", line) in shown for line in quiet.splitlines())


def test_evaluate_writes_a_page(fitted, program, tmp_path):
    table = pl.read_csv(PENGUINS, null_values="")
    table.with_columns(species=pl.when(pl.int_range(pl.len()) > 0).then("species")).write_csv(
        tmp_path / "new.csv"
    )
    out = program("evaluate", fitted[1], "new.csv", "--report", "new.html").stdout
    assert "343 rows of new.csv, 1 more left out (no target)" in out
    assert out.splitlines()[-1] == "report    new.html"
    page = (tmp_path / "new.html").read_text()
    assert "Scores on the rows given" in page
    assert "343 scored" in page
    assert "logistic regression" not in page
    quiet = program("evaluate", fitted[1], "new.csv", "--report", "again.html", "-q").stdout
    assert len(quiet.splitlines()) == 5
    assert (tmp_path / "again.html").read_text() == page


def test_the_rows_most_wrong_are_numbered_as_in_the_file(fitted, program, tmp_path):
    table = pl.read_csv(PENGUINS, null_values="")
    # A row without a target comes first; the last is given a wrong one.
    at = pl.int_range(pl.len())
    species = pl.when(at == 343).then(pl.lit("Adelie")).when(at > 0).then("species")
    table.with_columns(species=species).write_csv(tmp_path / "new.csv")
    out = program("evaluate", fitted[1], "new.csv").stdout
    worst = out.split("Rows it is most wrong about")[1]
    assert re.search(r"^ *344 +Adelie +Gentoo +", worst, re.M)


def test_labels_that_training_did_not_have_count_as_wrong(fitted, program, tmp_path):
    renamed = pl.read_csv(PENGUINS, null_values="").with_columns(species=pl.lit("Emperor"))
    renamed.write_csv(tmp_path / "new.csv")
    out = program("evaluate", fitted[1], "new.csv").stdout
    caution = "Some labels were not in training: 'Emperor' (344 rows). They count as wrong"
    assert caution in " ".join(out.split())
    assert score(out, "accuracy") == 0
    assert "log loss" not in out
    quiet = program("evaluate", fitted[1], "new.csv", "--quiet")
    assert quiet.stderr.startswith(f"chainrule: note: {caution}")
    assert len(quiet.stderr.splitlines()) == 1
    assert "Some labels" not in quiet.stdout


def test_inspect(fitted, program):
    out = program("inspect", fitted[1]).stdout
    assert "TableModel in" in out
    assert re.search(r"island +categorical +3 levels$", out, re.M)
    assert re.search(r"^settings +preset fast, .*epochs 20", out, re.M)
    assert re.search(r"^network +preset fast: 16, parametric_selu, [\d,]+ weights$", out, re.M)
    assert re.search(r"^recipe +adamw, learning rate \S+ \(\w+\), batch 32", out, re.M)
    assert "on 69 rows held out" in out
    assert re.search(r"^curves +loss +\S+ [▁-█]+ \S+\n +validation accuracy \S+ [▁-█]+", out, re.M)


def test_a_regression_and_its_evaluation(program, tmp_path):
    options = ("--metric", "r2", "--ignore", "species", "--ensemble", "2", "--no-calibrate")
    small = ("--preset", "fast", "--hidden", "16", "--epochs", "20", "--batch-size", "64")
    refused = program("fit", PENGUINS, "-t", "body_mass_g", *small, *options, expect=2)
    assert "calibrate must be left out for regression, got False" in refused.stderr
    ended = program("fit", PENGUINS, "-t", "body_mass_g", "-o", "m", *small, *options[:-1])
    guess = r"regression \(as the numbers look; --task to change\), 2,700 to 6,300, mean 4,\d{3}, "
    assert re.search(guess, ended.stdout)
    assert "network   preset fast: 2 networks of 16, parametric_mish" in ended.stdout
    assert re.search(
        r"^network [12]/2  epoch 1/20  loss \S+  validation r2 \S+", ended.stderr, re.M
    )
    shown = program("inspect", "m").stdout
    assert re.search(r"body_mass_g, regression, 2,700 to 6,300, mean 4,\d{3}", shown)
    assert "--task" not in shown
    assert "validation r2" in shown
    assert "species" not in shown
    out = program("evaluate", "m", PENGUINS).stdout
    assert "342 rows of penguins.csv, 2 more left out (no target), to predict body_mass_g" in out
    assert "Quantiles of the errors" in out
    assert "Rows it is most wrong about" in out
    assert "training   " not in out  # of those targets the model remembers the mean alone
    assert score(out, "R squared") > 0.5
    assert abs(score(out, "R squared", -1)) < 0.05
    assert score(out, "RMSE") < score(out, "RMSE", -1)


def test_quiet_prints_nothing_even_when_it_compiles(program, tmp_path):
    # An empty cache: every program must be compiled.
    cache = {"CHAINRULE_CACHE_DIR": str(tmp_path / "cache")}
    ended = program("fit", PENGUINS, "-t", "species", *TINY, "-q", **cache)
    assert (ended.stdout, ended.stderr) == ("", "")
    assert any((tmp_path / "cache").iterdir())


def test_the_same_command_gives_the_same_file(fitted, program, tmp_path):
    program(*FIT, "-q", OMP_NUM_THREADS="1")
    assert (tmp_path / "model.chainrule").read_bytes() == fitted[1].read_bytes()


def test_how_numbers_are_embedded_can_be_said(program, tmp_path):
    program("fit", PENGUINS, "-t", "species", "-q", *TINY, "--embeddings", "ple")
    assert chainrule.load(tmp_path / "model.chainrule").model_.fitted_recipe().embeddings == "ple"


def test_the_target_can_be_transformed_and_more_of_the_network_be_said(program, tmp_path):
    table = ("fit", PENGUINS, "-q", *TINY, "--weight-decay", "0.05")
    program(*table, "-t", "body_mass_g", "--target-transform", "power")
    model = chainrule.load(tmp_path / "model.chainrule").model_
    assert model.target_power_ is not None
    assert model.fitted_recipe().weight_decay == 0.05
    program(*table, "-t", "species", "--label-smoothing", "0.25", "--force")
    plan = chainrule.load(tmp_path / "model.chainrule").model_.fitted_recipe()
    assert plan.label_smoothing == 0.25


def test_what_a_column_is_can_be_said(program):
    kinds = ("--kind", "body_mass_g=categorical", "--kind", "sex=ignore")
    out = program("fit", PENGUINS, "-t", "species", *TINY, *kinds).stdout
    assert re.search(r"body_mass_g +(categorical|high-cardinality) ", out)
    assert re.search(r"sex +\S+ +left out", out)


def test_a_page(program, tmp_path):
    options = ("--balanced", "--cv", "2", "--test-fraction", "0.5", "--time-limit", "60")
    out = program("fit", PENGUINS, "-t", "species", *TINY, *options, "--report", "r.html").stdout
    page = (tmp_path / "r.html").read_text()
    assert page.lstrip().startswith("<!doctype html>")
    assert "species" in page
    assert re.search(r"^report +r.html$", out, re.M)
    assert "2 networks of 8" in out


def test_no_rows_held_out(program):
    out = program("fit", PENGUINS, "-t", "species", *TINY, "--test-fraction", "0").stdout
    assert "none: no rows were held out (too few, or --test-fraction 0)" in out
    assert re.search(r"^next ", out, re.M)


def test_a_reader_that_goes_away_early(fitted, tmp_path):
    import subprocess
    import sys

    command = f"{sys.executable} -m chainrule predict {fitted[1]} {PENGUINS} --out - | head -n 1"
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert ended.stdout == "species\n"
    assert ended.stderr == ""
