"""Factors of settings, step by step."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule.engine.run import QUANTITIES
from chainrule.formulas import Constant, Linear, Plateau, Step
from chainrule.training import History
from chainrule.training.courses import Courses


def column(table, name):
    return table[:, QUANTITIES.index(name)]


def test_no_course_needs_no_table():
    assert Courses().factors(0, 10, 100) is None


def test_each_quantity_has_its_own_course():
    courses = Courses(learning_rate=Linear(), momentum=Constant(), noise=Step((0.5,), 0.1))
    # Steps 4, 5, 6 of 10: progress .4, .5, .6.
    table = courses.begun().factors(4, 3, 10)
    assert_allclose(column(table, "learning_rate"), [0.6, 0.5, 0.4])
    assert_array_equal(column(table, "momentum"), 1.0)
    assert_array_equal(column(table, "weight_decay"), 1.0)
    assert_allclose(column(table, "noise"), [1.0, 0.1, 0.1])
    assert_array_equal(column(table, "mix"), 1.0)


def test_progress_ends_at_one():
    assert_allclose(column(Courses(Linear()).factors(8, 4, 10), "learning_rate"), [0.2, 0.1, 0, 0])


def test_mixup_keeps_the_larger_share():
    shares = column(Courses().factors(0, 2000, 2000, 0.4, np.random.default_rng(0)), "mix")
    assert shares.min() >= 0.5
    assert shares.max() <= 1.0
    # The mean of the larger share has no simple form: many draws give it.
    own = np.random.default_rng(1).beta(0.4, 0.4, 10**6)
    # The deviation of a mean of 2000 shares is about 0.15 / 45 = 0.0034.
    assert shares.mean() == pytest.approx(np.maximum(own, 1 - own).mean(), abs=0.014)


def run(courses: Courses, losses, scores=None) -> list[float]:
    """The factor of the learning rate after each epoch."""
    history, found = History(early_stopping=False), []
    for epoch, loss in enumerate(losses):
        history.add_loss(loss)
        if scores is not None:
            history.add_validation(0.0, scores[epoch])
        courses.epoch_ends(history)
        found.append(courses.factors(0, 1, 1)[0, 0])
    return found


def test_plateau_by_hand():
    courses = Courses(Plateau(size=0.1, patience=2)).begun()
    # Epochs 3 and 4 are no better than 4.0, epochs 6 and 7 no better than 3.0.
    found = run(courses, [5.0, 4.0, 4.5, 4.25, 3.0, 3.5, 3.25, 3.125])
    assert_allclose(found, [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01])


def test_plateau_looks_at_validation_scores_where_there_are_any():
    courses = Courses(Plateau(size=0.5, patience=1)).begun()
    # Losses fall all the time, scores do so in the third epoch.
    assert_allclose(run(courses, [3.0, 2.0, 1.0], scores=[0.1, 0.2, 0.15]), [1, 1, 0.5])


def test_plateau_has_a_floor():
    courses = Courses(Plateau(size=0.1, patience=1, minimum=0.05)).begun()
    assert_allclose(run(courses, [1.0, 2.0, 2.0, 2.0]), [1, 0.1, 0.05, 0.05])


def test_courses_may_serve_many_fits():
    courses = Courses(Plateau(size=0.1, patience=1))
    assert run(courses.begun(), [1.0, 2.0])[-1] == pytest.approx(0.1)
    assert run(courses.begun(), [1.0])[-1] == 1.0
