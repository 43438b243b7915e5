import itertools

import numpy as np
import polars as pl
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from chainrule.reports import importances as module

from .tables import Says, amount, classification, label, pipeline, regression, report_of, table


def by_name(report):
    return {item.column: item for item in report.importances.items}


@pytest.mark.parametrize(
    ("last", "target", "task", "scoring", "name"),
    [
        (LinearRegression(), amount, "regression", "neg_root_mean_squared_error", "RMSE"),
        # Mild weights: no probability is so small that the two would clip it differently.
        (LogisticRegression(C=0.1), label, "classification", "neg_log_loss", "log loss"),
        (LinearSVC(), label, "classification", "accuracy", "accuracy"),
    ],
)
def test_they_are_sklearns(last, target, task, scoring, name):
    # Row numbers that are not positions: a column must not be aligned by them.
    frame = table().set_index(np.arange(300)[::-1])
    y = target(frame)
    model = pipeline(last).fit(frame[:200], y[:200])
    test, y_test = frame[200:], y[200:]
    report = report_of(frame[:200], y[:200], test, y_test, task, model, seed=3)
    peer = permutation_importance(model, test, y_test, scoring=scoring, n_repeats=5, random_state=3)
    assert report.importances.score == name
    assert report.importances.complete
    for i, column in enumerate(test.columns):
        item = by_name(report)[column]
        # The same shuffles, so that only rounding differs.
        assert item.mean == pytest.approx(peer.importances_mean[i], abs=1e-9)
        assert item.deviation == pytest.approx(peer.importances_std[i], abs=1e-9)


def test_the_most_important_comes_first():
    means = [item.mean for item in regression().importances.items]
    assert means == sorted(means, reverse=True)
    assert regression().importances.items[0].column == "a"


def test_another_library_is_shuffled_alike():
    class Sum:
        def predict(self, X):
            return np.asarray(X["a"]) * 2

    frame = table()[["a"]]
    y = frame["a"].to_numpy()
    ours = [
        report_of(make(frame), y, make(frame), y, "regression", Sum())
        for make in (pl.from_pandas, lambda f: f)
    ]
    assert ours[0].importances == ours[1].importances


def test_progress_is_told():
    seen = []
    regression(progress=lambda *told: seen.append(told))
    # Three columns, five times; then the scores.
    assert seen[:15] == [("importances", i, 15) for i in range(1, 16)]
    assert seen[15:] == [("scores", 0, 1), ("scores", 1, 1)]


def test_time_that_runs_out_leaves_the_rest_unmeasured(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    report = regression(importance_seconds=3)
    # Clock 0 sets the end to 3; looks at 1 and 2 are before it.
    assert len(report.importances.items) == 2
    assert not report.importances.complete
    monkeypatch.undo()
    assert regression(importance_seconds=0).importances.items == ()


def test_at_most_so_many_rows(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 40)
    assert regression().importances.rows == 40


def test_rows_with_an_unknown_label_are_left_out():
    frame = table()
    y = label(frame).astype(object)
    y[-3:] = "never seen"
    report = report_of(frame[:200], y[:200], frame[200:], y[200:], "classification")
    assert report.importances.rows == 97


def test_no_scorable_row_at_all():
    frame = table(20)
    train = np.array(["a", "b"] * 10)
    model = Says(train, classes=["a", "b"])
    report = report_of(frame, train, frame, np.array(["x"] * 20), "classification", model)
    assert report.importances.items == ()


def test_importances_that_are_no_numbers_come_last():
    class Odd:
        def predict(self, X):
            shuffled = (X["a"].to_numpy() != table(20)["a"].to_numpy()).any()
            return np.full(len(X), np.nan) if shuffled else X["b"].fillna(0).to_numpy()

    frame = table(20)
    report = report_of(frame, amount(frame), frame, amount(frame), "regression", Odd())
    assert [item.column for item in report.importances.items][-1] == "a"
    assert np.isnan(report.importances.items[-1].mean)


def test_the_same_seed_gives_the_same_report():
    assert classification(seed=4) == classification(seed=4)
    assert classification(seed=4).importances != classification(seed=5).importances
