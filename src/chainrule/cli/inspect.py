"""`chainrule inspect`: what a model file holds."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from .guard import show
from .progress import validation_score

# Eight heights of one character.
BARS = "▁▂▃▄▅▆▇█"
CURVE_WIDTH = 60
MOST_COLUMNS = 50


def inspect(
    model: Annotated[Path, typer.Argument(help="Model file.")],
) -> None:
    """Show a model's layers, columns, training and scores.

    For example:

    * `chainrule inspect model.chainrule`
    """
    from chainrule.files import load

    from .report import aligned, scores

    loaded = load(model)
    lines = [("model", f"{type(loaded).__name__} in {model}, {model.stat().st_size:,} bytes")]
    if hasattr(loaded, "report_"):
        lines += _table(loaded)
        report = loaded.report_
        if report["held_out"] is not None:
            lines.append(("score", f"on {report['rows_held_out']:,} rows held out"))
            lines += scores(report["held_out"], report["trivial"], loaded.task_)
    if hasattr(loaded, "columns_"):
        lines += columns(loaded)
    network = getattr(loaded, "network_", loaded)
    if hasattr(network, "coefs_"):
        lines += layers(network)
    show(aligned(lines))


def _table(model: Any) -> list[tuple[str, str]]:
    from .report import target, training

    return [
        ("target", f"{model.target}, {target(model)}"),
        *columns(model.encoder_),
        ("training", training(model.report_)),
        ("settings", ", ".join(f"{k} {v}" for k, v in model.get_params().items() if k != "target")),
    ]


def columns(encoder: Any) -> list[tuple[str, str]]:
    """Give a line for each column of the table."""
    used = [(c.name, c.kind, c.summary()) for c in encoder.columns_]
    unused = [(name, "left out", reason) for name, reason in encoder.left_out_.items()]
    rows = [*used, *unused]
    width = max((len(name) for name, _, _ in rows[:MOST_COLUMNS]), default=0)
    shown = [f"{name:<{width}}  {kind:<12} {text}" for name, kind, text in rows[:MOST_COLUMNS]]
    if len(rows) > MOST_COLUMNS:
        shown.append(f"and {len(rows) - MOST_COLUMNS} more")
    return [("columns" if not i else "", text) for i, text in enumerate(shown)]


def layers(network: Any) -> list[tuple[str, str]]:
    """Give a line for each layer, and the loss and the validation score from epoch to epoch."""
    hidden = network.activation
    names = [hidden] * (len(network.coefs_) - 1) if isinstance(hidden, str) else list(hidden)
    lines = []
    for i, (coef, name) in enumerate(
        zip(network.coefs_, [*names, network.out_activation_], strict=True), start=1
    ):
        size = coef.size + coef.shape[1]
        text = f"dense {coef.shape[0]} to {coef.shape[1]}, {name}, {size:,} weights, {coef.dtype}"
        lines.append((f"layer {i}", text))
    return lines + _curves(network)


def _curves(network: Any) -> list[tuple[str, str]]:
    score = validation_score("classification" if hasattr(network, "classes_") else "regression")
    named = {"loss": network.loss_curve_, score: getattr(network, "validation_scores_", None)}
    shown = {name: curve for name, curve in named.items() if curve}
    width = max(map(len, shown), default=0)
    texts = [
        f"{name:<{width}} {curve[0]:.4g} {sparkline(curve)} {curve[-1]:.4g}"
        for name, curve in shown.items()
    ]
    return [("curves" if not i else "", text) for i, text in enumerate(texts)]


def sparkline(values: list[float], width: int = CURVE_WIDTH) -> str:
    """Draw the values as one line of bars, the mean of each stretch as one bar."""
    count = min(width, len(values))
    edges = [i * len(values) // count for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, span = min(means), max(means) - min(means)
    if not 0 < span < float("inf"):
        return BARS[0] * count
    return "".join(BARS[min(int((m - low) / span * len(BARS)), len(BARS) - 1)] for m in means)
