"""The four commands, each as a process of its own, on the table of the README."""

import os
import re

import polars as pl

import chainrule

from .conftest import PENGUINS


def score(text, name, column=0):
    return float(re.search(rf"{name} +(\S+) +(\S+)", text).groups()[column])


def test_fit_tells_the_whole_story(fitted):
    ended, path = fitted
    out = ended.stdout
    assert re.search(r"^data +penguins.csv: 344 rows$", out, re.M)
    assert "2 categorical, 4 numeric: 14 inputs" in out
    assert "3 classes: Adelie, Chinstrap, Gentoo" in out
    assert "14-64-64-3, relu, softmax output, 5,315 weights" in out
    assert "rows held out, never seen in training" in out
    assert score(out, "accuracy") > 0.95 > 0.5 > score(out, "accuracy", 1)
    assert score(out, "log loss") < 0.2 < 1 < score(out, "log loss", 1)
    assert f"chainrule predict model.chainrule {PENGUINS}" in out
    assert re.search(r"^epoch 1/200  loss \S+  validation accuracy \S+$", ended.stderr, re.M)
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
    assert (predictions["species"] == truth).mean() > 0.95


def test_probabilities_to_the_screen_are_those_of_python(fitted, program):
    out = program("predict", fitted[1], PENGUINS, "--proba", "--out", "-").stdout
    table = pl.read_csv(out.encode())
    model = chainrule.load(fitted[1])
    assert table.columns[1:] == [f"probability of {name}" for name in model.classes_]
    assert (table[:, 1:].to_numpy() == model.predict_proba(PENGUINS).astype(float)).all()


def test_other_kinds_of_output_and_unknown_levels(fitted, program, tmp_path):
    renamed = pl.read_csv(PENGUINS, null_values="").with_columns(island=pl.lit("Atlantis"))
    renamed.write_parquet(tmp_path / "new.parquet")
    ended = program("predict", fitted[1], "new.parquet", "--out", "p.parquet")
    assert "column 'island' has 344 values that training did not have" in ended.stderr
    assert "344 predictions of species in p.parquet" in ended.stdout
    assert pl.read_parquet(tmp_path / "p.parquet").height == 344


def test_evaluate(fitted, program):
    out = program("evaluate", fitted[1], PENGUINS).stdout
    assert "species of 344 rows of penguins.csv" in out
    assert score(out, "accuracy") > 0.95
    quiet = program("evaluate", fitted[1], PENGUINS, "--quiet").stdout
    assert [line.split("  ")[0] for line in quiet.splitlines()] == ["accuracy", "log loss"]
    assert all(line in out for line in quiet.splitlines())


def test_inspect(fitted, program):
    out = program("inspect", fitted[1]).stdout
    assert "TableModel in" in out
    assert re.search(r"island +categorical +3 levels$", out, re.M)
    assert re.search(r"sex +categorical +2 levels, missing as a level of its own", out)
    assert "dense 14 to 64, relu, 960 weights, float32" in out
    assert "dense 64 to 3, softmax, 195 weights, float32" in out
    assert re.search(r"^curves +loss +\S+ █[▁-█]+▁ \S+\n +validation accuracy \S+ ▁", out, re.M)


def test_a_regression_and_its_evaluation(program, tmp_path):
    command = ("fit", PENGUINS, "-t", "body_mass_g", "-o", "m", "--ignore", "species")
    ended = program(*command)
    guess = r"regression \(as the numbers look; --task to change\), mean 4,\d{3}, "
    assert re.search(guess + r".* \(the loss is in standardised units\)", ended.stdout)
    assert re.search(r"^epoch 1/200  loss \S+  validation R2 \S+$", ended.stderr, re.M)
    shown = program("inspect", "m").stdout
    assert re.search(r"body_mass_g, regression, mean 4,\d{3}", shown)
    assert "--task" not in shown
    assert "validation R2" in shown
    assert "species" not in shown
    out = program("evaluate", "m", PENGUINS).stdout
    assert "body_mass_g of 342 rows of penguins.csv, 2 more left out (no target)" in out
    assert score(out, "R squared") > 0.7
    assert abs(score(out, "R squared", 1)) < 0.05
    assert score(out, "RMSE") < score(out, "RMSE", 1)


def test_quiet_prints_nothing_even_when_it_compiles(program, tmp_path):
    # An empty cache: every program must be compiled.
    cache = {"CHAINRULE_CACHE_DIR": str(tmp_path / "cache")}
    command = ("fit", PENGUINS, "-t", "species", "--hidden", "3", "--epochs", "1", "-q")
    ended = program(*command, **cache)
    assert (ended.stdout, ended.stderr) == ("", "")
    assert any((tmp_path / "cache").iterdir())


def test_the_same_command_gives_the_same_file(fitted, program, tmp_path):
    program("fit", PENGUINS, "-t", "species", "-q", OMP_NUM_THREADS="1")
    assert (tmp_path / "model.chainrule").read_bytes() == fitted[1].read_bytes()
    # A chainrule model may be replaced without asking.
    program("fit", PENGUINS, "-t", "species", "-q", "--seed", "1", "--epochs", "2")
    assert (tmp_path / "model.chainrule").read_bytes() != fitted[1].read_bytes()


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
