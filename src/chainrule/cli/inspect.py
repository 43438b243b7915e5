"""`chainrule inspect`: what a model file holds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .guard import show
from .progress import validation_score


def inspect(
    model: Annotated[Path, typer.Argument(help="Model file.")],
) -> None:
    """Show a model's layers, columns, training and scores.

    For example:

    * `chainrule inspect model.chainrule`
    """
    from chainrule.files import load

    from .describing import aligned, columns, network, scores

    loaded = load(model)
    lines = [("model", f"{type(loaded).__name__} in {model}, {model.stat().st_size:,} bytes")]
    if hasattr(loaded, "report_"):
        lines += _table(loaded)
        report = loaded.report_
        if report["held_out"] is not None:
            lines.append(("score", f"on {report['rows_held_out']:,} rows held out"))
            lines += scores(report["held_out"], report["trivial"], loaded.task_)
    estimator = getattr(loaded, "model_", loaded)
    encoder = getattr(estimator, "encoder_", loaded)
    if hasattr(encoder, "columns_"):
        lines += columns(encoder)
    if hasattr(estimator, "parameters_"):
        lines += [("network", network(estimator)), ("recipe", recipe(estimator))]
        lines += _member_curves(estimator)
    if hasattr(estimator, "coefs_"):
        lines += layers(estimator)
    show(aligned(lines))


def _table(model: Any) -> list[tuple[str, str]]:
    from .describing import target, training

    return [
        ("target", f"{model.target}, {target(model)}"),
        ("training", training(model.report_)),
        ("settings", ", ".join(f"{name} {value}" for name, value in _settings(model).items())),
    ]


def _settings(model: Any) -> dict[str, Any]:
    own = {name: getattr(model, name) for name in ("task", "test_fraction", "seed")}
    return {**(model.settings or {}), **own}


def recipe(estimator: Any) -> str:
    """How the networks were trained."""
    plan = estimator.fitted_recipe()
    parts = [
        f"{plan.solver}, learning rate {plan.learning_rate_init:.4g} ({plan.learning_rate_course})",
        f"batch {plan.batch_size}",
        f"at most {plan.epochs} epochs",
        f"dropout {plan.dropout:g}" if plan.dropout else "no dropout",
        f"weight decay {plan.weight_decay:g}" if plan.weight_decay else "no weight decay",
    ]
    if plan.label_smoothing:
        parts.append(f"labels smoothed by {plan.label_smoothing:g}")
    if plan.members > 1:
        parts.append(f"{plan.members} members in each")
    temperature = getattr(estimator, "temperature_", 1.0)
    if temperature != 1.0:
        parts.append(f"temperature {temperature:.3g}")
    return ", ".join(parts)


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


def _member_curves(estimator: Any) -> list[tuple[str, str]]:
    """The loss and the validation score of the first network."""
    score = validation_score(estimator.task_, estimator.eval_metric)
    return _lines({"loss": estimator.loss_curves_[0], score: estimator.validation_curves_[0]})


def _curves(network: Any) -> list[tuple[str, str]]:
    scores = getattr(network, "validation_scores_", None)
    return _lines({"loss": network.loss_curve_, "validation score": scores})


def _lines(named: dict[str, Any]) -> list[tuple[str, str]]:
    from chainrule.reports.words import sparkline

    shown = {name: curve for name, curve in named.items() if curve}
    width = max(map(len, shown), default=0)
    texts = [
        f"{name:<{width}} {curve[0]:.4g} {sparkline(curve)} {curve[-1]:.4g}"
        for name, curve in shown.items()
    ]
    return [("curves" if not i else "", text) for i, text in enumerate(texts)]
