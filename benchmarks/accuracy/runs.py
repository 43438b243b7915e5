"""Fits that are not in the cache: each in a fresh process, one at a time, within a time limit."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..worker import UnavailableError
from .peers import MODELS
from .records import Record

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "chainrule"
PROGRAM = "benchmarks.accuracy.fit_one"
OURS = "chainrule"
ERROR = re.compile(r"[\w.]*(Error|Exception|Interrupt)\b")


@dataclass(frozen=True)
class Runner:
    """Where and how fits run."""

    peer_python: str
    data: Path
    time_limit: float
    warm: bool

    def version(self, model: str) -> str:
        """Return the version of the model's library; of chainrule also its source's."""
        library = MODELS[model].libraries[0]
        version = _answer([self._python(model), "-m", PROGRAM, model], 60.0)["versions"][library]
        if not version:
            raise UnavailableError(f"{library} is not installed for --peer-python")
        return f"{version}+{source_hash()}" if library == OURS else str(version)

    def settles(self, record: Record | None) -> bool:
        """Say whether a cached record stands: not a failure, nor a time-out of a shorter limit."""
        if record is None or record["status"] == "failed":
            return False
        return bool(record["status"] == "done" or record["seconds"] >= self.time_limit)

    def fit(self, model: str, table: str, seed: int, version: str) -> Record:
        """Run one fit and return its record, also when it failed or took too long."""
        command = [self._python(model), "-m", PROGRAM, model, table, str(seed), str(self.data)]
        command += ["warm"] if self.warm else []
        record: Record = {"model": model, "table": table, "seed": seed, "version": version}
        try:
            return record | {"status": "done"} | _answer(command, self.time_limit)
        except subprocess.TimeoutExpired:
            return record | {"status": "timeout", "seconds": self.time_limit}
        except UnavailableError as error:
            return record | {"status": "failed", "reason": str(error)}

    def _python(self, model: str) -> str:
        return sys.executable if MODELS[model].libraries[0] == OURS else self.peer_python


def source_hash() -> str:
    """Return a short hash of chainrule's source."""
    digest = hashlib.sha256()
    for file in sorted(SOURCE.rglob("*.py")):
        digest.update(str(file.relative_to(SOURCE)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:10]


def _answer(command: list[str], seconds: float) -> Record:
    # With this checkout's own source in front: the installed one may be another's.
    path = os.pathsep.join([str(ROOT), str(SOURCE.parent)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, env=environment, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise UnavailableError(_reason(done))
    answer: Record = json.loads(lines[-1])
    return answer


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """Return the line of the traceback that names the error; native stack traces may follow."""
    lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
    named = [line for line in lines if ERROR.match(line)]
    return (named or lines)[-1][:200]
