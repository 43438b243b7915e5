"""Peak memory of a fit in a fresh process, above the process that holds the data."""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from .estimators import MODULES
from .fresh import run_fresh
from .options import Options, main
from .report import Table, megabytes, progress
from .worker import interleave

PROBE = "benchmarks.probes.fit_memory"
COLUMNS = 54
ROWS = (240_000, 2_400_000)  # 52 and 518 MB in float32
FEW_ROWS = 3_000
ROWS_QUICK = (24_000, 240_000)

# Memory varies by a few MB between runs, so few repeats settle it.
MOST_REPEATS = 3


def run(options: Options) -> list[Table]:
    """Return one table: a row for each library and size of the data."""
    libraries = [peer for peer in options.peers if peer in MODULES]
    table = Table(
        "Peak memory of a fit, float32, one hidden layer of 100",
        {
            "library": str,
            "data": megabytes,
            "process with the data": megabytes,
            "first small fit adds": megabytes,
            "large fit adds": megabytes,
            "fit adds in all": megabytes,
        },
        notes=["data: X and y; what a fit adds: the process's peak above what it held before"],
    )
    repeats = min(options.repeats, MOST_REPEATS)
    # Once unmeasured: the compiler fills its cache here and not in a measured process.
    interleave(
        _probes(libraries, FEW_ROWS), 1, lambda text: progress(f"memory, unmeasured, {text}")
    )
    for rows in ROWS_QUICK if options.quick else ROWS:
        measured = interleave(
            _probes(libraries, rows),
            repeats,
            lambda text, at=f"memory {rows} rows": progress(f"{at}, {text}"),
        )
        table.rows += [_row(name, peaks) for name, peaks in measured.results.items()]
        table.notes += [f"{n}: not available: {why}" for n, why in measured.failures.items()]
    return [table]


def _probes(libraries: list[str], rows: int) -> dict[str, Callable[[], Any]]:
    return {name: partial(run_fresh, PROBE, name, str(rows), str(COLUMNS)) for name in libraries}


def _row(library: str, peaks: list[dict[str, float]]) -> dict[str, Any]:
    data, before, small, large = (
        median(peak[key] for peak in peaks) for key in ("data", "before", "small fit", "fit")
    )
    return {
        "library": library,
        "data": data,
        "process with the data": before,
        "first small fit adds": small - before,
        "large fit adds": large - small,
        "fit adds in all": large - before,
        "peaks": peaks,
    }


if __name__ == "__main__":
    main("python -m benchmarks.memory", {"memory": run})
