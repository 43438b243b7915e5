"""Each stopping rule, epoch by epoch by hand."""

import math

import numpy as np
import pytest

from chainrule.training import History
from chainrule.training.stopping import (
    AverageLoss,
    GradientNorm,
    LossTolerance,
    MaxEpochs,
    Moment,
    Stopping,
    StoppingRule,
    TimeLimit,
    ValidationPatience,
    WeightChange,
)

NOTHING = np.zeros(1)
RULES = [
    MaxEpochs(3),
    LossTolerance(),
    AverageLoss(),
    WeightChange(),
    GradientNorm(),
    ValidationPatience(),
    TimeLimit(1.0),
]


def moments(losses=(), scores=(), seconds=0.0):
    """The epochs of a fit with these training losses or validation scores."""
    history = History(early_stopping=bool(scores))
    for epoch, value in enumerate(losses or scores, 1):
        history.epochs = epoch
        if scores:
            history.add_validation(0.0, value)
        else:
            history.add_loss(value)
        yield Moment(history, NOTHING, NOTHING, seconds)


def stops_after(rule, epochs) -> int | None:
    """The epoch whose end the rule finds a reason in, counted from 1."""
    watch = rule.start()
    return next((k for k, moment in enumerate(epochs, 1) if watch(moment)), None)


def moment(before, after, gradient=None, seconds=0.0) -> Moment:
    history = History(early_stopping=False, epochs=1, loss=1.0)
    return Moment(history, np.array(before), np.array(after), seconds, gradient)


def test_number_of_epochs():
    assert stops_after(MaxEpochs(3), moments([1.0] * 5)) == 3


def test_loss_tolerance_counts_as_scikit_learn_does():
    # The best so far:  inf  8  4  3.75  3.75; wanted with tol 1/2: inf, 7.5, 3.5, 3.25, 3.25, 3.25
    losses = [8.0, 4.0, 3.75, 5.0, 3.5]
    # Epochs 3, 4 and 5 do not improve: one more than the patience of two.
    assert stops_after(LossTolerance(0.5, patience=2), moments(losses)) == 5
    assert stops_after(LossTolerance(0.5, patience=3), moments(losses)) is None


def test_average_loss_by_hand():
    # Q: 4, then (1 + 4)/2 = 2.5, (1.5 + 2.5)/2 = 2, (1.75 + 2)/2 = 1.875; it falls by 1.5, .5, .125
    losses = [4.0, 1.0, 1.5, 1.75]
    assert stops_after(AverageLoss(share=0.5, tol=0.125), moments(losses)) == 4
    assert stops_after(AverageLoss(share=0.5, tol=0.12), moments(losses)) is None
    # Epochs that are worse (1 to 1.75) do not stop it as long as the average falls.
    assert stops_after(AverageLoss(share=1.0, tol=0.125), moments(losses)) == 3


def test_weight_change_is_a_norm():
    watch = WeightChange(5.0).start()
    assert watch(moment([0.0, 0.0], [3.0, 4.0])) is not None  # 5
    assert watch(moment([0.0, 0.0], [3.0, 4.1])) is None


def test_gradient_norm_asks_for_the_gradient():
    watch = GradientNorm(5.0).start()
    assert watch(moment([0.0], [1.0], lambda: np.array([3.0, 4.0]))) is not None
    assert watch(moment([0.0], [1.0], lambda: np.array([3.0, 4.1]))) is None


def test_patience_with_a_score():
    # The best so far: .5, .6, .6, .6; no epoch after the second improves.
    scores = [0.5, 0.6, 0.6, 0.55, 0.58]
    assert stops_after(ValidationPatience(2, tol=0.01), moments(scores=scores)) == 5
    # With tol 0 a score that is as good counts as an improvement, as in scikit-learn.
    assert stops_after(ValidationPatience(2), moments(scores=scores)) is None
    assert stops_after(ValidationPatience(1), moments(scores=scores)) == 5


def test_time_limit():
    assert stops_after(TimeLimit(2.0), moments([1.0], seconds=1.9)) is None
    assert stops_after(TimeLimit(2.0), moments([1.0], seconds=2.0)) == 1


def test_the_first_reason_is_told_and_every_watch_sees_every_epoch():
    rules = [LossTolerance(0.0, patience=1), MaxEpochs(2)]
    stopping = Stopping(rules)
    reasons = [stopping.reason(moment) for moment in moments([1.0, 2.0, 3.0])]
    assert reasons[0] is None
    assert reasons[1] == "All of the 2 epochs were run."
    # The second epoch without improvement: the rule has seen the one before too.
    assert reasons[2] == (
        "Training loss did not improve more than tol=0.000000 for 1 consecutive epochs."
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_a_rule_may_watch_many_fits(rule):
    """What a watch remembers is its own; the rule stays as it was."""
    assert isinstance(rule, StoppingRule)
    assert rule.start() is not rule.start()
    assert rule == type(rule)(**vars(rule))


def test_no_rule_has_no_reason():
    assert Stopping(()).reason(moment([0.0], [0.0])) is None


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: MaxEpochs(0), "epochs"),
        (lambda: MaxEpochs(2.5), "epochs"),
        (lambda: MaxEpochs(math.inf), "epochs"),
        (lambda: LossTolerance(-1.0), "tol"),
        (lambda: LossTolerance(patience=0), "patience"),
        (lambda: AverageLoss(share=0.0), "share"),
        (lambda: AverageLoss(share=1.5), "share"),
        (lambda: WeightChange(-1e-9), "epsilon"),
        (lambda: GradientNorm(math.nan), "epsilon"),
        (lambda: ValidationPatience(0.5), "patience"),
        (lambda: TimeLimit(-1.0), "seconds"),
    ],
)
def test_settings_that_make_no_sense(make, name):
    with pytest.raises(ValueError, match=rf"^{name} must be .+, got .+\. \S"):
        make()


def test_endless_patience():
    assert stops_after(LossTolerance(0.0, patience=math.inf), moments([1.0] * 50)) is None
