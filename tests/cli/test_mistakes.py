"""The user's mistakes: status 2, one message, no traceback, nothing written."""

import os
import subprocess
import sys

import pytest

from chainrule import MLPClassifier

from .conftest import PENGUINS, TINY

FIT = ("fit", PENGUINS, "--target", "species", *TINY)
TUNE = ("tune", PENGUINS, "--target", "species")
# Each is a process; the messages' variants are tested in tests/tables.
MISTAKES = {
    "missing file": (("fit", "no.csv", "-t", "a"), "data must be an existing file, got 'no.csv'"),
    "misspelt target": (("fit", PENGUINS, "-t", "Specie"), "Did you mean 'species'?"),
    "no target": (("fit", PENGUINS), "Missing option '--target'"),
    "ragged": (("fit", "ragged.csv", "-t", "a"), "got 1 in line 3 of 'ragged.csv'"),
    "one class": (("fit", "one.csv", "-t", "b"), "must have at least 2 different classes, got on"),
    # The table is broken too: these and the next must be found before it is read.
    "task": (
        ("fit", "ragged.csv", "-t", "a", "--task", "regresion"),
        "got 'regresion'. Did you mean 'regression'?",
    ),
    "activation": (
        ("fit", "ragged.csv", "-t", "a", "--activation", "rellu"),
        "got 'rellu'. Did you mean 'relu'",
    ),
    "target transform": (
        ("fit", "ragged.csv", "-t", "a", "--target-transform", "powr"),
        "--target-transform must be one of 'power', got 'powr'. Did you mean 'power'",
    ),
    "a transform of labels": (
        (*FIT, "--target-transform", "power"),
        "--target-transform must be left out for classification, got 'power'",
    ),
    "a weight decay below 0": (
        (*FIT, "--weight-decay", "-1"),
        "--weight-decay must be a number of at least 0, got -1.0",
    ),
    "embeddings": (
        ("fit", "ragged.csv", "-t", "a", "--embeddings", "plbd"),
        "embeddings must be one of 'none', 'pbld', 'plr', 'ple', got 'plbd'. Did you mean 'pbld'",
    ),
    "epochs": (("fit", "ragged.csv", "-t", "a", "--epochs", "0"), "epochs must be a whole number"),
    "batch of 0": ((*FIT, "--batch-size", "0"), "--batch-size must be a whole number"),
    "hidden": ((*FIT, "--hidden", "6,x"), "hidden must be whole numbers with commas between"),
    "not a model": ((*FIT, "--out", "ragged.csv"), "out must not name a file that exists, got"),
    "itself": (
        ("fit", "ragged.csv", "-t", "a", "-o", "ragged.csv"),
        "out must not be the data its",
    ),
    "no such folder": ((*FIT, "--out", "no/m"), "out must be in an existing folder"),
    "a way through no such folder": (
        (*FIT, "--out", "no/../m"),
        "out must be in an existing folder, got 'no/../m'. Make no/.. first.",
    ),
    "the screen": ((*FIT, "--out", "-"), "out must be a file, got '-': it is not written to the"),
    "divergence": (
        (*FIT, "--learning-rate", "1e30", "--batch-size", "16", "--epochs", "9"),
        "pass a smaller --learning-rate",
    ),
    "preset": (("fit", "ragged.csv", "-t", "a", "-p", "fats"), "got 'fats'. Did you mean 'fast'?"),
    "metric": (
        ("fit", "ragged.csv", "-t", "a", "--metric", "acuracy"),
        "got 'acuracy'. Did you mean 'accuracy'",
    ),
    "metric of another task": ((*FIT, "--metric", "r2"), "--metric must be able to score this"),
    "kind": (("fit", "ragged.csv", "-t", "a", "--kind", "b"), "kind must be COLUMN=KIND, got 'b'"),
    "unknown kind": ((*FIT, "--kind", "sex=numbers"), "--kind must give one of"),
    "kind of no column": ((*FIT, "--kind", "Sex=text"), "kind must be a column of the table, got"),
    "two kinds": (
        ("fit", "ragged.csv", "-t", "a", "--kind", "b=text", "--kind", "b=numeric"),
        "kind must be given once for a column, got 'text' and 'numeric' for 'b'. Choose one",
    ),
    "a kind and ignored": (
        ("fit", "ragged.csv", "-t", "a", "--ignore", "b", "--kind", "b=numeric"),
        "ignore must not name a column that --kind is given for, got 'b' for both. Choose one",
    ),
    "setting of another task": (
        ("fit", PENGUINS, "-t", "body_mass_g", "--balanced"),
        "--balanced must be left out for regression",
    ),
    "a page of no rows": (
        ("fit", "ragged.csv", "-t", "a", "--report", "r.html", "--test-fraction", "0"),
        "report must have rows to report on, got --test-fraction 0",
    ),
    "the page is the model": (
        ("fit", "ragged.csv", "-t", "a", "--report", "m", "-o", "m"),
        "report must not be the model itself",
    ),
    "the page is a table of the user's": (
        ("fit", "ragged.csv", "-t", "a", "--report", "one.csv"),
        "report must not name a file that exists, got 'one.csv'",
    ),
    "the page is the table": (
        ("evaluate", "m", "one.csv", "--report", "one.csv"),
        "report must not be the data itself, got 'one.csv'",
    ),
    "the page of an evaluation is a table of the user's": (
        ("evaluate", "m", "one.csv", "--report", "ragged.csv"),
        "report must not name a file that exists, got 'ragged.csv'",
    ),
    "a page that is text": (
        ("fit", "ragged.csv", "-t", "a", "--report", "page.txt"),
        "report must end in .html, got 'page.txt'",
    ),
    "a page of a search that is a picture": (
        (*TUNE, "--report", "page.pdf"),
        "report must end in .html, got 'page.pdf'",
    ),
    "a page of an evaluation that is text": (
        ("evaluate", "m", "one.csv", "--report", "page.txt"),
        "report must end in .html, got 'page.txt'",
    ),
    "no trials": ((*TUNE, "--trials", "0"), "trials must be a whole number of at least 1, got 0"),
    "one part": ((*TUNE, "--cv", "1"), "cv must be a whole number of at least 2, got 1"),
    "no time": (
        (*TUNE, "--time-limit", "0"),
        "--time-limit must be a number of seconds above 0, got 0",
    ),
    "less than no time": (
        (*TUNE, "--time-limit", "-5"),
        "--time-limit must be a number of seconds above 0, got -5",
    ),
    "a time that is no number": (
        (*TUNE, "--time-limit", "nan"),
        "--time-limit must be a number of seconds above 0, got nan",
    ),
    "no study": ((*TUNE, "--study", "one.csv"), "study must be a file that chainrule tune made"),
    "device": ((*FIT, "--out", "/dev/full"), "out must be a regular file, got '/dev/full'"),
    "device, with force": ((*FIT, "-o", "/dev/null", "--force"), "out must be a regular file"),
    "long name": ((*FIT, "--out", "m" * 300), "(File name too long)"),
    "long name of data": (("fit", "d" * 300 + ".csv", "-t", "a"), "(File name too long)"),
    "too many units": ((*FIT, "--hidden", "9" * 20), "--hidden must give at most"),
    "too many weights": ((*FIT, "--hidden", "50000,50000"), "weights to fit in memory, got 2,5"),
    "target ignored": ((*FIT, "--ignore", "species"), "ignore must not name the target, got 'spe"),
    "the page is there": (
        ("evaluate", "m", "one.csv", "--report", "there.html"),
        "report must not name a file that exists, got 'there.html'",
    ),
    "no model": (("predict", "no", PENGUINS), "path must be a model file, got 'no', which does"),
    # Of several mistakes the model's is told.
    "a table for the model": (
        ("predict", "one.csv", "one.csv", "-o", "ragged.csv"),
        "path must be a chainrule model file",
    ),
    "command": (("frobnicate",), "No such command 'frobnicate'"),
}


@pytest.mark.parametrize(("args", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake(program, tmp_path, args, message):
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    (tmp_path / "one.csv").write_text("a,b\n1,x\n2,x\n3,x\n")
    (tmp_path / "there.html").write_text("mine")
    ended = program(*args, expect=2)
    assert message in ended.stderr
    assert ended.stdout == ""
    assert {path.name for path in tmp_path.iterdir()} == {"ragged.csv", "one.csv", "there.html"}


def test_predict_writes_over_nothing_unless_asked_to(fitted, program, tmp_path):
    # As the predictions would begin: it may be the truth, collected by hand.
    truth = tmp_path / "truth.csv"
    truth.write_text("species\nAdelie\n")
    ended = program("predict", fitted[1], PENGUINS, "-o", "truth.csv", expect=2)
    assert "out must not name a file that exists, got 'truth.csv'" in ended.stderr
    assert truth.read_text() == "species\nAdelie\n"
    program("predict", fitted[1], PENGUINS, "-o", "truth.csv", "--force")
    assert len(truth.read_text().splitlines()) == 345


def test_fit_writes_over_nothing_unless_asked_to(fitted, program, tmp_path):
    before = fitted[1].read_bytes()
    (tmp_path / "model.chainrule").write_bytes(before)
    ended = program("fit", PENGUINS, "-t", "species", *TINY, expect=2)
    assert "out must not name a file that exists, got 'model.chainrule'" in ended.stderr
    assert (tmp_path / "model.chainrule").read_bytes() == before
    program("fit", PENGUINS, "-t", "species", "-q", "--seed", "1", *TINY, "--force")
    assert (tmp_path / "model.chainrule").read_bytes() != before


def test_a_pipe_is_refused_as_the_place_of_the_model(program, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    ended = program(*FIT, "--out", "pipe", expect=2)
    assert "out must be a regular file, got 'pipe'" in ended.stderr
    assert (tmp_path / "pipe").is_fifo()


def test_what_a_page_needs_is_looked_for_before_training(program, tmp_path):
    (tmp_path / "jinja2.py").write_text("raise ImportError\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    ended = program(
        "fit", "ragged.csv", "-t", "a", "--report", "r.html", expect=2, PYTHONPATH=str(tmp_path)
    )
    assert "jinja2 must be installed for a report as a page" in ended.stderr
    assert 'pip install "chainrule[report]"' in ended.stderr


def test_optuna_is_looked_for_before_anything_is_read(program, tmp_path):
    (tmp_path / "optuna.py").write_text("raise ImportError\n")
    ended = program("tune", "no.csv", "-t", "a", expect=2, PYTHONPATH=str(tmp_path))
    assert "optuna must be installed for a search" in ended.stderr
    assert 'pip install "chainrule[tune]"' in ended.stderr


def test_a_column_is_lacking(fitted, program, tmp_path):
    (tmp_path / "new.csv").write_text("Island,sex,species\nDream,MALE,Adelie\n")
    for command in ("predict", "evaluate"):
        ended = program(command, fitted[1], "new.csv", expect=2)
        assert "got none named 'island'" in ended.stderr
        assert "Did you mean 'Island'?" in ended.stderr


def test_a_bare_estimator_can_be_inspected_but_not_used(program, tmp_path):
    MLPClassifier((3,)).save(tmp_path / "bare")
    assert "MLPClassifier in bare" in program("inspect", "bare").stdout
    ended = program("predict", "bare", PENGUINS, expect=2)
    assert "model must be one of tables, made by `chainrule fit` or saved by" in ended.stderr


def test_an_internal_failure_has_status_1(program, tmp_path):
    (tmp_path / "polars.py").write_text("raise RuntimeError('broken')\n")
    ended = program(*FIT, expect=1, PYTHONPATH=str(tmp_path))
    assert "internal failure, RuntimeError: broken" in ended.stderr
    assert "CHAINRULE_TRACEBACK=1" in ended.stderr


def test_a_stream_is_no_place_though_a_file_be_behind_it(tmp_path):
    theirs = tmp_path / "theirs.txt"
    command = [sys.executable, "-m", "chainrule", *map(str, FIT), "-o", "/dev/stdout", "--force"]
    with theirs.open("w") as stream:
        ended = subprocess.run(
            command, stdout=stream, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path
        )
    assert ended.returncode == 2
    assert "out must be a regular file, got '/dev/stdout'" in ended.stderr
    assert theirs.read_text() == ""
    assert list(tmp_path.iterdir()) == [theirs]
