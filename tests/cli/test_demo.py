"""`python3 run.py demo`: the first thing that somebody runs, and then again."""

import importlib.util
import sys
from pathlib import Path

from .conftest import TINY

ROOT = Path(__file__).parents[2]


def test_the_demo_may_be_repeated(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "model.chainrule").write_text("the user's own")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    monkeypatch.setattr(run, "BIN", tmp_path / ".venv" / Path(sys.executable).parent.name)
    monkeypatch.setattr(run, "set_up", lambda extras: None)
    for seed in ("0", "1"):
        assert run.main(["demo", *TINY, "-q", "--seed", seed]) == 0
    made = {path.name for path in tmp_path.iterdir()} - {"examples", ".venv"}
    assert made == {"model.chainrule", "demo.chainrule", "demo.html"}
    assert (tmp_path / "model.chainrule").read_text() == "the user's own"
