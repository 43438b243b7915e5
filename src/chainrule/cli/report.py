"""What the commands print when they are done."""

import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .progress import duration

# How a score is called; and what the trivial model does.
NAMES = {
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "r2": "R squared",
    "rmse": "RMSE",
    "mae": "mean absolute error",
}
TRIVIAL = {
    "classification": "knows only how frequent each class is",
    "regression": "always says the mean",
}


def summary(model: Any, data: Path, out: Path, seconds: float) -> str:
    """Tell the end of a fit: what was read, the network, the score, the next command."""
    report = model.report_
    lines = [
        ("data", f"{data.name}: {_rows_read(report)}"),
        ("columns", _columns(model.encoder_)),
        *_left_out(model.encoder_.left_out_),
        ("target", f"{model.target}, {target(model, _guessed(model))}"),
        ("network", network(model.network_)),
        ("training", f"{training(report)}, {duration(seconds)} in all"),
        *_scores(model),
        ("saved", str(out)),
        ("next", f"chainrule predict {shlex.quote(str(out))} {shlex.quote(str(data))}"),
    ]
    return aligned(lines)


def aligned(lines: Iterable[tuple[str, str]]) -> str:
    """Labels in one column, texts in the next."""
    return "\n".join(f"{label:<9} {text}".rstrip() for label, text in lines)


def _rows_read(report: dict[str, Any]) -> str:
    without = report["rows_without_target"]
    left_out = f", {without:,} of them left out (no target)" if without else ""
    return f"{report['rows']:,} rows{left_out}"


def _columns(encoder: Any) -> str:
    kinds = Counter(column.kind for column in encoder.columns_)
    shown = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"{shown}: {len(encoder.get_feature_names_out())} inputs"


def _left_out(reasons: dict[str, str]) -> list[tuple[str, str]]:
    if not reasons:
        return []
    shown = [f"{name} ({reason})" for name, reason in list(reasons.items())[:5]]
    more = [f"{len(reasons) - 5} more"] * (len(reasons) > 5)
    return [("left out", ", ".join([*shown, *more]))]


def target(model: Any, guessed: str = "") -> str:
    """Name the task, and the classes or the range of the numbers; `guessed` follows the task."""
    if model.task_ == "regression":
        mean, deviation = number(model.target_mean_), number(model.target_scale_)
        scale = f"mean {mean}, deviation {deviation}"
        return f"regression{guessed}, {scale} (the loss is in standardised units)"
    labels = [str(label) for label in model.classes_[:6]]
    more = ["..."] * (len(model.classes_) > 6)
    return f"{len(model.classes_)} classes{guessed}: {', '.join([*labels, *more])}"


def _guessed(model: Any) -> str:
    # Text can only be labels; of numbers it is a guess.
    text = model.task_ == "classification" and model.classes_.dtype.kind in "UOb"
    return " (as the numbers look; --task to change)" if model.task == "auto" and not text else ""


def network(mlp: Any) -> str:
    """Give the sizes of the layers, the activation and the number of weights."""
    sizes = [mlp.coefs_[0].shape[0], *(coef.shape[1] for coef in mlp.coefs_)]
    weights = sum(array.size for array in [*mlp.coefs_, *mlp.intercepts_])
    return (
        f"{'-'.join(map(str, sizes))}, {mlp.activation}, {mlp.out_activation_} output, "
        f"{weights:,} weights"
    )


def training(report: dict[str, Any]) -> str:
    """How many rows and epochs, and why training ended."""
    rows = f"{report['rows_training']:,} rows"
    if report["rows_validation"]:
        rows += f" and {report['rows_validation']:,} to decide when to stop"
    kept = f"; kept epoch {report['best_epoch']}" if report["rows_validation"] else ""
    return f"{rows}, {report['epochs']} epochs ({report['end']}{kept})"


def _scores(model: Any) -> list[tuple[str, str]]:
    report = model.report_
    if report["held_out"] is None:
        return [("score", "none: no rows were held out (too few, or --test-fraction 0)")]
    heading = ("score", f"on {report['rows_held_out']:,} rows held out, never seen in training")
    return [heading, *scores(report["held_out"], report["trivial"], model.task_)]


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


def number(value: float) -> str:
    """Four digits, and all those before the point of a number in the thousands."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.4g}"
