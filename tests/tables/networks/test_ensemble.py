"""Several networks side by side: time limits, Ctrl-C, and whose held-out rows are whose."""

import os
import re
import signal
import time
from dataclasses import replace

import ctrl_c
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule import DataError, TrainingInterruptedWarning
from chainrule.engine import partition
from chainrule.engine.team import Team
from chainrule.tables import TableClassifier
from chainrule.tables.networks import ensemble
from chainrule.tables.networks.members import train
from chainrule.training import History

SMALL = {"hidden_layer_sizes": (8,), "batch_size": 32, "random_state": 0}
ENDLESS = SMALL | {"epochs": 100_000}


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 2))
    y = (X[:, 0] > 0).astype(int)
    # What is compiled by now does not count against a limit.
    TableClassifier("fast", **SMALL, epochs=2).fit(X, y)
    return X, y


def slow(seconds):
    """A metric that takes its time, so that epochs do."""

    def metric(estimator, X, y):
        time.sleep(seconds)
        return float(np.mean(estimator.predict(X) == y))

    return metric


@pytest.mark.parametrize("settings", [{"cv": 5}, {"n_ensemble": 2}, {"cv": 4, "preset": "best"}])
def test_all_networks_together_keep_to_the_limit(data, settings):
    own = ENDLESS | {"preset": "fast"} | settings
    model = TableClassifier(**own, eval_metric=slow(0.02), time_limit=2.0)
    start = time.perf_counter()
    model.fit(*data)
    # With nothing else at work 2.1; a second more for a busy machine. Without a limit: days.
    assert time.perf_counter() - start < 3.5
    assert len(model.parameters_) == max(settings.get("cv", 0), settings.get("n_ensemble", 0))
    assert model.ended_by_ == "time limit over"
    assert min(len(curve) for curve in model.loss_curves_) > 1
    if "cv" in settings:
        assert np.isfinite(model.oof_prediction_).all()


def test_fewer_networks_where_each_would_have_few_epochs(data):
    # An epoch takes 0.05 s: of 8 networks, four on each of two cores, each would have 5 of them.
    settings = ENDLESS | {"preset": "best", "time_limit": 1.0}
    model = TableClassifier(**settings, eval_metric=slow(0.05))
    with pytest.warns(UserWarning, match=r"time_limit must leave time for each .* of 8 networks"):
        model.fit(*data)
    assert 1 <= len(model.parameters_) < 8
    # With nothing else at work 19; 10 is more than the fifth of a network that shares.
    assert min(len(curve) for curve in model.loss_curves_) >= 10


def test_networks_for_which_there_is_no_time_are_told(data):
    model = TableClassifier("fast", **ENDLESS, cv=8, eval_metric=slow(0.3), time_limit=0.2)
    with pytest.warns(UserWarning, match=r"time_limit must leave time .* got 0.2 s; \d of 8 net"):
        model.fit(*data)
    kept = len(model.parameters_)
    assert 1 <= kept < 8
    # An eighth of the rows has a prediction for each network.
    assert np.isfinite(model.oof_prediction_[:, 0]).sum() == 25 * kept


def test_rows_held_out_belong_to_their_network(data, monkeypatch):
    """Where the first network of four had no epoch, its rows have no prediction; others do."""
    X, y = data
    trained = []

    def without_the_first(plan, training, held, *rest, **settings):
        member = train(plan, training, held, *rest, **settings)
        trained.append(held)
        return replace(member, history=History(True)) if held[0] == 0 else member

    # The row 0 is held by one network.
    monkeypatch.setattr(ensemble, "train", without_the_first)
    model = TableClassifier("fast", **SMALL, epochs=5, cv=4, calibrate=False).fit(X, y)
    assert len(model.parameters_) == 3
    missing = next(held for held in trained if held[0] == 0)
    unknown = np.isnan(model.oof_prediction_[:, 0])
    assert np.flatnonzero(unknown).tolist() == missing.tolist()
    alone = []
    for number in range(3):
        one = TableClassifier("fast", **SMALL, epochs=5, cv=4, calibrate=False).fit(X, y)
        one.parameters_ = model.parameters_[number : number + 1]
        one.__dict__.pop("_forwards", None)
        alone.append(one.predict_proba(X))
    for held in trained:
        if held[0] != 0:
            # One network's numbers, summed with nothing else.
            assert any((model.oof_prediction_[held] == own[held]).all() for own in alone)


def test_ctrl_c_keeps_the_best_epochs_and_says_how_many_ran(data):
    X, y = data
    model = TableClassifier("fast", **ENDLESS, n_ensemble=2)
    with (
        ctrl_c.pressed_after(1.5) as pressed,
        pytest.warns(TrainingInterruptedWarning) as caught,
    ):
        model.fit(X, y)
    assert len(pressed) == 1
    ran = [len(curve) for curve in model.loss_curves_]
    message = str(caught[0].message)
    expected = f"after {', '.join(map(str, ran))} epochs; {len(ran)} of 2 networks are kept, each"
    assert expected in message
    assert all(
        curve[best - 1] == max(curve)
        for curve, best in zip(model.validation_curves_, model.best_epochs_, strict=True)
    )
    assert np.isfinite(model.predict_proba(X)).all()


def test_ctrl_c_is_heard_within_an_epoch(rng, monkeypatch):
    """Pressed in the first of the epoch's slices; before its end there is nothing to keep."""
    heed, pressed = ensemble._Fits._heed, []

    def press_once(fits):
        if not pressed:
            pressed.append(True)
            os.kill(os.getpid(), signal.SIGINT)
        heed(fits)

    monkeypatch.setattr(ensemble._Fits, "_heed", press_once)
    # An epoch is 2 * 10^11 multiplications and additions, a second or more.
    X = rng.normal(size=(20_000, 20)).astype(np.float32)
    model = TableClassifier("mlp", hidden_layer_sizes=(2000, 2000), epochs=2, n_ensemble=2)
    ended = []
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, X[:, 0] > 0, on_progress=ended.append)
    assert (pressed, ended) == ([True], [])


def test_an_error_in_one_network_ends_the_others(data):
    X, y = data
    calls = []

    def metric(estimator, X, y):
        calls.append(len(y))
        if len(calls) == 10:
            raise ValueError("no more")
        return 0.0

    start = time.perf_counter()
    with pytest.raises(DataError, match=r"eval_metric must be able to score .* \(no more\)"):
        TableClassifier("fast", **ENDLESS, n_ensemble=2, eval_metric=metric).fit(X, y)
    assert time.perf_counter() - start < 10.0


@pytest.mark.parametrize("networks", [1, 2])
def test_the_networks_keep_to_the_callers_threads(rng, monkeypatch, networks):
    """A limit of OpenMP is one thread's; the networks are trained in others."""
    monkeypatch.setattr(partition, "SMALL_STEP", 0)
    sizes, begin = [], Team.__init__

    def counted(own, helpers, *, caller_joins):
        begin(own, helpers, caller_joins=caller_joins)
        sizes.append(own.members)

    monkeypatch.setattr(Team, "__init__", counted)
    X = rng.normal(size=(300, 4))
    settings = SMALL | {"epochs": 2, "n_ensemble": networks}
    with threadpool_limits(1):
        TableClassifier("fast", **settings).fit(X, X[:, 0] > 0)
    assert set(sizes) == {1}


def test_each_epoch_is_printed(data, capsys):
    TableClassifier("fast", **SMALL, epochs=3, n_ensemble=2, verbose=True).fit(*data)
    lines = capsys.readouterr().out.splitlines()
    pattern = r"network (\d)/2, epoch (\d)/3, loss \S+, validation score \S+"
    found = [re.fullmatch(pattern, line).groups() for line in lines]
    assert sorted(found) == [(n, e) for n in "12" for e in "123"]
