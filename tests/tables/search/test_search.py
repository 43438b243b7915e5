"""The space of settings: the same for scikit-learn and for Optuna; and the search of `tune`."""

import numpy as np
import optuna
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.model_selection import KFold, ParameterSampler, RandomizedSearchCV, cross_val_score

from chainrule import DataError, DivergenceError
from chainrule.tables import RECIPES, TableClassifier, TableRegressor, search_space, suggest
from chainrule.tables.reading.frames import as_frame
from chainrule.tables.recipes import recipe
from chainrule.tables.search.digest import digest_of
from chainrule.tables.search.problem import Problem
from chainrule.tables.search.space import Range, preset_trial, space_of
from chainrule.tables.search.study import finished, open_study
from chainrule.tables.search.tuning import search, settings_of
from chainrule.tables.table_settings import check_settings

ESTIMATORS = {"classification": TableClassifier, "regression": TableRegressor}
CASES = [(task, preset) for task in ESTIMATORS for preset in RECIPES]
QUICK = {"preset": "fast", "epochs": 1, "batch_size": 64}


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.mark.parametrize(("task", "preset"), CASES)
def test_every_sample_is_a_setting_of_the_estimator(task, preset):
    for sample in ParameterSampler(search_space(task, preset), 30, random_state=0):
        check_settings(ESTIMATORS[task](preset, **sample))


@pytest.mark.parametrize(("task", "preset"), CASES)
def test_optuna_is_given_the_same_space(task, preset):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = space_of(task, preset)
    for _ in range(30):
        own = suggest(study.ask(), task, preset)
        assert list(own) == list(space) == list(search_space(task, preset))
        check_settings(ESTIMATORS[task](preset, **own))
        for name, part in space.items():
            if isinstance(part, Range):
                if part.or_zero and own[name] == 0:
                    continue
                assert part.low <= own[name] <= part.high
            else:
                assert own[name] in part.values


@pytest.mark.parametrize(("task", "preset"), CASES)
def test_every_part_has_a_reason_and_a_source(task, preset):
    for part in space_of(task, preset).values():
        assert part.why
        assert "arXiv" in part.source


@pytest.mark.parametrize(("task", "preset"), CASES)
def test_how_numbers_are_embedded_is_searched_for(task, preset):
    known = {"none", "ple"} if preset == "tabm" else {"none", "plr", "ple"}
    assert set(search_space(task, preset)["embeddings"]) >= known


def test_what_is_fixed_is_not_searched_for():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    own = suggest(study.ask(), "regression", "fast", {"embeddings": "ple"})
    assert set(own) == set(search_space("regression", "fast")) - {"embeddings"}
    fixed = problem(settings={**QUICK, "embeddings": "ple"})
    study = open_study(fixed, None)
    search(fixed, study, 2)
    for trial in finished(study):
        assert "embeddings" not in trial.params
        assert settings_of(fixed, trial)["embeddings"] == "ple"


def test_ranges_are_sampled_evenly_in_their_scale():
    rates = search_space("regression", "realmlp-td")["learning_rate_init"].rvs(4000, random_state=0)
    # RealMLP-HPO: log-uniform from 0.02 to 0.3, whose median is the root of their product.
    assert (rates.min() >= 0.02, rates.max() <= 0.3) == (True, True)
    # The median of 4,000 samples of a uniform variable deviates by 0.008 of its range, of 2.7.
    assert np.log(np.median(rates)) == pytest.approx(np.log(0.02 * 0.3) / 2, abs=4 * 0.022)
    dropout = search_space("regression", "tabm")["dropout"].rvs(4000, random_state=0)
    assert np.median(dropout) == pytest.approx(0.25, abs=4 * 0.004)


@pytest.mark.parametrize(("task", "preset"), CASES)
def test_the_first_trial_is_the_preset_itself(task, preset):
    plan = recipe(preset, task)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.enqueue_trial(preset_trial(task, preset))
    trial = study.ask()
    own = suggest(trial, task, preset)
    assert own == {name: getattr(plan, name) for name in own}
    # Nothing of it was drawn: what was enqueued is all that was asked for.
    assert trial.params == preset_trial(task, preset)
    assert ESTIMATORS[task](preset, **own).recipe() == plan


def test_no_weight_decay_is_half_of_the_space_where_the_source_has_it_apart():
    decay = search_space("regression", "mlp")["weight_decay"]
    drawn = decay.rvs(4000, random_state=0)
    # 4,000 tosses of a coin deviate by 0.008 from a half.
    assert np.mean(drawn == 0) == pytest.approx(0.5, abs=4 * 0.008)
    assert drawn[drawn > 0].min() >= 1e-6
    assert drawn.max() <= 1e-3
    assert isinstance(decay.rvs(random_state=0), float)


def test_an_unknown_preset():
    with pytest.raises(ValueError, match=r"preset must be one of .* got 'fats'. Did you mean"):
        search_space("regression", "fats")


def table(rows=120):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, rows))
    return pl.DataFrame({"a": a, "b": b}), np.where(a + 0.1 * b > 0, "up", "down")


def test_scikit_learn_searches_it():
    X, y = table()
    small = {**search_space("classification", "mlp"), "hidden_layer_sizes": [(4,), (8,)]}
    estimator = TableClassifier("mlp", epochs=1, random_state=0)
    found = RandomizedSearchCV(estimator, small, n_iter=2, cv=2, random_state=0).fit(
        X.to_pandas(), y
    )
    assert set(found.best_params_) == set(small)
    assert found.best_estimator_.predict(X.to_pandas()).shape == (120,)


def problem(rows=120, **changes):
    X, y = table(rows)
    own = {
        "features": as_frame(X),
        "target": y,
        "task": "classification",
        "preset": "fast",
        "metric": "accuracy",
        "folds": 2,
        "seed": 0,
        "settings": QUICK,
    }
    return Problem(**{**own, **changes})


def test_a_trial_is_scored_by_cross_validation():
    X, y = table()
    y = np.where(y == "up", 1.0, -1.0) + X["b"].to_numpy()
    own = problem(target=y, task="regression", metric="r2")
    study = open_study(own, None)
    search(own, study, 1)
    (trial,) = finished(study)
    estimator = TableRegressor(**settings_of(own, trial), random_state=0)
    folds = KFold(2, shuffle=True, random_state=0)
    by_hand = cross_val_score(estimator, X.to_pandas(), y, cv=folds, scoring="r2")
    assert trial.value == pytest.approx(by_hand.mean(), rel=1e-12)


def test_a_study_goes_on_where_it_was(tmp_path):
    path, told = tmp_path / "s.study", []
    own = problem()
    search(own, open_study(own, path), 2, on_trial=lambda study, ended: told.append(ended))
    again = open_study(own, path)
    search(own, again, 3, on_trial=lambda study, ended: told.append(ended))
    search(own, open_study(own, path), 3)
    assert told == [1, 2, 3]
    trials = open_study(own, path).trials
    assert [t.state.name for t in trials].count("WAITING") == 0
    assert len(trials) == 3
    # The preset's own settings are tried once, and no other twice.
    assert len({tuple(sorted(t.params.items())) for t in trials}) == 3
    scores = [t.value for t in finished(again)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("content", ["my notes\n", '{"mine": 1}\n', "[1]\n"])
def test_a_file_that_is_no_study_stays_as_it_is(tmp_path, content):
    file = tmp_path / "notes.txt"
    file.write_text(content)
    with pytest.raises(DataError, match=r"study must be a file that chainrule tune made"):
        open_study(problem(), file)
    assert file.read_text() == content


def test_a_study_is_of_one_problem(tmp_path):
    path = tmp_path / "s.study"
    open_study(problem(), path)
    with pytest.raises(DataError, match=r"of the same search, .* whose metric was 'accuracy'"):
        open_study(problem(metric="roc_auc"), path)
    with pytest.raises(DataError, match=r"whose rows was 120 and not 100"):
        open_study(problem(rows=100), path)
    with pytest.raises(DataError, match=r"whose settings was .* and not .*'ple'"):
        open_study(problem(settings={**QUICK, "embeddings": "ple"}), path)


def test_a_study_is_of_one_tables_values(tmp_path):
    path = tmp_path / "s.study"
    X, y = table()
    open_study(problem(), path)
    swapped = np.where(y == "up", "down", "up")
    with pytest.raises(DataError, match=r"'.*s\.study', whose target values were others. Choose"):
        open_study(problem(target=swapped), path)
    moved = as_frame(X.with_columns(a=pl.col("a") + 1e-9))
    with pytest.raises(DataError, match=r"whose feature values were others. Choose another"):
        open_study(problem(features=moved), path)
    # The order of columns changes no row.
    open_study(problem(features=as_frame(X.select("b", "a"))), path)


def test_the_digest_of_values_is_the_same_everywhere():
    mixed = {"n": [1.5, None, 2.0], "t": ["b", "a", None], "o": [True, False, None]}
    # As study files hold it: no process and no version of a library may change it.
    expected = "d8ff7dc5ae03777ac348e2790fb6437f"
    for make in (pl.DataFrame, pd.DataFrame, pa.table):
        assert digest_of(as_frame(make(mixed))) == expected
    assert digest_of(np.array(["a", "b"])) != digest_of(np.array(["a", "c"]))
    assert digest_of(np.array([1, 2])) == digest_of(np.array([1.0, 2.0]))


def test_a_study_of_an_earlier_version_is_taken_to_be_of_the_same_values(tmp_path, monkeypatch):
    path, whole = tmp_path / "s.study", Problem.fingerprint
    known = {name: value for name, value in whole(problem()).items() if "values" not in name}
    monkeypatch.setattr(Problem, "fingerprint", lambda self: known)
    open_study(problem(), path)
    monkeypatch.setattr(Problem, "fingerprint", whole)
    open_study(problem(), path)
    with pytest.raises(DataError, match=r"whose target values were others"):
        open_study(problem(target=table()[1][::-1]), path)


def test_settings_of_the_preset_are_tried_again_where_they_broke_off(tmp_path, monkeypatch):
    path, own = tmp_path / "s.study", problem()
    preset = preset_trial("classification", "fast", QUICK)

    def break_off(self, X, y):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TableClassifier, "fit", break_off)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                search(own, open_study(own, path), 2)
    # It waits once, however often the study is opened.
    open_study(own, path)
    search(own, open_study(own, path), 2)
    ended = finished(open_study(own, path))
    assert [trial.params == preset for trial in sorted(ended, key=lambda t: t.number)] == [
        True,
        False,
    ]


def test_a_study_of_another_space_is_told(tmp_path, monkeypatch):
    """As one of an earlier version, whose search did not look at embeddings."""
    path, whole = tmp_path / "s.study", Problem.fingerprint
    known = {**whole(problem()), "space": ["dropout"]}
    monkeypatch.setattr(Problem, "fingerprint", lambda self: known)
    open_study(problem(), path)
    monkeypatch.setattr(Problem, "fingerprint", whole)
    with pytest.raises(DataError, match=r"whose space was \['dropout'\] and not \['hidden_layer"):
        open_study(problem(), path)


def test_no_further_trial_begins_when_the_time_is_over():
    own = problem()
    study = open_study(own, None)
    search(own, study, 1000, seconds=0.001)
    assert len(study.trials) == 1


def test_ctrl_c_keeps_what_was_found():
    own = problem()
    study = open_study(own, None)

    def interrupt(study, ended):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(own, study, 5, on_trial=interrupt)
    assert len(finished(study)) == 1


def test_a_trial_that_diverges_is_given_up(monkeypatch):
    def diverge(self, X, y):
        raise DivergenceError("loss must stay finite")

    monkeypatch.setattr(TableClassifier, "fit", diverge)
    own = problem()
    study = open_study(own, None)
    search(own, study, 2)
    assert [trial.state.name for trial in study.trials] == ["PRUNED", "PRUNED"]
    assert finished(study) == []
