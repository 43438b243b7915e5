"""What `fit` and `tune` do alike: check, read the table, train with progress, save, tell."""

import os
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from chainrule.exceptions import DataError, DivergenceError, ModelFileError

from .columns import check_columns, column_kinds, drop_ignored
from .interrupt import one_interrupt
from .options import check_choices, check_not_input, check_page, check_place, mute


@dataclass(frozen=True)
class Job:
    """What a user wants learned, and where it goes."""

    data: Path
    target: str
    out: Path
    page: Path | None
    preset: str
    task: str
    kinds: list[str] | None
    ignored: list[str] | None
    test_fraction: float
    seed: int
    quiet: bool
    force: bool
    start: float = field(default_factory=time.perf_counter)

    def check(self, **names: str | None) -> None:
        """Refuse, before any work, misspelt names and places that cannot or should not be used."""
        mute(self.quiet)
        check_choices(task=self.task, preset=self.preset, **names)
        check_not_input(self.out, data=self.data)
        check_place(self.out, force=self.force)
        if self.page is not None:
            check_page(self.page, force=self.force, data=self.data, model=self.out)
            if self.test_fraction == 0:
                raise DataError(
                    "report must have rows to report on, got --test-fraction 0. Hold some out."
                )

    def model(self, **settings: Any) -> Any:
        """The `TableModel` to be fitted; a setting of None is left to the preset."""
        from chainrule.tables import TableModel
        from chainrule.tables.model_settings import check_model_settings

        whole = {"preset": self.preset, "column_kinds": self._kinds(), **settings}
        model = TableModel(
            self.target,
            task=self.task,
            test_fraction=self.test_fraction,
            seed=self.seed,
            settings={name: value for name, value in whole.items() if value not in (None, {})},
        )
        check_model_settings(model)
        return model

    def _kinds(self) -> dict[str, str]:
        return column_kinds(self.kinds or [], self.ignored or [])

    def read(self) -> Any:
        """Read the table, without the columns to leave out."""
        from chainrule.tables import read_table

        kinds, ignored = self._kinds(), self.ignored or []
        frame = read_table(self.data, [name for name, kind in kinds.items() if kind != "numeric"])
        check_columns(frame, self.target, ignored, kinds)
        return drop_ignored(frame, self.target, ignored)

    def train_and_save(self, model: Any, frame: Any) -> None:
        """Train a `TableModel` and save it; Ctrl-C ends the training early."""
        with one_interrupt(model):
            _train(model, frame, quiet=self.quiet)
            self._save(model)

    def _save(self, model: Any) -> None:
        """Save where it was wanted; where that can no longer be, elsewhere: training took time."""
        try:
            check_place(self.out, force=self.force)
            model.save(self.out, replace=self.force)
        except (DataError, ModelFileError) as error:
            raise ModelFileError(f"{error} {_rescued(model)}") from error

    def tell(self, model: Any, frame: Any) -> None:
        """Print the summary and the report of a saved model, and write the page."""
        try:
            self._tell(model, frame)
        except KeyboardInterrupt as interrupt:
            raise KeyboardInterrupt(
                f"interrupted; there is no report, but the model is saved in {self.out}."
            ) from interrupt

    def _tell(self, model: Any, frame: Any) -> None:
        from .describing import next_steps, summary

        seconds = time.perf_counter() - self.start
        if not self.quiet:
            typer.echo(summary(model, self.data, self.out, seconds))
        if self.page is not None or not self.quiet:
            self._report(model, frame)
        if not self.quiet:
            typer.echo(next_steps(self.data, self.out, self.page))

    def _report(self, model: Any, frame: Any) -> None:
        from .judging import held_out_report, print_and_write

        found = held_out_report(model, frame, quiet=self.quiet)
        if found is not None:
            print_and_write(found, self.page, quiet=self.quiet, force=self.force)
        elif self.page is not None:
            raise DataError(
                "report must have rows to report on, got too few rows to hold any out. Add rows. "
                "The model was saved."
            )


def _rescued(model: Any) -> str:
    """Save a model whose place cannot be used; tells where it is."""
    try:
        handle, spare = tempfile.mkstemp(prefix="rescued-", suffix=".chainrule")
        os.close(handle)
        model.save(spare)
    except (OSError, ModelFileError):
        return "The trained model could not be saved anywhere else either."
    return f"The trained model is in {spare} for now; move it from there."


def _train(model: Any, frame: Any, *, quiet: bool) -> None:
    from chainrule.exceptions import TrainingInterruptedWarning

    from .progress import progress

    with progress(sys.stderr, model, quiet=quiet) as on_progress, warnings.catch_warnings():
        # The summary tells of it.
        warnings.simplefilter("ignore", TrainingInterruptedWarning)
        try:
            model.fit(frame, on_progress=on_progress)
        except DivergenceError as error:
            raise DivergenceError(
                f"{error} Nothing was saved: on the command line, pass a smaller --learning-rate."
            ) from error
    if not quiet and model.report_["end"] == "interrupted":
        epochs = max(model.report_["epochs"])
        typer.echo(f"chainrule: interrupted after {epochs} epochs; keeping the best.", err=True)
