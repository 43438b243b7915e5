import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier

from chainrule.exceptions import DataError
from chainrule.reports import make_report

from .tables import Says, amount, classification, label, pipeline, regression, report_of, table


def test_a_classification_has_its_parts():
    report = classification()
    assert (report.task, report.target, report.model) == (
        "classification",
        "y",
        "LogisticRegression",
    )
    assert (report.train_rows, report.test_rows, report.linear) == (
        200,
        100,
        "logistic regression",
    )
    assert sum(c.train_rows for c in report.classes) == 200
    assert sum(c.test_rows for c in report.classes) == 100
    assert [s.name for s in report.scores] == [
        "accuracy",
        "balanced accuracy",
        "AUC",
        "log loss",
        "Brier score",
    ]
    assert (report.residuals, report.ranges) == (None, ())
    assert report.calibration is not None
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.target = "z"


def test_a_regression_has_its_parts():
    report = regression()
    assert [r.part for r in report.ranges] == ["training", "held out"]
    assert [s.name for s in report.scores] == [
        "R squared",
        "RMSE",
        "mean absolute error",
        "median absolute error",
    ]
    assert (report.confusion, report.calibration, report.classes) == (None, None, ())
    assert report.residuals is not None


def test_without_the_rows_of_training_all_but_the_linear_model_is_the_same():
    """As when a model is evaluated on another table: of training, shares or mean are known."""
    frame = table()
    labels, numbers = label(frame), amount(frame)
    for task, y, past in (
        ("classification", labels, np.sort(labels[:200])),
        ("regression", numbers, np.full(200, numbers[:200].mean())),
    ):
        linear = LogisticRegression() if task == "classification" else LinearRegression()
        model = pipeline(linear).fit(frame[:200], y[:200])
        whole = report_of(frame[:200], y[:200], frame[200:], y[200:], task, model)
        found = report_of(None, past, frame[200:], y[200:], task, model, held_out=False)
        assert (found.linear, found.held_out, found.train_rows) == (None, False, 200)
        assert [score.linear for score in found.scores] == [None] * len(whole.scores)
        # The mean of 200 equal numbers may differ from theirs in its last digit.
        for own, other in zip(found.scores, whole.scores, strict=True):
            assert own.trivial == pytest.approx(other.trivial, rel=1e-12, abs=1e-12)
            assert (own.value, own.low, own.high) == (other.value, other.low, other.high)
        same = ("classes", "confusion", "calibration", "residuals", "mistakes", "importances")
        for name in same:
            assert getattr(found, name) == getattr(whole, name), name
        assert [r.part for r in found.ranges] == (["scored"] if task == "regression" else [])


def test_the_model_beats_the_trivial_one():
    for report in (classification(), regression()):
        for score in report.scores:
            assert (score.value > score.trivial) == score.higher_is_better
            assert score.low < score.value < score.high


def test_the_curves_of_a_network_are_found():
    frame = table()
    y = label(frame)
    last = MLPClassifier(early_stopping=True, max_iter=500, random_state=0)
    model = pipeline(last).fit(frame[:200], y[:200])
    report = report_of(frame[:200], y[:200], frame[200:], y[200:], "classification", model)
    assert report.model == "MLPClassifier"
    assert [(c.name, c.is_loss) for c in report.curves] == [
        ("training loss", True),
        ("validation score", False),
    ]
    assert list(report.curves[0].values) == model[-1].loss_curve_


def test_given_curves_are_taken():
    report = regression(curves={"RMSE": [3, 2], "R squared": [0.1, 0.2], "none": []})
    assert [(c.name, c.values, c.is_loss) for c in report.curves] == [
        ("RMSE", (3.0, 2.0), True),
        ("R squared", (0.1, 0.2), False),
    ]
    assert regression().curves == ()


def test_columns_are_kept():
    report = regression(columns=[("a", "numeric", "standardised")])
    assert report.columns[0].name == "a"
    assert report.columns[0].note == "standardised"


def ask(task="classification", model=None, **changes):
    frame = table(20)
    y = label(frame)
    given = {"X_train": frame, "y_train": y, "X_test": frame, "y_test": y, **changes}
    return make_report(model or Says(y), **given, task=task, target_name="y")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"task": "ranking"},
            r"task must be one of classification, regression, got 'ranking'\. Choose one\.",
        ),
        (
            {"y_test": ["a"]},
            r"y_test must have one value for each of the 20 rows of X_test, got shape \(1,\)\. "
            r"Pass the target of the same rows\.",
        ),
        (
            {"y_train": ["a"] * 19 + [None]},
            r"y_train must be known in every row, got None in row 20\. "
            r"Leave out the rows without a target\.",
        ),
        (
            {"y_test": pd.Series(["a", pd.NA] * 10)},
            r"y_test must be known in every row, got (<NA>|nan) in row 2\.",
        ),
        (
            {"task": "regression"},
            r"y_train must hold numbers for regression, got .+\. "
            r"Pass task='classification', or numbers\.",
        ),
        (
            {"task": "regression", "y_train": [1.0] * 20, "y_test": [np.inf] * 20},
            r"y_test must be a finite number in every row, got inf in row 1\.",
        ),
        ({"X_test": 3}, r"data must be a data frame"),
    ],
)
def test_what_cannot_be_reported_on(changes, message):
    with pytest.raises(DataError, match=message):
        ask(**changes)


def test_row_numbers_must_be_as_many_as_rows():
    with pytest.raises(
        DataError,
        match=r"row_numbers must be as many as the 100 rows of X_test, got 2\. "
        r"Leave them out to count from 1\.",
    ):
        regression(row_numbers=[1, 2])


def test_a_model_without_classes_is_asked_for_those_of_training():
    assert ask().scores[0].value == 1.0


def test_labels_of_a_training_part_that_the_model_does_not_know():
    frame = table(40)
    y = label(frame).astype(object)
    model = pipeline(LogisticRegression()).fit(frame, np.where(y == "mid", "low", y))
    report = report_of(frame, y, frame, y, "classification", model)
    assert set(report.confusion.labels) == {"low", "mid", "top"}
