"""The report on the rows that a model's fit held out."""

import sys
from typing import Any


def report_of(model: Any, frame: Any, *, quiet: bool) -> Any:
    """Make the report of a `TableModel` on its held-out rows of `frame`; None if it has none."""
    if model.report_["held_out"] is None:
        return None
    from chainrule.reports import make_report

    parts = model.parts(frame)
    with _bar(quiet=quiet) as progress:
        return make_report(
            model.model_,
            *parts.train,
            *parts.held_out,
            task=model.task_,
            target_name=model.target,
            columns=model.encoder_.notes(),
            curves=_curves(model),
            seed=model.seed,
            row_numbers=parts.row_numbers,
            progress=progress,
        )


def _curves(model: Any) -> dict[str, list[float]]:
    """The curves of the first network; the others look alike."""
    fitted = model.model_
    curves = {"training loss": fitted.loss_curves_[0]}
    if fitted.validation_curves_[0]:
        curves["validation score"] = fitted.validation_curves_[0]
    return curves


def _bar(*, quiet: bool) -> Any:
    from .progress import steps

    return steps(sys.stderr, quiet=quiet)
