"""The report: a table a score, all ratios in one, and what was compared with what."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from ..report import Table, duration, times
from .results import Results, error, geometric_mean, log_loss, seconds

PUBLISHED = "realmlp-td"
BOOSTERS = ("lightgbm", "catboost")
PAIRS = {
    "chainrule-realmlp-td": "realmlp-td",
    "chainrule-realmlp-td-s": "realmlp-td-s",
    "chainrule-tabm": "tabm",
    "chainrule-mlp": "sklearn-mlp",
}
BUSY = 1.0  # load average before a fit from which its time is not to be trusted


def compared(models: list[str]) -> list[str]:
    """Return the models and those that the report sets them against."""
    peers = [PAIRS[model] for model in models if model in PAIRS]
    return list(dict.fromkeys([*models, PUBLISHED, *BOOSTERS, *peers]))


def report(results: Results) -> list[Table]:
    """Return the tables of the report."""
    scores = [
        _by_table(results, "Error on the test rows (1 - accuracy, or RMSE)", "error", _score),
        _by_table(results, "Log loss", "log_loss", _score),
        _by_table(results, "AUC (several classes: mean of one against the rest)", "auc", _score),
        _by_table(results, "Time of a fit", "seconds", duration),
    ]
    scores[-1].notes += _busy(results)
    return [*scores, _ratios_by_table(results), _in_all(results), _parity(results)]


def _score(value: float) -> str:
    return f"{value:.4g}"


def _ratio(value: float) -> str:
    return f"{value:.3f}"


def _by_table(results: Results, title: str, field: str, show: Callable[[Any], str]) -> Table:
    table = Table(
        title, {"table": str, "task": str, "rows": str} | dict.fromkeys(results.done, show)
    )
    for name in results.tables:
        values = {model: results.mean(model, name, field) for model in results.done}
        example = results.any_of(name)
        if example and any(value is not None for value in values.values()):
            table.rows.append(
                {"table": name, "task": example["task"], "rows": str(sum(example["rows"]))} | values
            )
    table.notes.append(f"mean over the seeds {', '.join(map(str, results.seeds))}")
    return table


def _ratios_by_table(results: Results) -> Table:
    others = [model for model in results.done if model != PUBLISHED]
    table = Table(f"Error divided by {PUBLISHED}'s", {"table": str} | dict.fromkeys(others, _ratio))
    for name in results.tables:
        row = {model: results.ratio(model, PUBLISHED, name, error) for model in others}
        if any(value is not None for value in row.values()):
            table.rows.append({"table": name} | row)
    table.notes.append("geometric mean over the seeds; no error at all counts as half a row")
    return table


def _in_all(results: Results) -> Table:
    table = Table(
        "In all: geometric means over the tables",
        {
            "model": str,
            f"error / {PUBLISHED}": _ratio,
            "tables": str,
            "log loss": _ratio,
            f"time / {PUBLISHED}": times,
            "sum of times": times,
            "error / better booster": _ratio,
            "tables ": str,
        },
    )
    published = dict.fromkeys(results.tables, PUBLISHED)
    booster = results.best(BOOSTERS)
    for model in results.done:
        errors = results.ratios(model, published, error)
        against_booster = results.ratios(model, booster, error)
        table.rows.append(
            {
                "model": model,
                f"error / {PUBLISHED}": geometric_mean(errors),
                "tables": str(len(errors)),
                "log loss": geometric_mean(results.ratios(model, published, log_loss)),
                f"time / {PUBLISHED}": geometric_mean(results.ratios(model, published, seconds)),
                "sum of times": _sum_of_times(results, model),
                "error / better booster": geometric_mean(against_booster),
                "tables ": str(len(against_booster)),
            }
        )
    table.notes += [
        f"log loss and times: likewise divided by {PUBLISHED}'s, on the splits that both have",
        f"better booster: of {' and '.join(BOOSTERS)} the one with the lower mean error, by table",
        *_several_versions(results),
    ]
    return table


def _several_versions(results: Results) -> list[str]:
    """Say whose fits are not all of one version."""
    found = {
        model: Counter(record["version"] for record in records.values())
        for model, records in results.done.items()
    }
    return [
        f"CHECK: {model} is of several versions: "
        + ", ".join(f"{version} ({count} fits)" for version, count in counts.most_common())
        for model, counts in found.items()
        if len(counts) > 1
    ]


def _sum_of_times(results: Results, model: str) -> float | None:
    mine, theirs = results.done[model], results.done.get(PUBLISHED, {})
    both = mine.keys() & theirs.keys()
    if not both:
        return None
    return sum(seconds(mine[key]) for key in both) / sum(seconds(theirs[key]) for key in both)


def _parity(results: Results) -> Table:
    table = Table(
        "Parity with the published recipe",
        {"model": str, "peer": str, "error": _ratio, "log loss": _ratio, "tables": str},
    )
    for model, peer in PAIRS.items():
        peers = dict.fromkeys(results.tables, peer)
        errors = results.ratios(model, peers, error)
        if errors:
            table.rows.append(
                {
                    "model": model,
                    "peer": peer,
                    "error": geometric_mean(errors),
                    "log loss": geometric_mean(results.ratios(model, peers, log_loss)),
                    "tables": str(len(errors)),
                }
            )
    table.notes += [
        f"CHECK: not all tested on the same rows: {s}" for s in results.different_rows()
    ]
    return table


def _busy(results: Results) -> list[str]:
    loads = [record["load"][0] for model in results.done.values() for record in model.values()]
    busy = sum(load > BUSY for load in loads)
    if not busy:
        return []
    return [
        f"{busy} of {len(loads)} fits began on a machine with other work on it "
        f"(load average above {BUSY:.0f}): these times are provisional"
    ]
