"""The loop of epochs: what it keeps, and how it ends."""

import numpy as np
import pytest

from chainrule.engine.descent import Descent
from chainrule.engine.network import Network, aligned
from chainrule.engine.rows import Rows
from chainrule.exceptions import DivergenceError
from chainrule.formulas import COURSES
from chainrule.graph import Dense, Graph, Input
from chainrule.graph.layout import lay_out
from chainrule.training import Descending, History
from chainrule.training.courses import Courses
from chainrule.training.epochs import Ending, Epochs
from chainrule.training.orders import as_they_stand
from chainrule.training.stopping import MaxEpochs


class Script:
    """Gives scores that stand in the test; remembers the parameters that each was for."""

    def __init__(self, network, scores) -> None:
        self.network, self.scores, self.seen = network, iter(scores), []

    def measure(self):
        self.seen.append(self.network.parameters.copy())
        return None, next(self.scores)


@pytest.fixture
def descent(rng):
    """y = 3 x, learned by one weight and a bias."""
    x = Input(1)
    tape = lay_out(Graph(x, Dense(1)(x)), "squared_error")
    network = Network(tape, aligned(tape.parameter_count, np.float64))
    X = rng.normal(size=(40, 1))
    return Descent(network, Rows(X, 3 * X), 10, "sgd")


def plan(epochs=4, **settings):
    return Descending(learning_rate=0.01, learning_rate_init=0.01, max_epochs=epochs, **settings)


def run(descent, settings, scores=None, on_epoch=None, **history):
    known = History(early_stopping=scores is not None, **history)
    script = None if scores is None else Script(descent.network, scores)
    ending = Epochs(descent, settings, known, as_they_stand, script, on_epoch).run()
    return ending, known, script


@pytest.mark.parametrize(("last", "best"), [(False, 2), (True, 4)])
def test_the_best_epochs_weights_stay(descent, last, best):
    ending, history, script = run(
        descent, plan(5), [0.25, 0.5, 0.25, 0.5, float("nan")], last_of_equals=last
    )
    assert ending is Ending.ALL_DONE
    assert history.best_epoch == best
    assert (descent.network.parameters == script.seen[best - 1]).all()
    assert (script.seen[1] != script.seen[3]).any()
    assert history.validation_loss_curve is None


def test_without_a_judge_the_last_weights_stay(descent):
    ending, history, _ = run(descent, plan())
    assert (ending, history.epochs, history.best_epoch) == (Ending.ALL_DONE, 4, 0)
    assert history.stopped_by == "All of the 4 epochs were run."
    assert history.loss_curve == sorted(history.loss_curve, reverse=True)


def test_a_rule_and_a_callback_stop_it(descent):
    ending, history, _ = run(descent, plan(rules=(MaxEpochs(2),)))
    assert (ending, history.epochs) == (Ending.STOPPED, 2)
    ending, history, _ = run(descent, plan(), on_epoch=lambda report: report.epoch == 3)
    assert (ending, history.epochs) == (Ending.STOPPED, 3)
    assert history.stopped_by == "A callback asked for it."


def test_a_report_for_each_epoch(descent):
    reports = []
    run(descent, plan(3), [0.5, 0.25, 0.75], on_epoch=reports.append)
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert [report.validation_score for report in reports] == [0.5, 0.25, 0.75]
    assert {(report.max_epochs, report.rows, report.validation_loss) for report in reports} == {
        (3, 40, None)
    }


def test_an_interrupt_within_an_epoch_keeps_the_best(descent):
    def heed():
        if descent.steps_done == 8:  # In the third epoch of four steps each.
            raise KeyboardInterrupt

    descent.heed = heed
    ending, history, script = run(descent, plan(), [0.5, 0.25, 0.75, 1.0])
    assert (ending, history.epochs) == (Ending.INTERRUPTED, 2)
    assert history.stopped_by == "Ctrl-C in epoch 3."
    assert (descent.network.parameters == script.seen[0]).all()


def test_divergence_falls_back_on_the_best_or_is_an_error(descent):
    wild = plan(50, courses=Courses(learning_rate=COURSES["constant"]()))
    wild.learning_rate = 1e30
    scores = [0.5] * 50
    with pytest.raises(DivergenceError, match=r"loss must stay finite, got .* The weights before"):
        run(descent, wild)
    assert np.isfinite(descent.network.parameters).all()
    descent.network.parameters[...] = 0.0
    with np.errstate(all="ignore"):
        ending, history, script = run(descent, wild, scores)
    assert ending is Ending.DIVERGED
    assert not np.isfinite(history.loss)
    assert (descent.network.parameters == script.seen[history.best_epoch - 1]).all()


def test_with_a_time_limit_courses_come_to_their_end(descent, monkeypatch):
    """An hour an epoch by the test's clock: of 5.5 hours five epochs come about."""
    from chainrule.training import horizon

    class Clock:
        now = 0.0

        def perf_counter(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(horizon, "time", clock)
    totals = []

    class Seen:
        def begun(self):
            return self

        def factors(self, first, steps, total, mixup, random):
            totals.append((first, total))

        def epoch_ends(self, history):
            clock.now += 3600.0
            return False

    ending, history, _ = run(descent, plan(100, courses=Seen(), until=lambda: 5.5 * 3600))
    assert (ending, history.epochs) == (Ending.ALL_DONE, 5)
    assert history.stopped_by == "The time limit of 1.98e+04 s is over."
    # Four steps an epoch; the first two are told of all 100 epochs, for there is no pace yet.
    assert totals == [(0, 400), (4, 400), (8, 20), (12, 20), (16, 20)]
