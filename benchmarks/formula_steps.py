"""What `formulas` times: training steps of one network, and optimizers' updates by themselves.

All on one thread, by the processor's time, which other programs on the machine disturb least.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from ctypes import CFUNCTYPE, c_double, c_int64
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from chainrule.engine.descent import Descent
from chainrule.engine.kernels import optimizer
from chainrule.engine.network import Network, aligned
from chainrule.engine.operations.update import MOST_CONSTANTS
from chainrule.engine.records import CONTEXT, SETTINGS
from chainrule.engine.rows import Rows
from chainrule.formulas import LOSSES, OPTIMIZERS, Optimizer, RowLoss, loss_row
from chainrule.graph import Activate, Dense, Graph, Input, chain
from chainrule.graph.layers import Layer
from chainrule.graph.layout import lay_out
from chainrule.training.descending import Descending
from chainrule.training.initialise import initialise

COLUMNS, HIDDEN, TARGETS, BATCH = 54, (256, 128), 7, 200
STEPS, STEPS_QUICK = 20, 2
CALLS, CALLS_QUICK = 100, 2
# The learning rate of every rule: so low that no run leaves the ordinary range of numbers.
LEARNING_RATE = 1e-4

MakeLayer = Callable[[], Layer]
Work = Callable[[], float]
"""Does some work and returns the seconds of one unit of it."""


def targets(loss: str, rows: int, random: np.random.Generator) -> NDArray[Any]:
    """Targets in a loss's domain."""
    match LOSSES[loss].target:
        case "class":
            return np.eye(TARGETS)[random.integers(TARGETS, size=rows)]
        case "probability":
            return random.integers(2, size=(rows, TARGETS)).astype(float)
        case "sign":
            return 2.0 * random.integers(2, size=(rows, TARGETS)) - 1.0
        case "non-negative" | "positive":
            return random.exponential(size=(rows, TARGETS))
    return random.normal(size=(rows, TARGETS))


def hidden_layers(
    activation: str, before: tuple[MakeLayer, ...], after: tuple[MakeLayer, ...]
) -> Iterator[Layer]:
    """The layers of 54-256-128: `before` and `after` stand on both sides of each activation."""
    for units in HIDDEN:
        yield Dense(units)
        yield from (make() for make in before)
        yield Activate(activation)
        yield from (make() for make in after)


def step(
    dtype: type,
    steps: int,
    *,
    activation: str = "relu",
    loss: str = "log_loss",
    method: str = "sgd",
    before: tuple[MakeLayer, ...] = (),
    after: tuple[MakeLayer, ...] = (),
) -> Work:
    """Training steps at 54-256-128-7, batch 200; the first, which compiles, is over."""
    row = loss_row(loss)
    outputs = row.outputs(TARGETS) if isinstance(row, RowLoss) else TARGETS
    x = Input(COLUMNS)
    hidden = chain(x, list(hidden_layers(activation, before, after)))
    tape = lay_out(Graph(x, Dense(outputs)(hidden)), loss)
    parameters = aligned(tape.parameter_count, dtype)
    initialise(tape, parameters, np.random.RandomState(0))
    random = np.random.default_rng(0)
    X = random.normal(size=(steps * BATCH, COLUMNS)).astype(dtype)
    rows = Rows(X, targets(loss, len(X), random).astype(dtype))
    descent = Descent(Network(tape, parameters), rows, BATCH, method)
    settings = Descending(LEARNING_RATE, LEARNING_RATE, 1, **_defaults(OPTIMIZERS[method]))
    descent.epoch(settings, None)

    def work() -> float:
        begins = time.process_time()
        descent.epoch(settings, None)
        return (time.process_time() - begins) / steps

    return work


def update(dtype: type, calls: int, *, row: Optimizer, parameters: int) -> Work:
    """The optimizer's update of so many weights, the unit being one weight."""
    buffers = {
        "parameters": aligned(parameters, dtype),
        "gradient": aligned(parameters, dtype),
        "state": aligned(row.n_states * parameters, dtype),
        "constants": aligned(MOST_CONSTANTS, dtype),
        "settings": np.zeros(1, SETTINGS),
    }
    buffers["gradient"][:] = np.random.default_rng(0).normal(size=parameters)
    context = np.zeros(1, CONTEXT)
    for name, array in buffers.items():
        context[name] = array.ctypes.data
    context["parameter_count"], context["parts"] = parameters, 1
    context["scale"] = context["clip"] = 1.0
    settings = Descending(LEARNING_RATE, LEARNING_RATE, 1, **_defaults(row))
    for name in SETTINGS.names or ():
        buffers["settings"][name] = getattr(settings, name, LEARNING_RATE)
    kernel = CFUNCTYPE(c_double, *[c_int64] * 4)
    penalised = 1
    with patch.dict(OPTIMIZERS, {row.name: row}):
        fix_constants = kernel(optimizer(row.name, "constants", dtype))
        move = kernel(optimizer(row.name, "update", dtype))
    fix_constants(context.ctypes.data, buffers["settings"].ctypes.data, 1, 0)

    def timed(count: int) -> float:
        place = context.ctypes.data
        begins = time.process_time()
        for _ in range(calls):
            move(place, 0, count, penalised)
        return (time.process_time() - begins) / calls

    def work() -> float:
        buffers["parameters"][:] = 0.0
        timed(parameters)
        return (timed(parameters) - timed(0)) / parameters

    return work


def _defaults(row: Optimizer) -> Mapping[str, float]:
    """An optimizer's own settings, but for the learning rate."""
    return {name: value for name, value in row.defaults.items() if name != "learning_rate"}


def take_turns(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Seconds of each piece of work, round by round."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(work())
    return seconds


def ratio(seconds: list[float], reference: list[float]) -> float:
    """The median over the rounds of the ratio of two times of one round."""
    return median(own / other for own, other in zip(seconds, reference, strict=True))
