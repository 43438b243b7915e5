"""predict and predict_proba for one row, for a hundred and for a million, beside scikit-learn."""

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

MANY_ROWS, MANY_ROWS_QUICK = 1_000_000, 50_000
# A million rows of the 784-column networks would take 6 GB in float64 in each process, and minutes.
WIDEST, MANY_WIDE_ROWS = 100, 10_000

# Rows of a call and how often it is repeated: 20 us to some ms each, so that the clock's resolution
# does not matter.
FEW = {1: 200, 100: 20}


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
            for few in FEW:
                self.few(method, few, 10)

    def many(self, method: str) -> float:
        """Return the seconds of one call on all rows."""
        call = getattr(self._estimator, method)
        start = time.perf_counter()
        call(self._rows)
        return time.perf_counter() - start

    def few(self, method: str, rows: int, calls: int) -> float:
        """Return the mean seconds of a call on some rows, others each time."""
        call = getattr(self._estimator, method)
        start = time.perf_counter()
        for i in range(calls):
            call(self._rows[i : i + rows])
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
    if size.layers[0] > WIDEST:
        rows = min(rows, MANY_WIDE_ROWS)
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
        tasks: dict[int, tuple[Any, ...]] = {
            **{few: ("few", method, few, calls) for few, calls in FEW.items()},
            rows: ("many", method),
        }
        for count, task in tasks.items():
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
