"""The stopping rule, epoch by epoch by hand."""

import numpy as np

from chainrule.training import History

NO_PARAMETERS = np.zeros(0)


def counts(losses, tol: float) -> tuple[list[int], History]:
    history = History(early_stopping=False)
    found = []
    for loss in losses:
        history.add_loss(loss)
        history.judge(tol, NO_PARAMETERS)
        found.append(history.no_improvement_count)
    return found, history


def test_losses_by_hand():
    # The best so far:         inf  8    4    3.75  3.75  3.5    tol = 0.5
    # wanted at most:          inf  7.5  3.5  3.25  3.25  3.0
    found, history = counts([8.0, 4.0, 3.75, 5.0, 3.5, 3.0], tol=0.5)
    assert found == [0, 0, 1, 2, 3, 0]  # the last one is exactly tol better than 3.5
    assert history.best_loss == 3.0
    assert history.loss_curve == [8.0, 4.0, 3.75, 5.0, 3.5, 3.0]


def test_a_best_loss_that_creeps_down_counts_as_no_improvement():
    found, history = counts([1.0, 0.75, 0.5, 0.25], tol=0.5)
    assert found == [0, 1, 2, 3]
    assert history.best_loss == 0.25


def test_a_loss_that_is_no_number_is_no_improvement():
    found, history = counts([1.0, float("nan"), 0.5], tol=0.0)
    assert found == [0, 1, 0]
    assert history.best_loss == 0.5


def test_scores_by_hand():
    history = History(early_stopping=True)
    found = []
    # The best so far:             -inf  0.5   0.75   0.75  0.8125
    # wanted at least, tol = 1/8:  -inf  0.625 0.875  0.875 0.9375
    for epoch, score in enumerate([0.5, 0.75, 0.25, 0.8125, 0.9375]):
        history.add_loss(1.0)
        history.add_validation(2.0, score)
        history.judge(0.125, np.array([float(epoch)]))
        found.append((history.no_improvement_count, history.best_parameters.item()))
    # A score that is better, but not by tol, is kept and still counts as no improvement.
    assert found == [(0, 0.0), (0, 1.0), (1, 1.0), (2, 3.0), (0, 4.0)]
    assert history.best_validation_score == 0.9375
    assert history.validation_loss_curve == [2.0] * 5


def test_the_best_parameters_are_a_copy():
    history, parameters = History(early_stopping=True), np.array([1.0])
    history.add_validation(1.0, 0.5)
    history.judge(0.0, parameters)
    parameters[0] = 2.0
    assert history.best_parameters.item() == 1.0


def test_of_equal_scores_the_first_or_the_last_is_the_best():
    for last, best in ((False, 2), (True, 4)):
        history = History(early_stopping=True, last_of_equals=last)
        for epoch, score in enumerate([0.5, 0.75, float("nan"), 0.75, 0.5], 1):
            history.epochs = epoch
            history.add_validation(None, score)
            history.judge(0.0, np.array([float(epoch)]))
        assert (history.best_epoch, history.best_parameters.item()) == (best, best)
        assert history.validation_loss_curve is None
