"""A model and its training in a few lines, as the commands print them."""

import math
import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chainrule._harmless import harmless
from chainrule.reports.words import number
from chainrule.tables.target_text import are_numbers

from .progress import duration

MOST_COLUMNS = 50
# How a score is called; and what the trivial model does.
NAMES = {
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "r2": "R squared",
    "rmse": "RMSE",
    "mae": "mean absolute error",
}
TRIVIAL = {
    "classification": "knows only how frequent each class was in training",
    "regression": "always says the mean of training",
}


END_IN_WORDS = {"loss not finite": "the loss became infinite or NaN"}
DIVERGED = (
    "In training the loss of a network became infinite or NaN; training of that network ended, and "
    "the weights of its best epoch before are kept. A smaller learning rate, or a table without "
    "extreme values, may give a better model."
)


def diverged(model: Any) -> bool:
    """Whether the loss of some network was not finite in its last epoch."""
    return any(not math.isfinite(curve[-1]) for curve in model.model_.loss_curves_ if curve)


def summary(model: Any, data: Path, out: Path, seconds: float) -> str:
    """Tell the end of a fit: what was read, what the columns are, the networks, the file."""
    report = model.report_
    lines = [
        ("data", f"{data.name}: {_rows_read(report)}"),
        ("target", f"{model.target}, {target(model, _guessed(model))}"),
        *columns(model.encoder_),
        ("network", network(model.model_)),
        ("training", f"{training(report)}, {duration(seconds)} in all"),
    ]
    if report["held_out"] is None:
        lines.append(("score", "none: no rows were held out (too few, or --test-fraction 0)"))
    return aligned([*lines, ("saved", f"{out}, {out.stat().st_size:,} bytes")])


def next_steps(data: Path, out: Path, page: Path | None) -> str:
    """Tell where the page is, and a command that uses the model."""
    lines = [("report", str(page))] if page is not None else []
    lines.append(("next", f"chainrule predict {shlex.quote(str(out))} {shlex.quote(str(data))}"))
    return aligned(lines)


def aligned(lines: Iterable[tuple[str, str]]) -> str:
    """Labels in one column, texts in the next, a line each whatever a name in it holds."""
    return "\n".join(f"{label:<9} {harmless(text)}".rstrip() for label, text in lines)


def _rows_read(report: dict[str, Any]) -> str:
    without = report["rows_without_target"]
    left_out = f", {without:,} of them left out (no target)" if without else ""
    return f"{report['rows']:,} rows{left_out}"


def columns(encoder: Any) -> list[tuple[str, str]]:
    """Give a line for each column of the table: what it was taken for."""
    notes = [(harmless(name), kind, text) for name, kind, text in encoder.notes()]
    name_width = max((len(name) for name, _, _ in notes[:MOST_COLUMNS]), default=0)
    kind_width = max((len(kind) for _, kind, _ in notes[:MOST_COLUMNS]), default=0)
    shown = [f"{name:<{name_width}}  {kind:<{kind_width}}  {text}" for name, kind, text in notes][
        :MOST_COLUMNS
    ]
    if len(notes) > MOST_COLUMNS:
        kinds = Counter(kind for _, kind, _ in notes[MOST_COLUMNS:])
        rest = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        shown.append(f"and {len(notes) - MOST_COLUMNS} more: {rest}")
    return [("columns" if not i else "", text) for i, text in enumerate(shown)]


def target(model: Any, guessed: str = "") -> str:
    """Name the task, and the classes or the range of the numbers; `guessed` follows the task."""
    if model.task_ == "regression":
        low, high = model.model_.target_range_
        mean, deviation = model.model_.target_mean_, model.model_.target_scale_
        scale = f"{number(low)} to {number(high)}"
        if model.model_.target_power_ is None:
            scale += f", mean {number(mean)}, deviation {number(deviation)}"
        return f"regression{guessed}, {scale}"
    shares = zip(model.classes_, model.trivial_, strict=True)
    labels = [f"{label} {share:.0%}" for label, share in list(shares)[:6]]
    more = ["..."] * (len(model.classes_) > 6)
    return f"{len(model.classes_)} classes{guessed}: {', '.join([*labels, *more])}"


def _guessed(model: Any) -> str:
    # Words can only be labels; of numbers, written as text too, it is a guess.
    words = model.task_ == "classification" and (
        model.classes_.dtype.kind == "b"
        or (model.classes_.dtype.kind in "UO" and not are_numbers(model.classes_.tolist()))
    )
    return " (as the numbers look; --task to change)" if model.task == "auto" and not words else ""


def network(estimator: Any) -> str:
    """Give the preset, the number of networks and of their weights."""
    count, weights = estimator.parameters_.shape
    plan = estimator.fitted_recipe()
    sizes = "-".join(map(str, plan.hidden_layer_sizes)) or "no hidden layer"
    shown = f"{sizes}, {plan.activation}, {weights:,} weights"
    several = f"{count} networks of " if count > 1 else ""
    return f"preset {plan.name}: {several}{shown}"


def training(report: dict[str, Any]) -> str:
    """How many rows and epochs, and why training ended."""
    epochs = "/".join(map(str, sorted(set(report["epochs"]))))
    best = ", ".join(map(str, report["best_epochs"]))
    end = END_IN_WORDS.get(report["end"], report["end"])
    return f"{report['rows_training']:,} rows, {epochs} epochs ({end}; kept {best})"


def scores(own: dict[str, float], trivial: dict[str, float], task: str) -> list[tuple[str, str]]:
    """Set the model's scores beside the trivial model's, a line each."""
    head = ("", f"{'':<20}{'model':>10}{'trivial':>10}   (trivial: {TRIVIAL[task]})")
    rows = [
        ("", f"{NAMES[name]:<20}{_score(name, own):>10}{_score(name, trivial):>10}") for name in own
    ]
    return [head, *rows]


def _score(name: str, found: dict[str, float]) -> str:
    if name not in found:
        return "-"
    return f"{found[name]:z.4f}" if name in ("accuracy", "r2") else number(found[name])
