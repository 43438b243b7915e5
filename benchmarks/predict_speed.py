"""predict and predict_proba for one row and for a million, beside scikit-learn."""

import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from .estimators import MODULES, classifier
from .options import Options, main
from .report import Table, duration, progress, spread, times
from .sizes import SIZES, Size, make_data, make_rows
from .worker import Measured, UnavailableError, Worker, interleave

OURS, REFERENCE = "chainrule", "scikit-learn"
METHODS = ("predict", "predict_proba")

# A million rows of the 784-column networks would take 6 GB in float64 in each process.
WIDEST = 100
MANY_ROWS, MANY_ROWS_QUICK = 1_000_000, 50_000

# A call on one row lasts 20-200 us: repeated until the clock's resolution does not matter.
SINGLE_CALLS = 200


class Predictor:
    """One library's fitted classifier, and the time of its calls."""

    def __init__(self, library: str) -> None:
        self._library = library

    def prepare(self, size: Size, dtype: str, rows: int) -> None:
        """Fit one epoch, make the rows, and call each method once on one row and on all."""
        X, y = make_data(size, dtype)
        self._estimator = classifier(
            self._library, hidden_layer_sizes=size.layers[1:-1], max_iter=1, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch on purpose
            self._estimator.fit(X, y)
        self._rows = make_rows(rows, size.layers[0], dtype, seed=2)
        for method in METHODS:
            self.many(method)
            self.one(method, 10)

    def many(self, method: str) -> float:
        """Return the seconds of one call on all rows."""
        call = getattr(self._estimator, method)
        start = time.perf_counter()
        call(self._rows)
        return time.perf_counter() - start

    def one(self, method: str, calls: int) -> float:
        """Return the mean seconds of a call on one row, another row each time."""
        call = getattr(self._estimator, method)
        start = time.perf_counter()
        for i in range(calls):
            call(self._rows[i : i + 1])
        return (time.perf_counter() - start) / calls


def run(options: Options) -> list[Table]:
    """Return one table: a row for each network, type, method and number of rows."""
    libraries = [peer for peer in options.peers if peer in MODULES]
    columns: dict[str, Callable[[Any], str]] = dict.fromkeys(
        ("network", "type", "method", "rows"), str
    )
    columns |= dict.fromkeys(libraries, duration)
    columns |= {f"{REFERENCE} / {OURS}": times, "widest spread": "{:.0%}".format}
    table = Table("Time of a prediction", columns)
    workers = {name: Worker("benchmarks.predict_speed:Predictor", name) for name in libraries}
    try:
        for name in options.sizes:
            if SIZES[name].layers[0] > WIDEST:
                table.notes.append(f"{name}: left out, a million rows of it are too large")
                continue
            for dtype in options.dtypes:
                _measure(SIZES[name], dtype, workers, options, table)
    finally:
        for worker in workers.values():
            worker.close()
    return [table]


def _measure(
    size: Size, dtype: str, workers: dict[str, Worker], options: Options, table: Table
) -> None:
    rows = MANY_ROWS_QUICK if options.quick else MANY_ROWS
    label = f"predict_speed {dtype} {size.name}"
    ready = {}
    for name, worker in workers.items():
        progress(f"{label}: warm-up of {name}")
        try:
            worker.call("prepare", size, dtype, rows)
            ready[name] = worker
        except UnavailableError as error:
            table.notes.append(f"{name}: not available: {error}")
    for method in METHODS:
        for count, task in ((1, ("one", method, SINGLE_CALLS)), (rows, ("many", method))):
            measured = interleave(
                {name: partial(worker.call, *task) for name, worker in ready.items()},
                options.repeats,
                lambda text, at=f"{label} {method}, rows: {count}": progress(f"{at}: {text}"),
            )
            row = {"network": size.name, "type": dtype, "method": method, "rows": count}
            table.rows.append(row | _timings(measured))
            table.notes += [f"{n}: not available: {why}" for n, why in measured.failures.items()]


def _timings(measured: Measured) -> dict[str, Any]:
    seconds = measured.results
    medians = {name: median(values) for name, values in seconds.items()}
    timings: dict[str, Any] = dict(medians)
    timings["widest spread"] = max((spread(v) for v in seconds.values()), default=None)
    timings["seconds"] = seconds
    if OURS in medians and REFERENCE in medians:
        timings[f"{REFERENCE} / {OURS}"] = medians[REFERENCE] / medians[OURS]
    return timings


if __name__ == "__main__":
    main("python -m benchmarks.predict_speed", {"predict_speed": run})
