"""The callback protocol of scikit-learn 1.9: set_callbacks, tasks, progress bars, monitors."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV

from .cases import TASKS, row_weights

callback = pytest.importorskip(
    "sklearn.callback", reason="scikit-learn before 1.9 has no callback protocol"
)

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 5}
SOLVERS = ["sgd", "adam", "lbfgs"]
KINDS = ["multiclass", "multilabel", "regression"]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    """Writes down every call; asks to stop after `stop_after` epochs."""

    def __init__(self, stop_after: int | None = None):
        self.calls: list[tuple[str, object, dict]] = []
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.calls.append(("setup", context, {}))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", context, {}))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append(("begin", context, {"X": X, "y": y, "metadata": metadata}))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        given = {"X": X, "y": y, "metadata": metadata, "fitted": fitted_estimator}
        self.calls.append(("end", context, given))
        return self.stop_after is not None and len(self.epochs()) >= self.stop_after

    def names(self) -> list[str]:
        return [name for name, _, _ in self.calls]

    def epochs(self) -> list[tuple[object, dict]]:
        """Ended subtasks that hold a model (lbfgs may end with an empty one)."""
        ends = [(context, given) for name, context, given in self.calls if name == "end"]
        return [e for e in ends if e[0].parent is not None and e[1]["fitted"] is not None]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_one_task_an_epoch_inside_one_task_a_fit(kind, solver):
    task, recorder = TASKS[kind], Recorder()
    model = task.ours(solver=solver, **SMALL).set_callbacks(recorder)
    assert model.fit(task.X, task.y) is model
    names = recorder.names()
    assert names[0] == "setup"
    assert names[-1] == "teardown"
    assert names.count("setup") == names.count("teardown") == 1
    assert names.count("begin") == names.count("end")
    root = recorder.calls[1][1]
    assert root.parent is None
    assert recorder.calls[-2][1] is root
    assert root.max_subtasks >= SMALL["max_iter"]
    epochs = recorder.epochs()
    assert [context.task_id for context, _ in epochs] == list(range(model.n_iter_))
    assert all(context.parent is root for context, _ in epochs)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_model_of_an_epoch_is_the_model_that_stops_there(kind, solver):
    task, recorder = TASKS[kind], Recorder()
    model = task.ours(solver=solver, **SMALL).set_callbacks(recorder).fit(task.X, task.y)
    assert len(recorder.epochs()) == model.n_iter_
    for number, (_, given) in enumerate(recorder.epochs(), start=1):
        shorter = task.ours(solver=solver, **{**SMALL, "max_iter": number}).fit(task.X, task.y)
        assert given["fitted"] is not model
        for a, b in zip(given["fitted"].coefs_, shorter.coefs_, strict=True):
            assert_array_equal(a, b)
        assert_array_equal(given["fitted"].predict(task.X), shorter.predict(task.X))


@pytest.mark.parametrize("solver", SOLVERS)
def test_callbacks_do_not_change_the_training(solver):
    task = TASKS["multiclass"]
    watched = task.ours(solver=solver, **SMALL).set_callbacks(Recorder()).fit(task.X, task.y)
    alone = task.ours(solver=solver, **SMALL).fit(task.X, task.y)
    for a, b in zip(watched.coefs_, alone.coefs_, strict=True):
        assert_array_equal(a, b)


def test_data_of_the_hooks_are_the_users():
    """Targets as given, not as encoded; row weights as metadata."""
    task, recorder, weights = TASKS["binary"], Recorder(), row_weights()
    task.ours(**SMALL).set_callbacks(recorder).fit(task.X, task.y, weights)
    assert recorder.epochs()
    for _, given in recorder.epochs():
        assert_array_equal(given["X"], task.X)
        assert_array_equal(given["y"], task.y)
        assert_array_equal(given["metadata"]["sample_weight"], weights)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_callback_can_stop_the_training(solver):
    task = TASKS["multiclass"]
    model = task.ours(solver=solver, **SMALL).set_callbacks(Recorder(stop_after=2))
    model.fit(task.X, task.y)
    assert model.n_iter_ == 2
    assert len(model.loss_curve_) == 2
    shorter = task.ours(solver=solver, **{**SMALL, "max_iter": 2}).fit(task.X, task.y)
    assert_array_equal(model.coefs_[0], shorter.coefs_[0])


@pytest.mark.parametrize("solver", SOLVERS)
def test_callback_that_stops_ends_all_runs_of_a_fit(solver):
    task, recorder = TASKS["multiclass"], Recorder(stop_after=2)
    model = task.ours(solver=solver, **SMALL, n_init=3).set_callbacks(recorder)
    model.fit(task.X, task.y)
    assert model.stopped_by_ == "A callback asked for it."
    assert len(recorder.epochs()) == model.n_iter_ == 2
    names = recorder.names()
    assert names.count("begin") == names.count("end")


@pytest.mark.parametrize("solver", SOLVERS)
def test_stop_in_a_later_run_keeps_the_best_so_far(solver):
    task, recorder = TASKS["multiclass"], Recorder(stop_after=6)
    # With this rate five epochs reach what one from other weights does not.
    rate = {} if solver == "lbfgs" else {"learning_rate_init": 0.05}
    model = task.ours(solver=solver, **SMALL, **rate, n_init=3).set_callbacks(recorder)
    model.fit(task.X, task.y)
    assert len(recorder.epochs()) == 6
    alone = task.ours(solver=solver, **SMALL, **rate).fit(task.X, task.y)
    assert model.n_iter_ == 5  # the first run
    assert_array_equal(model.coefs_[0], alone.coefs_[0])


def test_failing_callback_is_torn_down_and_its_error_seen():
    class Failing(Recorder):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("disk full")

    task, failing, other = TASKS["multiclass"], Failing(), Recorder()
    model = task.ours(**SMALL).set_callbacks(failing, other)
    with pytest.raises(RuntimeError, match="disk full"):
        model.fit(task.X, task.y)
    assert failing.names()[-1] == other.names()[-1] == "teardown"


def test_only_callbacks_are_accepted_and_none_removes_them():
    model = TASKS["multiclass"].ours()
    with pytest.raises(TypeError, match="callbacks must be instances"):
        model.set_callbacks("progress")
    with pytest.raises(TypeError, match="callbacks must be instances"):
        model.set_callbacks(Recorder)
    recorder = Recorder()
    model.set_params(**SMALL).set_callbacks(recorder).set_callbacks()
    model.fit(TASKS["multiclass"].X, TASKS["multiclass"].y)
    assert recorder.calls == []


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("kind", "scoring"),
    [("multiclass", "accuracy"), ("regression", "r2"), ("multilabel", "accuracy")],
)
def test_scoring_monitor_scores_every_epoch(kind, scoring, solver):
    task, monitor = TASKS[kind], callback.ScoringMonitor(scoring=scoring)
    model = task.ours(solver=solver, **SMALL).set_callbacks(monitor).fit(task.X, task.y)
    rows = [row for row in monitor.get_logs().data if len(row["task_id_path"]) == 2]
    assert len(rows) == model.n_iter_
    scores = [row[scoring] for row in rows]
    shorter = task.ours(solver=solver, **{**SMALL, "max_iter": 2}).fit(task.X, task.y)
    assert scores[1] == shorter.score(task.X, task.y)
    assert scores[-1] == model.score(task.X, task.y)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("kind", KINDS)
def test_progress_bar_is_drawn(kind, capsys):
    pytest.importorskip("rich")
    task = TASKS[kind]
    task.ours(**SMALL).set_callbacks(callback.ProgressBar()).fit(task.X, task.y)
    drawn = capsys.readouterr().out
    assert f"{task.class_name} - fit" in drawn
    assert "100%" in drawn


def test_progress_bar_of_a_search_reaches_the_networks(capsys):
    pytest.importorskip("rich")
    task = TASKS["multiclass"]
    search = GridSearchCV(task.ours(**SMALL), {"alpha": [1e-4, 1e-2]}, cv=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(task.X, task.y)
    assert "MLPClassifier - fit" in capsys.readouterr().out
