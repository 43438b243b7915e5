"""Confusion, calibration and mistakes of classifications, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from chainrule.reports import make_report
from chainrule.reports.calibration import calibration
from chainrule.reports.inputs import Answers

from .tables import Says


def told(true, guess, probability=None, classes=("cat", "dog"), train=None, **settings):
    """Report on a model that names `guess` for rows whose truth is `true`."""
    frame = pd.DataFrame({"x": np.arange(len(true)) * 0.5})
    train = list(classes) * 2 if train is None else train
    return make_report(
        Says(guess, probability, classes),
        pd.DataFrame({"x": np.zeros(len(train))}),
        train,
        frame,
        true,
        task="classification",
        target_name="animal",
        **settings,
    )


def test_confusion_by_hand():
    true = ["cat", "cat", "cat", "dog", "dog", "eel"]
    guess = ["cat", "dog", "dog", "dog", "cat", "dog"]
    found = told(true, guess, classes=("cat", "dog", "eel")).confusion
    assert found.labels == ("cat", "dog", "eel")
    assert found.counts == ((1, 2, 0), (1, 1, 0), (0, 1, 0))
    pairs = [(p.true, p.predicted, p.rows, p.share) for p in found.pairs]
    assert pairs == [
        ("cat", "dog", 2, pytest.approx(2 / 3)),
        ("dog", "cat", 1, 0.5),
        ("eel", "dog", 1, 1.0),
    ]


def test_many_classes_have_pairs_instead_of_a_matrix():
    classes = [f"c{i:02}" for i in range(30)]
    guess = classes.copy()
    guess[4] = "c07"
    found = told(classes, guess, classes=classes).confusion
    assert found.counts is None
    assert [(p.true, p.predicted) for p in found.pairs] == [("c04", "c07")]


def test_each_class_has_its_rows_recall_and_precision():
    report = told(
        ["cat", "cat", "dog"],
        ["cat", "dog", "dog"],
        classes=("cat", "dog", "eel"),
        train=["dog"] * 5 + ["cat"] + ["eel"] * 2,
    )
    rows = [(c.label, c.train_rows, c.test_rows, c.recall, c.precision) for c in report.classes]
    assert rows == [("dog", 5, 1, 1.0, 0.5), ("cat", 1, 2, 0.5, 1.0), ("eel", 2, 0, None, None)]


def test_calibration_of_two_classes_by_hand():
    p = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
    true = np.array([0, 0, 1, 0, 1, 1, 0, 1])
    own = Answers(("cat", "dog"), 2, true, (p > 0.5).astype(int), np.column_stack([1 - p, p]))
    found = calibration(own)
    # Eight rows: two bins. Means 0.25 and 0.75, shares 1/4 and 3/4.
    assert found.event == "the class is dog"
    assert [(b.rows, b.predicted, b.observed) for b in found.bins] == [
        (4, pytest.approx(0.25), 0.25),
        (4, pytest.approx(0.75), 0.75),
    ]
    assert found.error == pytest.approx(0, abs=1e-15)
    assert all(b.low < b.observed < b.high for b in found.bins)


def test_calibration_of_more_classes_is_of_the_class_named():
    likely = np.full((30, 3), 0.05)
    likely[:, 0] = 0.9
    true = np.repeat([0, 1], [20, 10])
    own = Answers(tuple("abc"), 3, true, np.zeros(30, int), likely)
    found = calibration(own)
    # Said to be right in 90 %, right in 20 of 30: off by 0.9 - 2/3.
    assert [(b.rows, b.observed) for b in found.bins] == [(30, pytest.approx(2 / 3))]
    assert found.error == pytest.approx(0.9 - 2 / 3)


def test_an_edge_belongs_to_the_bin_below_as_in_sklearn():
    p = np.array([0.5] * 3 + [1.0] * 2)
    own = Answers((0, 1), 2, np.ones(5, int), np.ones(5, int), np.column_stack([1 - p, p]))
    assert [b.rows for b in calibration(own).bins] == [3, 2]


def test_the_worst_mistakes_come_first_with_their_row_numbers():
    report = told(
        ["cat", "cat", "dog", "dog"],
        ["dog", "dog", "dog", "cat"],
        [[0.4, 0.6], [0.1, 0.9], [0.3, 0.7], [0.8, 0.2]],
        row_numbers=[11, 12, 13, 14],
    )
    found = report.mistakes
    rows = [(m.row, m.true, m.predicted, m.size, m.values) for m in found.rows]
    assert rows == [
        (12, "cat", "dog", pytest.approx(0.1), ("0.5",)),
        (14, "dog", "cat", pytest.approx(0.2), ("1.5",)),
        (11, "cat", "dog", pytest.approx(0.4), ("0",)),
    ]
    assert (found.columns, found.wrong) == (("x",), 3)


def test_without_probabilities_mistakes_come_in_the_order_of_the_rows():
    found = told(["cat", "dog"], ["dog", "cat"])
    assert [(m.row, m.size) for m in found.mistakes.rows] == [(1, None), (2, None)]
    assert found.calibration is None
    assert found.notes[0].startswith("The model gives no (finite) probabilities")


def test_probabilities_that_are_no_numbers_are_left_out():
    report = told(["cat", "dog"], ["cat", "dog"], [[np.nan, 0.5], [0.5, 0.5]])
    assert [s.name for s in report.scores] == ["accuracy", "balanced accuracy"]


def test_one_class_only_in_the_rows_held_out():
    report = told(["cat"] * 3, ["cat"] * 3, [[0.9, 0.1]] * 3)
    assert "AUC" not in [s.name for s in report.scores]
    assert "all of one class" in report.notes[0]


def test_a_label_that_training_lacked():
    report = told(["cat", "emu"], ["cat", "dog"], [[0.9, 0.1]] * 2)
    assert report.confusion.labels == ("cat", "dog", "emu")
    assert report.notes[0].startswith("Some labels were not in training: 'emu' (1 row). They count")
    assert "probabilities" in report.notes[0]
    assert report.cautions == report.notes[:1]
    assert [(m.true, m.size) for m in report.mistakes.rows] == [("emu", 0.0)]


@pytest.mark.parametrize("labels", [[0, 1], [False, True], [1.0, 2.0], ["a", "b"]])
def test_labels_of_every_type(labels):
    report = told(labels * 3, labels * 3, classes=labels)
    assert report.scores[0].value == 1.0
    assert report.confusion.labels == tuple(map(str, labels))


def test_many_labels_that_training_lacked():
    birds = [f"emu {i}" for i in range(7)]
    report = told(birds, ["cat"] * 7)
    assert "'emu 4' (1 row) and 2 more. They count as wrong answers." in report.cautions[0]
    assert told(["cat", "dog"], ["cat", "cat"]).cautions == ()
