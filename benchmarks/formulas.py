"""What each formula costs: a row for every activation, loss, optimizer and disturbing layer.

The rows are those of the registries, so that a new formula appears by itself.
"""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from chainrule.formulas import (
    ACTIVATIONS,
    LEARNED_ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    ROW_ACTIVATIONS,
    Optimizer,
)
from chainrule.formulas.optimizers.rule import rate_alone
from chainrule.graph import BatchNorm, Dropout, LayerNorm, Noise

from .formula_steps import (
    BATCH,
    CALLS,
    CALLS_QUICK,
    COLUMNS,
    HIDDEN,
    STEPS,
    STEPS_QUICK,
    TARGETS,
    Work,
    ratio,
    step,
    take_turns,
    update,
)
from .options import Options, main
from .report import Table, duration, progress, spread

# Rounds in a repeat: single rounds are short, and medians want many.
ROUNDS = 5
NETWORK = "-".join(map(str, (COLUMNS, *HIDDEN, TARGETS)))

# Where a layer stands beside each activation, as in the estimators.
LAYERS: dict[str, dict[str, Any]] = {
    "dropout": {"after": (partial(Dropout, 0.2),)},
    "noise": {"after": (partial(Noise, 0.1),)},
    "batch_norm": {"before": (BatchNorm,)},
    "layer_norm": {"before": (LayerNorm,)},
}

# The largest ratio that is wanted, where one is.
MOST_OF_ACTIVATION = 1.3
MOST_OF_LAYER = {"dropout": 1.25, "batch_norm": 1.25}
# Nanoseconds a float32 parameter with AVX-512.
MOST_OF_UPDATE = {"adam": 0.5, "amsgrad": 0.5, "adamw": 0.5, "nadam": 0.5}
# Weights whose states stay in a second-level cache of 2 MB, and some that leave it.
UPDATED = (32_768, 200_000)

# What no update can undercut: as many reads and writes with one addition each.
TRAFFIC = (
    Optimizer("(traffic, 1 state)", 1, rate_alone, lambda w, g, s, rate: (w + g, s + g)),
    Optimizer("(traffic, 2 states)", 2, rate_alone, lambda w, g, s, t, rate: (w + g, s + g, t + g)),
    Optimizer(
        "(traffic, 3 states)",
        3,
        rate_alone,
        lambda w, g, s, t, u, rate: (w + g, s + g, t + g, u + g),
    ),
)


def run(options: Options) -> list[Table]:
    """Return four tables for each precision."""
    steps, calls = (STEPS_QUICK, CALLS_QUICK) if options.quick else (STEPS, CALLS)
    rounds = options.repeats * (1 if options.quick else ROUNDS)
    tables = []
    with threadpool_limits(1):
        for name in options.dtypes:
            dtype: Any = getattr(np, name)
            timed = partial(step, dtype, steps)
            tables += [
                _activations(timed, rounds, name),
                _losses(timed, rounds, name),
                _layers(timed, rounds, name),
                _optimizers(timed, partial(update, dtype, calls), rounds, name),
            ]
    for table in tables:
        table.notes.append(f"Medians of {rounds} rounds in turn; one thread, the processor's time.")
    return tables


def _activations(timed: Callable[..., Work], rounds: int, dtype: str) -> Table:
    one_by_one = dict.fromkeys((*ACTIVATIONS, *LEARNED_ACTIVATIONS), MOST_OF_ACTIVATION)
    works = {name: partial(timed, activation=name) for name in (*one_by_one, *ROW_ACTIVATIONS)}
    table = _steps_table("Activations", "relu", one_by_one, works, rounds, dtype)
    table.notes.append(f"Target: at most {MOST_OF_ACTIVATION} for what works on each unit alone.")
    return table


def _losses(timed: Callable[..., Work], rounds: int, dtype: str) -> Table:
    works = {name: partial(timed, loss=name) for name in LOSSES}
    classes = {name for name, row in LOSSES.items() if row.target in ("class", "probability")}
    references = {name: "log_loss" if name in classes else "squared_error" for name in LOSSES}
    table = _steps_table("Losses", references, {}, works, rounds, dtype)
    table.notes.append("Beside log_loss for classes, beside squared_error for others.")
    return table


def _layers(timed: Callable[..., Work], rounds: int, dtype: str) -> Table:
    works = {"plain": timed} | {name: partial(timed, **own) for name, own in LAYERS.items()}
    return _steps_table("Layers", "plain", MOST_OF_LAYER, works, rounds, dtype)


def _optimizers(
    timed: Callable[..., Work], updated: Callable[..., Work], rounds: int, dtype: str
) -> Table:
    methods = {name: partial(timed, method=name) for name in OPTIMIZERS}
    table = _steps_table("Optimizers", "sgd", {}, methods, rounds, dtype)
    table.rows += [{"formula": row.name} for row in TRAFFIC]
    for count in UPDATED:
        column = f"ns a parameter of {count:,}"
        table.columns[column] = "{:.2f}".format
        progress(f"optimizers, {dtype}, {count:,} parameters")
        works = [updated(row=row, parameters=count) for row in (*OPTIMIZERS.values(), *TRAFFIC)]
        seconds = take_turns({str(number): work for number, work in enumerate(works)}, rounds)
        for row, own in zip(table.rows, seconds.values(), strict=True):
            row[column] = 1e9 * median(own)
            row[f"seconds a parameter of {count:,}"] = own
    if dtype == "float32":
        table.columns["target"] = "<= {:.2f} ns".format
        for row in table.rows:
            row["target"] = MOST_OF_UPDATE.get(row["formula"])
    return table


def _steps_table(
    title: str,
    reference: str | Mapping[str, str],
    most: Mapping[str, float],
    makers: Mapping[str, Callable[[], Work]],
    rounds: int,
    dtype: str,
) -> Table:
    """A row for each piece of work, beside its reference: one for all, or one each by name."""
    works = {}
    for name, make in makers.items():
        progress(f"{title.lower()}, {dtype}, compiling {name}")
        works[name] = make()
    progress(f"{title.lower()}, {dtype}, {rounds} rounds of {len(works)}")
    seconds = take_turns(works, rounds)
    columns: dict[str, Callable[[Any], str]] = {"formula": str, "step": duration}
    columns |= {"beside": str, "ratio": "{:.2f}".format}
    if most:
        columns["target"] = "<= {:.2f}".format
    columns["spread"] = "{:.2f}".format
    table = Table(f"{title}: a step of {NETWORK}, batch {BATCH}, {dtype}", columns)
    for name, own in seconds.items():
        other = reference if isinstance(reference, str) else reference[name]
        table.rows.append(
            {
                "formula": name,
                "step": median(own),
                "beside": other,
                "ratio": ratio(own, seconds[other]),
                "target": most.get(name),
                "spread": spread(own),
                "seconds": own,
            }
        )
    return table


if __name__ == "__main__":
    main("python -m benchmarks.formulas", {"formulas": run})
