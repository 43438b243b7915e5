"""Residuals, groups and ranges of regressions, computed by hand."""

import numpy as np
import pandas as pd
import pytest

from chainrule.reports import make_report
from chainrule.reports import residuals as module
from chainrule.reports.residuals import number_range, residuals

from .tables import Says


def told(true, prediction, **settings):
    frame = pd.DataFrame({"x": np.arange(len(true)), "when": pd.Timestamp("2024-02-03")})
    return make_report(
        Says(prediction), frame, true, frame, true, task="regression", target_name="y", **settings
    )


def test_quantiles_of_the_errors():
    true = np.arange(5.0)
    found = residuals(true, true + np.array([-2, -1, 0, 1, 7]), seed=0)
    assert found.mean == pytest.approx(1.0)
    assert dict(found.quantiles) == pytest.approx(
        # Between the first two of five, 0.05 is a fifth of a step; between the last two likewise.
        {0: -2, 0.05: -1.8, 0.25: -1, 0.5: 0, 0.75: 1, 0.95: 5.8, 1: 7}
    )


def test_tenths_of_the_prediction():
    prediction = np.arange(100.0)
    found = residuals(prediction + 1, prediction, seed=0)
    assert [g.rows for g in found.groups] == [10] * 10
    assert found.groups[0].predicted == pytest.approx(4.5)
    assert found.groups[0].true == pytest.approx(5.5)


def test_equal_predictions_are_one_group():
    found = residuals(np.arange(50.0), np.full(50, 3.0), seed=0)
    assert [(g.rows, g.predicted, g.true) for g in found.groups] == [(50, 3.0, pytest.approx(24.5))]


def test_of_many_rows_some_points_are_drawn(monkeypatch):
    monkeypatch.setattr(module, "MOST_POINTS", 10)
    values = np.arange(100.0)
    points = residuals(values, values, seed=0).points
    assert len(set(points)) == 10
    assert residuals(values, values, seed=0).points == points


def test_predictions_that_are_no_numbers_are_not_described():
    report = told(np.arange(4.0), [0.0, np.nan, 2.5, np.inf])
    assert report.notes[0] == "2 of the predictions are not finite."
    assert sum(group.rows for group in report.residuals.groups) == 2
    assert [m.row for m in report.mistakes.rows] == [2, 4, 3]
    assert residuals(np.arange(2.0), np.full(2, np.nan), seed=0) is None


def test_the_range_of_the_target():
    found = number_range("training", np.array([4.0, 0.0, 1.0, 2.0, 3.0]))
    assert (found.rows, found.least, found.quarter, found.median) == (5, 0, 1, 2)
    assert (found.three_quarters, found.most, found.mean) == (3, 4, 2)
    assert number_range("training", np.full(9, 1e308)).mean == pytest.approx(1e308)


def test_the_largest_errors_come_first():
    found = told(np.array([1.0, 2.0, 3.0]), [1.0, 2.5, 1.0]).mistakes
    assert [(m.row, m.true, m.predicted, m.size) for m in found.rows] == [
        (3, "3", "1", -2.0),
        (2, "2", "2.5", 0.5),
    ]
    assert found.columns == ("x", "when")
    assert found.rows[0].values == ("2", "2024-02-03 00:00:00")


def test_targets_all_the_same():
    report = told(np.ones(3), [1.0, 1.0, 2.0])
    assert "R squared" not in [s.name for s in report.scores]
    assert "all the same" in report.notes[0]
