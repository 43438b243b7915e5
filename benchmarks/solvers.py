"""Solvers on small regression sets: the loss they reach, and how fast.

Every solver starts from the same weights and goes on until it finds nothing more or its time is
over. The losses are those of the whole training set with its penalty, computed afterwards from the
weights that were noted on the way; noting them is not timed.
"""

import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes, make_friedman1, make_friedman2, make_friedman3
from sklearn.exceptions import ConvergenceWarning

from chainrule.graph import Dense, Graph, Input
from chainrule.training import LBFGS, EpochReport, GraphModel
from chainrule.training.stopping import TimeLimit

from .options import Options, main
from .report import Table, duration, progress

HIDDEN, ROWS = 20, 200
SECONDS, SECONDS_QUICK = 20.0, 0.5
# Weights are noted when this share of the time so far has passed since the last time.
SPACING = 0.02
GAPS = (1e-2, 1e-4, 1e-6)

# What `GraphModel.fit` is told. L-BFGS ends at the last digit, not where SciPy thinks it enough.
SOLVERS: dict[str, dict[str, Any]] = {
    "lm": {"optimizer": "lm"},
    "newton-cg": {"optimizer": "newton-cg"},
    "lbfgs": {"optimizer": LBFGS(loss_tol=0.0)},
    "scg": {"optimizer": "scg"},
    "cg": {"optimizer": "cg"},
    "rprop": {"optimizer": "rprop"},
    "adam, batches of 32": {"optimizer": "adam"},
    "adam, all rows, rate 0.01": {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 10**6},
}

Data = tuple[NDArray[Any], NDArray[Any]]


def _sines() -> Data:
    random = np.random.default_rng(1)
    X = random.uniform(-3.0, 3.0, size=(ROWS, 1))
    return X, np.sin(2.0 * X[:, 0]) + 0.1 * random.normal(size=ROWS)


# The data, and the strength of the L2 penalty on the sum over rows: such that most starts end in
# one minimum, so that it is a race and not a lottery.
PROBLEMS: dict[str, tuple[Callable[[], Data], float]] = {
    "sines": (_sines, 0.1),
    "diabetes": (partial(load_diabetes, return_X_y=True), 5.0),
    "Friedman 1": (partial(make_friedman1, ROWS, noise=1.0, random_state=0), 2.0),
    "Friedman 2": (partial(make_friedman2, ROWS, noise=125.0, random_state=0), 2.0),
    "Friedman 3": (partial(make_friedman3, ROWS, noise=0.1, random_state=0), 2.0),
}


class Course:
    """The weights that a solver came through, and when; its clock stands while it takes notes."""

    def __init__(self, model: GraphModel) -> None:
        self.seconds: list[float] = []
        self.losses: list[float] = []
        self._weights: list[NDArray[Any]] = []
        self._model = model
        self._began = time.perf_counter()

    def see(self, report: EpochReport) -> bool:
        """Note the weights now and then; never ask for the end."""
        begins = time.perf_counter()
        if not self.seconds or begins - self._began > (1.0 + SPACING) * self.seconds[-1]:
            self.note()
        self._began += time.perf_counter() - begins
        return False

    def note(self) -> None:
        """Note the weights at hand."""
        self.seconds.append(time.perf_counter() - self._began)
        self._weights.append(self._model.parameters.copy())

    def measure(self, X: NDArray[Any], y: NDArray[Any]) -> None:
        """Compute the losses that belong to the notes."""
        for weights in self._weights:
            self._model.parameters[...] = weights
            self.losses.append(self._model.loss(X, y))

    def time_to(self, loss: float) -> float:
        """When the loss was first that low; infinity: never."""
        pairs = zip(self.seconds, self.losses, strict=True)
        return min((seconds for seconds, own in pairs if own <= loss), default=np.inf)


def _model(columns: int, alpha: float, seed: int) -> GraphModel:
    x = Input(columns)
    hidden = Dense(HIDDEN, activation="tanh")(x)
    return GraphModel(Graph(x, Dense(1)(hidden)), alpha=alpha, random_state=seed)


def _standardised(values: NDArray[Any]) -> NDArray[Any]:
    scaled: NDArray[Any] = (values - values.mean(axis=0)) / values.std(axis=0)
    return scaled


def run_solver(solver: str, problem: str, seed: int, limit: float) -> Course:
    """One solver from one start."""
    load, alpha = PROBLEMS[problem]
    X, y = map(_standardised, load())
    model = _model(X.shape[1], alpha, seed)
    course = Course(model)
    settings = {"epochs": 10**8, "tol": 1e-12, "stopping": (TimeLimit(limit),), **SOLVERS[solver]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y, on_epoch=course.see, **settings)
    course.note()
    course.measure(X, y)
    return course


def run(options: Options) -> list[Table]:
    """Return a table for each problem."""
    limit = SECONDS_QUICK if options.quick else SECONDS
    return [_compare(problem, options.repeats, limit) for problem in PROBLEMS]


def _compare(problem: str, starts: int, limit: float) -> Table:
    load, alpha = PROBLEMS[problem]
    X, _ = load()
    columns: dict[str, Callable[[Any], str]] = {"solver": str}
    columns |= {f"to {gap:g}": duration for gap in GAPS}
    columns |= {"reached": str, "gap at the end": "{:.0e}".format}
    table = Table(f"{problem}: {X.shape[1]}-{HIDDEN}-1, {len(X)} rows", columns)
    courses: dict[str, list[Course]] = {solver: [] for solver in SOLVERS}
    for solver in SOLVERS:
        run_solver(solver, problem, 0, 0.0)  # compiled before the clock starts
    for seed in range(starts):
        for solver in SOLVERS:
            progress(f"{problem}, start {seed + 1} of {starts}, {solver}")
            courses[solver].append(run_solver(solver, problem, seed, limit))
    best = [
        min(loss for own in courses.values() for loss in own[seed].losses) for seed in range(starts)
    ]
    for solver, own in courses.items():
        table.rows.append(_row(solver, own, best))
    table.notes.append(
        f"Medians of {starts} starts, each against the best loss that any solver found from that "
        f"start within {limit:g} s; {HIDDEN} tanh units, alpha {alpha:g}, float64. n/a: not "
        "reached from half of the starts."
    )
    return table


def _row(solver: str, courses: list[Course], best: list[float]) -> dict[str, Any]:
    row: dict[str, Any] = {"solver": solver}
    for gap in GAPS:
        pairs = zip(courses, best, strict=True)
        seconds = [course.time_to(loss * (1.0 + gap)) for course, loss in pairs]
        middle = median(seconds)
        row[f"to {gap:g}"] = middle if np.isfinite(middle) else None
        row["reached"] = f"{np.isfinite(seconds).sum()} of {len(seconds)}"  # the finest at last
    ends = [min(course.losses) / loss - 1.0 for course, loss in zip(courses, best, strict=True)]
    row["gap at the end"] = median(ends)
    row["seconds"] = [course.seconds[-1] for course in courses]
    row["gaps"] = ends
    return row


if __name__ == "__main__":
    main("python -m benchmarks.solvers", {"solvers": run})
