"""Imports and first fits in fresh processes, beside scikit-learn."""

import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sklearn.datasets import load_iris

from .estimators import MODULES
from .fresh import run_fresh
from .options import Options, main
from .report import Table, duration, progress, spread
from .worker import Measured, interleave

OURS, REFERENCE = "chainrule", "scikit-learn"
PROBE = "benchmarks.probes.first_fit"


def run(options: Options) -> list[Table]:
    """Return one table: import, first fit with an empty cache, first fit of later processes."""
    libraries = [peer for peer in options.peers if peer in MODULES]
    table = Table(
        "Fresh processes: the import, and a fit of Iris with default settings",
        {"measured": str}
        | dict.fromkeys(libraries, duration)
        | {"difference": _signed, "widest spread": "{:.0%}".format},
    )
    with tempfile.TemporaryDirectory() as folder:
        iris = str(Path(folder) / "iris.npz")
        X, y = load_iris(return_X_y=True)
        np.savez(iris, X=X, y=y)
        # A cache of our own: empty at first, filled by the first fit, used by the later ones.
        cache = {"CHAINRULE_CACHE_DIR": str(Path(folder) / "cache")}
        _measure_imports(table, libraries, options.repeats)
        if OURS in libraries:
            _measure_fits(table, [OURS], iris, cache, 1, "first fit ever, cache empty")
        _measure_fits(table, libraries, iris, cache, options.repeats, "a later process")
    return [table]


def _signed(seconds: float) -> str:
    return ("-" if seconds < 0 else "+") + duration(abs(seconds))


def _measure_imports(table: Table, libraries: list[str], repeats: int) -> None:
    probes = {name: partial(run_fresh, PROBE, MODULES[name]) for name in libraries}
    # One round unmeasured: byte code is written and the files come into the page cache.
    interleave(probes, 1, lambda text: progress(f"startup import, unmeasured, {text}"))
    measured = interleave(probes, repeats, lambda text: progress(f"startup import, {text}"))
    _add(table, measured, "import", "import")


def _measure_fits(
    table: Table,
    libraries: list[str],
    data: str,
    cache: dict[str, str],
    repeats: int,
    label: str,
) -> None:
    probes = {
        name: partial(run_fresh, PROBE, MODULES[name], data, environment=cache)
        for name in libraries
    }
    measured = interleave(probes, repeats, lambda text: progress(f"startup {label}, {text}"))
    for key in ("fit", "import to end of fit"):
        _add(table, measured, key, f"{label}: {key}")


def _add(table: Table, measured: Measured, key: str, label: str) -> None:
    seconds = {name: [r[key] for r in results] for name, results in measured.results.items()}
    row: dict[str, Any] = {"measured": label, "seconds": seconds}
    row |= {name: median(values) for name, values in seconds.items()}
    if len(seconds) == 2:
        row["difference"] = row[OURS] - row[REFERENCE]
    row["widest spread"] = max((spread(values) for values in seconds.values()), default=None)
    table.rows.append(row)
    table.notes += [f"{n}: not available: {why}" for n, why in measured.failures.items()]


if __name__ == "__main__":
    main("python -m benchmarks.startup", {"startup": run})
