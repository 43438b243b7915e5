"""A disk that is full, or a place that is taken, when the work is done: the user hears of it."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import chainrule
from chainrule.cli import evaluate as evaluating
from chainrule.cli import fitting
from chainrule.cli.writing import writing
from chainrule.exceptions import DataError, ModelFileError

from .conftest import PENGUINS

resource = pytest.importorskip("resource")


def limited(folder, *args, most):
    """Run the program where no file may have more than so many bytes."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    # Without byte code, of which Python would keep what fits.
    command = [sys.executable, "-B", "-m", "chainrule", *map(str, args)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", check=False, preexec_fn=limit
    )


def test_a_page_that_cannot_be_written(fitted, tmp_path):
    ended = limited(tmp_path, "evaluate", fitted[1], PENGUINS, "--report", "r.html", most=4096)
    assert ended.returncode == 2
    assert (
        "report must be a file that can be written, got 'r.html' (File too large)" in ended.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_a_study_that_cannot_be_written(tmp_path):
    ended = limited(tmp_path, "tune", PENGUINS, "-t", "species", "--study", "s", most=200)
    assert ended.returncode == 2
    assert "study must be a file that can be written, got 's' (File too large)" in ended.stderr
    assert not (tmp_path / "model.chainrule").exists()


def job(out, force=False) -> fitting.Job:
    return fitting.Job(
        PENGUINS, "species", out, None, "fast", "auto", None, None, 0.2, 0, True, force
    )


class Unsaved:
    """A trained model on a disk that has room only for one folder."""

    def __init__(self, room: Path) -> None:
        self.room = room

    def save(self, path, *, replace=True) -> None:
        if Path(path).parent != self.room:
            raise ModelFileError(f"path must be a file that can be written, got {path!r}.")
        Path(path).write_text("saved")


def test_a_model_without_a_place_is_saved_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ModelFileError, match=r"must be a file that can be written.*is in") as told:
        job(Path("m.chainrule"))._save(Unsaved(room=tmp_path))
    (spare,) = tmp_path.iterdir()
    assert str(spare) in str(told.value)
    assert spare.read_text() == "saved"


def test_a_model_without_any_place_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting.tempfile, "tempdir", str(tmp_path / "no"))
    with pytest.raises(ModelFileError, match="could not be saved anywhere else either"):
        job(Path("m.chainrule"))._save(Unsaved(room=tmp_path))


def test_a_file_that_came_while_training_is_not_replaced(fitted, tmp_path, monkeypatch):
    """As when two commands were started with the same --out."""
    monkeypatch.setattr(fitting.tempfile, "tempdir", str(tmp_path))
    model, theirs = chainrule.load(fitted[1]), tmp_path / "m.chainrule"
    theirs.write_text("another's")
    with pytest.raises(ModelFileError, match=r"must not name a file that exists.*is in (\S+) for"):
        job(theirs)._save(model)
    assert theirs.read_text() == "another's"
    (spare,) = set(tmp_path.iterdir()) - {theirs}
    assert chainrule.load(spare).target == "species"
    job(theirs, force=True)._save(model)
    assert theirs.read_bytes() == Path(fitted[1]).read_bytes()


def test_a_file_that_came_while_saving_is_not_replaced(fitted, tmp_path, monkeypatch):
    """As when two commands with the same --out end in the same moment."""
    monkeypatch.setattr(fitting.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(fitting, "check_place", lambda *place, **more: None)
    theirs = tmp_path / "m.chainrule"
    theirs.write_text("another's")
    with pytest.raises(ModelFileError, match=r"must not name a file that exists.*is in (\S+) for"):
        job(theirs)._save(chainrule.load(fitted[1]))
    assert theirs.read_text() == "another's"
    (spare,) = set(tmp_path.iterdir()) - {theirs}
    assert chainrule.load(spare).target == "species"


def test_a_page_that_came_meanwhile_is_not_replaced(fitted, tmp_path, monkeypatch):
    """As when two commands were started with the same --report."""
    monkeypatch.setattr(evaluating, "check_page", lambda page, **more: None)
    monkeypatch.setattr(evaluating, "mute", lambda quiet: None)  # it is for the whole process
    theirs = tmp_path / "r.html"
    theirs.write_text("another's")
    arguments = {"report": theirs, "quiet": True}
    with pytest.raises(DataError, match=r"report must be .* can be written.*\(File exists\)"):
        evaluating.evaluate(Path(fitted[1]), PENGUINS, **arguments)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["another's"]
    evaluating.evaluate(Path(fitted[1]), PENGUINS, force=True, **arguments)
    assert "<html" in theirs.read_text(encoding="utf-8")


def test_predictions_do_not_replace_a_file_that_came_meanwhile(tmp_path):
    theirs = tmp_path / "p.csv"
    with (
        pytest.raises(DataError, match=r"^out must not name a file that exists, got .*meanwhile"),
        writing(theirs, replace=False) as write,
    ):
        write(pl.DataFrame({"a": [1]}))
        theirs.write_text("another's")
    assert theirs.read_text() == "another's"
    assert list(tmp_path.iterdir()) == [theirs]
