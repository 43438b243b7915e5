"""Ctrl-C as the terminal sends it: a SIGINT to a process that trains."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest

import chainrule


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A table whose training takes minutes."""
    random = np.random.default_rng(0)
    values = random.normal(size=(20_000, 6))
    path = tmp_path_factory.mktemp("big") / "big.csv"
    frame = pl.DataFrame(values, schema=[f"x{i}" for i in range(6)])
    frame.with_columns(y=pl.Series(values[:, 0] * values[:, 1])).write_csv(path)
    return path


def start(big, folder, *options):
    """Start a fit that would go on for very long."""
    program = [sys.executable, "-u", "-m", "chainrule", "fit", str(big), "--target", "y"]
    return subprocess.Popen(
        [
            *program,
            "--preset",
            "fast",
            "--ensemble",
            "1",
            "--hidden",
            "8",
            "--epochs",
            "100000",
            *options,
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def wait_for(stream, text):
    for line in stream:
        if text in line:
            return
    raise AssertionError(f"no line had {text!r}")


# What the terminal sends, and what `timeout`, batch systems and containers send.
ENDINGS = pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=str)


@ENDINGS
def test_during_training_the_best_model_is_saved(big, tmp_path, ending):
    process = start(big, tmp_path)
    wait_for(process.stderr, "epoch 1/")
    time.sleep(0.5)
    process.send_signal(ending)
    sent = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    # The engine stops after the epoch; scoring, the report and leaving Python take the rest.
    assert time.monotonic() - sent < 30
    epochs = int(re.search(r"interrupted after (\d+) epochs; keeping the best", err).group(1))
    assert "Traceback" not in err
    assert f"{epochs} epochs (interrupted; kept " in out
    assert "Scores on the rows held out" in out
    model = chainrule.load(tmp_path / "model.chainrule")
    assert model.report_["epochs"] == [epochs]
    assert np.isfinite(model.predict(big)).all()


# A stand-in for polars, which a table is read with: it says that it has begun, and takes long.
SLOW = "import sys, time\nprint('reading', file=sys.stderr, flush=True)\ntime.sleep(60)\n"


def test_before_training_nothing_is_saved(big, tmp_path, monkeypatch):
    (tmp_path / "polars.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    process = start(big, tmp_path)
    wait_for(process.stderr, "reading")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not (tmp_path / "model.chainrule").exists()


def test_an_interrupt_while_the_program_ends_is_not_told(big, tmp_path, monkeypatch):
    (tmp_path / "polars.py").write_text(SLOW)
    # Python imports it when it begins.
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys, time\n"
        "def end():\n"
        "    print('ending', file=sys.stderr, flush=True)\n"
        "    for _ in range(20):\n"
        "        time.sleep(0.05)\n"
        "atexit.register(end)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    process = start(big, tmp_path)
    wait_for(process.stderr, "reading")
    process.send_signal(signal.SIGINT)
    wait_for(process.stderr, "ending")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")


@pytest.mark.parametrize("between", [0.005, 0.1])
def test_more_interrupts_do_not_lose_the_model(big, tmp_path, between):
    process = start(big, tmp_path)
    wait_for(process.stderr, "epoch 1/")
    model = tmp_path / "model.chainrule"
    process.send_signal(signal.SIGINT)
    for _ in range(10):
        time.sleep(between)
        # Once saved, the program is about to end and no longer minds.
        if not model.exists():
            process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    # 130 where the last one came after the model was saved: then only the report is left out.
    assert process.returncode in (0, 130), err
    assert "Traceback" not in err
    assert np.isfinite(chainrule.load(model).predict(big)).all()


def test_in_the_report_the_model_is_there_already(big, tmp_path):
    process = start(big, tmp_path, "--epochs", "1")
    wait_for(process.stdout, "saved")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted; there is no report, but the model is saved in model.chainrule" in err
    assert "Traceback" not in err
    assert chainrule.load(tmp_path / "model.chainrule").report_["epochs"] == [1]


def test_a_search_keeps_what_it_found(big, tmp_path):
    program = [sys.executable, "-u", "-m", "chainrule", "tune", str(big), "-t", "y"]
    process = subprocess.Popen(
        [*program, "--trials", "1000", "--cv", "2", "--epochs", "1", "--study", "s.study"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    wait_for(process.stderr, "trial 1/1000")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert re.search(r"interrupted after \d+ trials; fitting the best so far", err)
    assert "Traceback" not in err
    assert "trials scored on all folds; the best:" in out
    assert (tmp_path / "model.chainrule").exists()
    assert (tmp_path / "s.study").exists()


@ENDINGS
def test_predictions_that_are_interrupted_leave_nothing(big, tmp_path, monkeypatch, ending):
    chainrule.tables.TableModel(
        "y", settings={"preset": "fast", "hidden_layer_sizes": (8,), "epochs": 1}
    ).fit(big).save(tmp_path / "m")
    slow = tmp_path / "modules"
    slow.mkdir()
    (slow / "polars.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(slow), prepend=os.pathsep)
    program = [sys.executable, "-m", "chainrule", "predict", "m", str(big)]
    process = subprocess.Popen(program, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    wait_for(process.stderr, "reading")
    process.send_signal(ending)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} == {"m", "modules"}


def test_while_the_program_is_imported_it_ends_silently(tmp_path):
    # A stand-in for typer, whose import takes long enough to be interrupted.
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    ended = subprocess.run(
        [sys.executable, "-m", "chainrule", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
