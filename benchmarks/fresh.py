"""Run a function of this package in a fresh Python process and read its answer."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .worker import UnavailableError

# A first fit may compile for up to 20 s, and a large one trains for as long again.
PROCESS_SECONDS = 600.0

ROOT = Path(__file__).parent.parent


def run_fresh(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Return what `python -m MODULE ARGUMENTS` prints as JSON on its last line."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    # pip wrote the byte code of what it installed; of a working copy Python itself has to.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PROCESS_SECONDS,
        env={**inherited, **(environment or {})},
        cwd=ROOT,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise UnavailableError(last[-1][:200])
    return json.loads(done.stdout.strip().splitlines()[-1])
