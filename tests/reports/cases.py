"""Reports of hard cases, for the text and the page to be made of."""

import dataclasses
import functools

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression

from .tables import Says, amount, classification, label, pipeline, regression, report_of, table

ODD = [
    "<script>alert(1)</script>",
    "$x_1$ and $",
    "[bold red]x[/bold red]",
    "line\nbreak",
    "\x1b[31mred\x00",
    "{{ 7 * 7 }}",
    "]]> & \"quoted\" 'too' -->",
    "日本語 ☃ 🐧",
    "\u202eright to left",
    "long " * 60,
    "",
    "#p1 url(http://example.org/x)",
]


def _plain_report(frame, y, task, answers, probabilities=None, **settings):
    model = Says(answers, probabilities, np.unique(y) if task == "classification" else None)
    return report_of(frame, y, frame, y, task, model, **settings)


def two_rows():
    frame = table(2)
    return _plain_report(
        frame, np.array(["a", "b"]), "classification", ["a", "a"], [[0.9, 0.1], [0.6, 0.4]]
    )


def two_numbers():
    return _plain_report(table(2), np.array([1.0, 2.0]), "regression", [1.0, 1.5])


def absent_class():
    frame = table()
    y = label(frame)
    kept = np.flatnonzero(y[200:] != "mid") + 200
    return report_of(frame[:200], y[:200], frame.iloc[kept], y[kept], "classification")


def thirty_classes():
    random = np.random.default_rng(0)
    frame = table(600)
    y = np.array([f"class {i}" for i in range(30)])[np.arange(600) % 30]
    guess = np.where(random.random(600) < 0.7, y, np.roll(y, 1))
    return _plain_report(frame, y, "classification", guess, random.dirichlet(np.ones(30), 600))


def fifteen_classes():
    frame = table(150)
    y = np.array([f"the class {i}" for i in range(15)])[np.arange(150) % 15]
    return _plain_report(frame, y, "classification", np.roll(y, 3))


def constant_predictions():
    frame = table(50)
    return _plain_report(frame, amount(frame), "regression", np.full(50, 7.0))


def constant_classes():
    frame = table(50)
    y = label(frame)
    share = np.full((50, 3), 1 / 3)
    return _plain_report(frame, y, "classification", np.full(50, "low"), share)


def missing_values():
    frame = table(60)
    frame["gone"], frame["none"] = np.nan, pd.Series([None] * 60, dtype=object)
    frame["date"] = pd.Timestamp("2020-01-01")
    frame.loc[3, "date"] = pd.NaT
    return _plain_report(frame, amount(frame), "regression", amount(frame) + np.arange(60))


def odd_names():
    frame = pd.DataFrame({name: np.arange(60) % (i + 2) for i, name in enumerate(ODD)})
    frame[ODD[0]] = [ODD[i % len(ODD)] for i in range(60)]
    y = np.array(ODD, dtype=object)[np.arange(60) % len(ODD)]
    curves = {name: [3.0, 2.0, 2.5] for name in ODD}
    notes = [(name, name, name) for name in ODD]
    report = _plain_report(frame, y, "classification", np.roll(y, 1), columns=notes, curves=curves)
    items = [
        dataclasses.replace(item, mean=1.0 + i, deviation=0.1)
        for i, item in enumerate(report.importances.items)
    ]
    measured = dataclasses.replace(report.importances, items=tuple(items))
    return dataclasses.replace(report, target="<script>alert(1)…</script>", importances=measured)


def huge_values():
    frame = table(80)
    frame["a"] = frame["a"] * 1e300
    y = amount(table(80)) * 1e304
    return _plain_report(frame, y, "regression", -y)


def large_values():
    y = amount(table(80)) * 1e120
    return _plain_report(table(80), y, "regression", y * 0.9)


def not_numbers():
    frame = table(30)
    answers = np.full(30, np.nan)
    curves = {"loss": [np.nan, 1.0, np.inf], "score": [np.nan, np.nan]}
    return _plain_report(frame, amount(frame), "regression", answers, curves=curves)


def no_probabilities():
    frame = table(30)
    return _plain_report(frame, label(frame), "classification", np.roll(label(frame), 1))


def one_epoch():
    return classification(curves={"training loss": [0.5]}, columns=[("a", "numeric", "")])


def no_importances():
    return classification(importance_seconds=0)


def classes_of_any_rows():
    """Of a model whose rows of training are gone, and with a label that it does not know."""
    frame = table()
    y = label(frame)
    model = pipeline(LogisticRegression()).fit(frame[:200], y[:200])
    scored = np.where(np.arange(100) == 7, "new", y[200:])
    return report_of(None, y[:200], frame[200:], scored, "classification", model, held_out=False)


def numbers_of_any_rows():
    frame = table()
    y = amount(frame)
    model = pipeline(LinearRegression()).fit(frame[:200], y[:200])
    past = np.full(200, y[:200].mean())
    return report_of(None, past, frame[200:], y[200:] + 1, "regression", model, held_out=False)


CASES = {
    case.__name__: case
    for case in (
        classification,
        regression,
        two_rows,
        two_numbers,
        absent_class,
        thirty_classes,
        fifteen_classes,
        constant_predictions,
        constant_classes,
        missing_values,
        odd_names,
        huge_values,
        large_values,
        not_numbers,
        no_probabilities,
        one_epoch,
        no_importances,
        classes_of_any_rows,
        numbers_of_any_rows,
    )
}


@functools.cache
def report_of_case(name):
    return CASES[name]()
