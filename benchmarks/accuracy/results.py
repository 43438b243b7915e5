"""All records of a report, and the ratios between two models on the same rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, log
from statistics import fmean
from typing import Any

from .records import Record

Score = Callable[[Record], float | None]


def geometric_mean(values: Iterable[float]) -> float | None:
    """Return the geometric mean, or None of nothing."""
    logarithms = [log(value) for value in values]
    return exp(fmean(logarithms)) if logarithms else None


def error(record: Record) -> float:
    """Return the error as ratios use it: none at all counts as half a row."""
    value = float(record["error"])
    return value if record["task"] == "regression" else max(value, 0.5 / record["rows"][1])


def log_loss(record: Record) -> float | None:
    """Return the log loss, of a regression None."""
    value: float | None = record["log_loss"]
    return value


def seconds(record: Record) -> float:
    """Return the time of the fit."""
    return float(record["seconds"])


@dataclass(frozen=True)
class Results:
    """What was measured: model -> (table, seed) -> record, of finished fits only."""

    tables: list[str]
    seeds: list[int]
    done: dict[str, dict[tuple[str, int], Record]]

    def mean(self, model: str, table: str, field: str) -> float | None:
        """Return the mean of a field over the seeds, None where it is not defined."""
        found = [record.get(field) for record in self._of(model, table)]
        values = [value for value in found if value is not None]
        return fmean(values) if values else None

    def any_of(self, table: str) -> Record | None:
        """Return some record of the table: its task and rows."""
        return next((r for m in self.done for r in self._of(m, table)), None)

    def ratio(self, model: str, other: str, table: str, score: Score) -> float | None:
        """Return the geometric mean over the seeds that both have of score / other's score."""
        ratios = []
        for seed in self.seeds:
            mine, theirs = (self.done.get(m, {}).get((table, seed)) for m in (model, other))
            if mine is None or theirs is None:
                continue
            a, b = score(mine), score(theirs)
            if a and b:
                ratios.append(a / b)
        return geometric_mean(ratios)

    def ratios(self, model: str, others: dict[str, str], score: Score) -> list[float]:
        """Return the ratios by table against the model that `others` names for it."""
        found = (self.ratio(model, other, table, score) for table, other in others.items())
        return [ratio for ratio in found if ratio is not None]

    def best(self, candidates: tuple[str, ...]) -> dict[str, str]:
        """Return table -> the candidate with the lowest mean error; all must be measured."""
        chosen = {}
        for table in self.tables:
            means = {m: self.mean(m, table, "error") for m in candidates}
            known = {m: value for m, value in means.items() if value is not None}
            if len(known) == len(candidates):
                chosen[table] = min(known, key=known.__getitem__)
        return chosen

    def different_rows(self) -> list[str]:
        """Return the splits on which not all models were tested on the same rows."""
        found = []
        for table in self.tables:
            for seed in self.seeds:
                records = (by_split.get((table, seed)) for by_split in self.done.values())
                if len({record["split"] for record in records if record}) > 1:
                    found.append(f"{table}, seed {seed}")
        return found

    def _of(self, model: str, table: str) -> list[dict[str, Any]]:
        records = (self.done.get(model, {}).get((table, seed)) for seed in self.seeds)
        return [record for record in records if record]
