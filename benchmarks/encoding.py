"""Encoding a table of 50 mixed columns, beside scikit-learn's ColumnTransformer."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from .fresh import run_fresh
from .mixed_tables import (
    COLUMNS,
    CONTAINERS,
    LIBRARIES,
    OURS,
    REFERENCE,
    SCALES,
    make_encoder,
    make_table,
)
from .options import Options, main
from .report import Table, duration, megabytes, progress, spread, times
from .worker import Measured, UnavailableError, Worker, interleave

ROWS, ROWS_QUICK = 1_000_000, 50_000
METHODS = ("fit", "transform")
PROBE = "benchmarks.probes.encoding_memory"
# A run takes half a minute, in which noise evens out; memory varies by a few MB.
MOST_REPEATS, MEMORY_REPEATS = 3, 1


class Encoding:
    """One library's encoder, and the time of its calls."""

    def __init__(self, library: str) -> None:
        self._library = library

    def prepare(self, rows: int, container: str, scale: str) -> None:
        """Make the table, and call each method once on a part of it."""
        self._table = make_table(rows, container)
        self._encoder = make_encoder(self._library, scale, self._table)
        part = self._table[:1000]
        self._encoder.fit(part).transform(part)

    def run(self) -> dict[str, float]:
        """Return the seconds of each method on the whole table."""
        start = time.perf_counter()
        self._encoder.fit(self._table)
        fitted = time.perf_counter()
        self._encoder.transform(self._table)
        return {"fit": fitted - start, "transform": time.perf_counter() - fitted}


def run(options: Options) -> list[Table]:
    """Return the table of times and that of peak memory."""
    rows = ROWS_QUICK if options.quick else ROWS
    return [_times(rows, min(options.repeats, MOST_REPEATS)), _memory(rows)]


def _times(rows: int, repeats: int) -> Table:
    columns: dict[str, Callable[[Any], str]] = dict.fromkeys(("table", "scale", "method"), str)
    columns |= dict.fromkeys(LIBRARIES, duration)
    columns |= {f"{OURS} / {REFERENCE}": times, "widest spread": "{:.0%}".format}
    table = Table(f"Time to encode {rows:,} rows of {COLUMNS} mixed columns", columns)
    for container in CONTAINERS:
        for scale in SCALES:
            measured = _measure(rows, container, scale, repeats)
            for method in (*METHODS, "both"):
                row = {"table": container, "scale": scale, "method": method}
                table.rows.append(row | _timings(measured, method))
            table.notes += [f"{n}: not available: {why}" for n, why in measured.failures.items()]
    return table


def _measure(rows: int, container: str, scale: str, repeats: int) -> Measured:
    label = f"encoding {container}, {scale}"
    workers = {name: Worker("benchmarks.encoding:Encoding", name) for name in LIBRARIES}
    failures = {}
    try:
        for name, worker in workers.items():
            progress(f"{label}: warm-up of {name}")
            try:
                worker.call("prepare", rows, container, scale)
            except UnavailableError as error:
                failures[name] = str(error)
        ready = {name: worker for name, worker in workers.items() if name not in failures}
        measured = interleave(
            {name: partial(worker.call, "run") for name, worker in ready.items()},
            repeats,
            lambda text: progress(f"{label}: {text}"),
        )
        measured.failures.update(failures)
        return measured
    finally:
        for worker in workers.values():
            worker.close()


def _timings(measured: Measured, method: str) -> dict[str, Any]:
    seconds = {
        name: [sum(run.values()) if method == "both" else run[method] for run in runs]
        for name, runs in measured.results.items()
    }
    medians = {name: median(values) for name, values in seconds.items()}
    timings: dict[str, Any] = dict(medians)
    timings["widest spread"] = max((spread(v) for v in seconds.values()), default=None)
    timings["seconds"] = seconds
    if OURS in medians and REFERENCE in medians:
        timings[f"{OURS} / {REFERENCE}"] = medians[OURS] / medians[REFERENCE]
    return timings


def _memory(rows: int) -> Table:
    table = Table(
        f"Peak memory of fit_transform on {rows:,} rows of {COLUMNS} mixed columns",
        {
            "library": str,
            "table": str,
            "process with the table": megabytes,
            "float32 matrix": megabytes,
            "encoding adds": megabytes,
            "adds / matrix": times,
        },
        notes=["what encoding adds, the matrix too: the peak above what the process held before"],
    )
    for container in CONTAINERS:
        measured = interleave(
            {n: partial(run_fresh, PROBE, n, str(rows), container) for n in LIBRARIES},
            MEMORY_REPEATS,
            lambda text, at=f"memory {container}": progress(f"{at}, {text}"),
        )
        for name, peaks in measured.results.items():
            before, matrix, after = (
                median(peak[key] for peak in peaks) for key in ("before", "matrix", "after")
            )
            table.rows.append(
                {
                    "library": name,
                    "table": container,
                    "process with the table": before,
                    "float32 matrix": matrix,
                    "encoding adds": after - before,
                    "adds / matrix": (after - before) / matrix,
                    "peaks": peaks,
                }
            )
        table.notes += [f"{n}: not available: {why}" for n, why in measured.failures.items()]
    return table


if __name__ == "__main__":
    main("python -m benchmarks.encoding", {"encoding": run})
