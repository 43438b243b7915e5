"""The scripts of `examples/lectures`, as modules."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "lectures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "figure")


def script(name: str) -> ModuleType:
    """Import one, as if run in its own folder."""
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return importlib.import_module(name)
