"""How TableClassifier and TableRegressor train: weights, metrics, time, folds, calibration."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, make_scorer, recall_score

from chainrule import DataError, DivergenceError, TrainingInterruptedWarning
from chainrule.tables import TableClassifier, TableRegressor

from .quick import classifier, regressor


@pytest.fixture(scope="module")
def data():
    """Two numbers; the class is the sign of the first, with a tenth of the labels wrong."""
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = (X[:, 0] > 0) ^ (random.random(300) < 0.1)
    return pd.DataFrame(X, columns=["a", "b"]), y.astype(int)


def test_a_weight_of_zero_takes_the_row_out_of_the_loss(data):
    X, _ = data
    # Half of the rows say the contrary, and have no weight.
    truth = (X["a"] > 0).to_numpy().astype(int)
    contrary = np.arange(len(X)) % 2 == 0
    y = np.where(contrary, 1 - truth, truth)
    weighted = classifier().fit(X, y, sample_weight=np.where(contrary, 0.0, 1.0))
    assert (weighted.predict(X) == truth).mean() > 0.85
    plain = classifier().fit(X, y)
    assert 0.3 < (plain.predict(X) == truth).mean() < 0.7


def test_weights_that_say_nothing_change_nothing_much(data):
    X, y = data
    plain = classifier().fit(X, y).predict_proba(X)
    weighted = classifier().fit(X, y, sample_weight=np.full(len(y), 1.0)).predict_proba(X)
    # Other kernels, which round otherwise; 20 epochs amplify 1e-7 to less than this.
    np.testing.assert_allclose(weighted, plain, atol=1e-2)


def test_a_rare_class_is_found_when_classes_are_balanced():
    random = np.random.default_rng(0)
    X = random.normal(size=(4000, 2))
    y = np.zeros(4000, int)
    y[:12] = 1
    X[:12, 0] += 2.0  # One of 333 rows, which overlaps with the others.
    plain = classifier(epochs=10, batch_size=256).fit(X, y)
    balanced = classifier(epochs=10, batch_size=256, class_weight="balanced").fit(X, y)
    assert recall_score(y, plain.predict(X)) < 0.5 < recall_score(y, balanced.predict(X))


def test_a_dictionary_weighs_classes(data):
    X, y = data
    heavy = classifier(class_weight={0: 1.0, 1: 20.0}).fit(X, y)
    assert heavy.predict(X).mean() > classifier().fit(X, y).predict(X).mean() + 0.1
    with pytest.raises(
        DataError, match=r"class_weight must be 'balanced' or a dict .* got \{5: 1\}"
    ):
        classifier(class_weight={5: 1}).fit(X, y)
    with pytest.raises(DataError, match=r"class_weight must be .* got 'balance'"):
        classifier(class_weight="balance").fit(X, y)


@pytest.mark.parametrize(
    "metric", ["roc_auc", "neg_log_loss", "f1", make_scorer(recall_score, pos_label=0)]
)
def test_the_metric_chooses_the_epoch(data, metric):
    X, y = data
    model = classifier(eval_metric=metric).fit(X, y)
    (curve,) = model.validation_curves_
    best = np.flatnonzero(np.array(curve) == max(curve))
    # Of equally good epochs RealMLP keeps the last.
    assert model.best_epochs_ == [best[-1] + 1]


@pytest.mark.parametrize(("preset", "patience"), [("mlp", 10), ("tabm", 16)])
def test_patience_counts_from_the_first_of_equally_good_epochs(data, preset, patience):
    X, y = data
    scores = iter([0.25, 0.5, 0.25] + 60 * [0.5])
    own = {"hidden_layer_sizes": (4,), "epochs": 60, "random_state": 0}
    own |= {"validation_fraction": 0.2}
    model = TableClassifier(preset, **own, eval_metric=lambda *given: next(scores)).fit(X, y)
    assert model.best_epochs_ == [2]
    assert len(model.loss_curves_[0]) == 2 + patience + 1


def test_a_callable_is_given_an_estimator_and_rows(data):
    X, y = data
    shapes = set()

    def metric(estimator, X, y):
        shapes.add((estimator.predict(X).shape, estimator.predict_proba(X).shape, y.shape))
        return float(np.mean(estimator.predict(X) == y))

    model = classifier(eval_metric=metric, epochs=3).fit(X, y)
    # A fifth of the 300 rows judges.
    assert shapes == {((60,), (60, 2), (60,))}
    assert model.validation_curves_ == classifier(epochs=3).fit(X, y).validation_curves_


def test_metrics_that_cannot_be(data):
    X, y = data
    with pytest.raises(DataError, match=r"eval_metric must be one of .* Did you mean 'accuracy'"):
        classifier(eval_metric="acuracy").fit(X, y)
    with pytest.raises(DataError, match=r"eval_metric must be able to score this .* 'roc_auc'"):
        classifier(eval_metric="roc_auc").fit(X, np.arange(300) % 3)
    with pytest.raises(DataError, match=r"eval_metric must be able to score this .* 'roc_auc'"):
        regressor(eval_metric="roc_auc").fit(X, X["a"])


def test_rows_of_the_users_own_judge(data):
    X, y = data
    model = classifier(epochs=3).fit(X, y, X_val=X[:50], y_val=1 - y[:50])
    same = classifier(epochs=3).fit(X, y, X_val=X[:50], y_val=y[:50])
    # Trained alike, on all rows; the score of the turned labels is what is left to 1.
    assert model.loss_curves_ == same.loss_curves_
    turned = 1 - np.array(same.validation_curves_)
    np.testing.assert_allclose(model.validation_curves_, turned, atol=1e-12)
    for part in ({"X_val": X[:3]}, {"y_val": y[:3]}):
        with pytest.raises(DataError, match=r"_val must be given with the rest .*, got None"):
            classifier().fit(X, y, **part)
    with pytest.raises(DataError, match=r"y_val must be made of the classes of y, got \[2\]"):
        classifier().fit(X, y, X_val=X[:3], y_val=[0, 1, 2])


def test_a_time_limit_ends_training_early(data):
    X, y = data
    model = classifier(epochs=100_000, time_limit=0.2).fit(X, y)
    assert 1 <= len(model.loss_curves_[0]) < 100_000


def test_out_of_fold_predictions_come_from_networks_that_have_not_seen_the_row():
    random = np.random.default_rng(0)
    # What each row's class is cannot be told from anything but the row itself.
    X, y = random.normal(size=(200, 8)), random.integers(0, 2, 200)
    # A metric that likes all epochs alike: to choose the best one by these rows would flatter them.
    settings = {"hidden_layer_sizes": (64, 64), "epochs": 400, "dropout": 0.0}
    model = classifier(
        cv=4, eval_metric=lambda estimator, X, y: 0.0, calibrate=False, **settings
    ).fit(X, y)
    assert model.parameters_.shape[0] == 4
    assert model.oof_prediction_.shape == (200, 2)
    # Learned by heart: each row has been seen by three networks of four.
    assert (model.predict(X) == y).mean() > 0.9
    # Of 200 throws of a coin between 71 and 129 are foreseen in all but 5 of 100,000 cases.
    assert 0.35 < (model.oof_prediction_.argmax(axis=1) == y).mean() < 0.65


def test_out_of_fold_numbers_are_in_the_targets_units(data):
    X, _ = data
    y = 1000 + 50 * X["a"].to_numpy()
    model = regressor(cv=3).fit(X, y)
    assert model.oof_prediction_.shape == (300,)
    assert abs(model.oof_prediction_ - y).mean() < 25


def test_calibration_helps_a_network_that_is_too_sure(data):
    X, y = data
    random = np.random.default_rng(1)
    new = pd.DataFrame(random.normal(size=(2000, 2)), columns=["a", "b"])
    truth = ((new["a"] > 0).to_numpy() ^ (random.random(2000) < 0.1)).astype(int)
    sure = {"hidden_layer_sizes": (64, 64), "epochs": 100, "dropout": 0.0, "label_smoothing": 0.0}
    plain = classifier(calibrate=False, **sure).fit(X, y)
    calibrated = classifier(calibrate=True, **sure).fit(X, y)
    assert (plain.temperature_, calibrated.temperature_ > 1) == (1.0, True)
    assert (plain.predict(new) == calibrated.predict(new)).all()
    loss = [log_loss(truth, model.predict_proba(new)) for model in (plain, calibrated)]
    assert loss[1] < loss[0]


def test_an_ensemble_averages_its_networks(data):
    X, y = data
    model = classifier(n_ensemble=3, calibrate=False).fit(X, y)
    assert model.parameters_.shape[0] == len(model.best_epochs_) == 3
    single = []
    for number in range(3):
        one = classifier(calibrate=False).fit(X, y)
        one.parameters_ = model.parameters_[number : number + 1]
        one.__dict__.pop("_forwards", None)
        single.append(one.predict_proba(X))
    # Means of float32 probabilities in another order.
    np.testing.assert_allclose(model.predict_proba(X), np.mean(single, axis=0), atol=1e-6)


def test_true_ends_training_and_keeps_the_best(data):
    X, y = data
    model = classifier(epochs=50)
    with pytest.warns(TrainingInterruptedWarning, match="1 of 1 networks are kept"):
        model.fit(X, y, on_progress=lambda progress: progress.epoch == 4)
    assert len(model.loss_curves_[0]) == 4
    assert model.predict(X).shape == (300,)


def test_what_is_not_finite_is_never_kept(data):
    X, y = data
    wild = {"learning_rate_init": 1e30, "epochs": 9}
    with pytest.raises(DivergenceError, match="must stay finite"):
        classifier(**wild).fit(X, y)
    # Too few rows for some to judge.
    with pytest.raises(DivergenceError, match="must stay finite"):
        regressor(**wild, batch_size=2).fit(X[:15], X["a"][:15])


def test_few_rows_are_all_trained_on(data):
    X, y = data
    model = classifier(epochs=5).fit(X[:10], y[:10])
    assert model.validation_curves_ == [[]]
    assert model.best_epochs_ == [5]


@pytest.mark.parametrize("preset", ["fast", "default", "best", "realmlp-td-s", "tabm", "mlp"])
def test_every_preset_trains(data, preset):
    X, y = data
    small = {"hidden_layer_sizes": (8,), "epochs": 2, "n_ensemble": 1, "random_state": 0}
    assert TableClassifier(preset, **small).fit(X, y).predict_proba(X).shape == (300, 2)
    assert np.isfinite(TableRegressor(preset, **small).fit(X, X["a"]).predict(X)).all()
