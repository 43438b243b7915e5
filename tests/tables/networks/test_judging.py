"""What chooses the epoch: the metric, its weights, and validation rows that lack a class."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    get_scorer,
    make_scorer,
)

from chainrule import DataError
from chainrule.tables import TableClassifier, TableRegressor
from chainrule.tables.networks.measures import accuracy, balanced_accuracy, by_scorer, negative_rmse

QUICK = {
    "n_ensemble": 1,
    "hidden_layer_sizes": (8,),
    "epochs": 5,
    "batch_size": 64,
    "random_state": 0,
    "calibrate": False,
}


def classifier(**settings):
    return TableClassifier("fast", **QUICK | settings)


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    return X, (X[:, 0] + random.normal(size=300) > 0).astype(int)


OUTPUTS = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
CODES = np.array([0, 1, 1, 0])
WEIGHT = np.array([1.0, 2.0, 3.0, 4.0])


def test_weights_count_in_the_metrics():
    # Right are the first two rows: 1 + 2 of 10.
    assert accuracy(OUTPUTS, CODES, WEIGHT) == pytest.approx(0.3)
    # Of class 0 the weight 1 of 5, of class 1 the weight 2 of 5.
    assert balanced_accuracy(OUTPUTS, CODES, WEIGHT) == pytest.approx(0.3)
    assert balanced_accuracy(OUTPUTS, CODES, None) == balanced_accuracy_score(CODES, [0, 1, 0, 1])
    # The errors are 1 and 2, their squares weigh 1 and 3: 13 / 4.
    numbers = np.array([1.0, 2.0])
    assert negative_rmse(numbers, 0 * numbers, np.array([1.0, 3.0])) == -np.sqrt(13 / 4)


@pytest.mark.parametrize("name", ["accuracy", "roc_auc", "neg_log_loss", "f1"])
def test_weights_count_in_scorers(name):
    scorer = get_scorer(name)
    labels = np.array(["no", "yes"])
    if name == "f1":
        labels = np.array([0, 1])
    measured = by_scorer(scorer, labels)
    # A row of weight 2 is a row that is there twice.
    twice = np.repeat(np.arange(4), WEIGHT.astype(int))
    expected = measured(OUTPUTS[twice], CODES[twice], None)
    assert measured(OUTPUTS, CODES, WEIGHT) == pytest.approx(expected, rel=1e-12)
    assert measured(OUTPUTS, CODES, None) != pytest.approx(expected, rel=1e-3)


def test_a_metric_that_knows_no_weights_is_not_given_any():
    scorer = get_scorer("neg_max_error")
    values = np.array([1.0, 5.0])
    assert by_scorer(scorer, None)(values, 0 * values, np.array([1.0, 0.0])) == -5.0


@pytest.mark.parametrize("metric", [None, "accuracy"])
def test_sample_weights_count_where_epochs_are_judged(data, metric):
    X, y = data
    # The rows that judge are said twice, once with the contrary, of no weight.
    model = classifier(eval_metric=metric).fit(X, y, X_val=X[:50], y_val=y[:50])
    weight = np.r_[np.ones(300), np.zeros(300)]
    both = classifier(eval_metric=metric, validation_fraction=0.5)
    both.fit(np.r_[X, X], np.r_[y, 1 - y], sample_weight=weight)
    (curve,) = both.validation_curves_
    # Half of the rows that judge weigh nothing: else no score could be far from one half.
    assert max(curve) > 0.65
    assert max(model.validation_curves_[0]) > 0.65


@pytest.mark.parametrize("weights", [{0: 1.0, 1: 9.0}, "balanced"])
def test_class_weights_count_where_epochs_are_judged(data, weights):
    X, y = data
    model = classifier(class_weight=weights, epochs=1, validation_fraction=0.5)
    model.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    guess, truth = model.predict(X[200:]), y[200:]
    by_class = (
        {0: 1.0, 1: 9.0} if weights != "balanced" else dict(enumerate(1 / np.bincount(truth)))
    )
    weight = np.array([by_class[label] for label in truth])
    expected = np.average(guess == truth, weights=weight)
    assert model.validation_curves_ == [[pytest.approx(expected, rel=1e-12)]]


def test_sample_weights_count_for_numbers(data):
    X, _ = data
    y = X[:, 0].copy()
    y[::2] += 1000.0  # No network knows; these rows weigh nothing.
    model = TableRegressor("fast", **{k: v for k, v in QUICK.items() if k != "calibrate"})
    model.fit(X, y, sample_weight=np.arange(300) % 2)
    sound = model.validation_curves_[0]
    model.fit(X, y)
    # A mean of the two halves is wrong by 500 for each.
    assert max(model.validation_curves_[0]) < max(sound)


def rare(rows=300):
    random = np.random.default_rng(0)
    y = np.zeros(rows, int)
    y[0] = 1
    return random.normal(size=(rows, 2)), y


@pytest.mark.parametrize("metric", ["roc_auc", "neg_log_loss", "average_precision"])
def test_a_metric_that_needs_a_class_which_no_validation_row_has(metric):
    X, y = rare()
    judges = np.arange(100, 200)
    expected = (
        r"eval_metric must have rows of every class to judge by, got none of \[1\] among the "
        "validation rows of 1 of 1 networks, whose epochs are chosen by accuracy"
    )
    model = classifier(eval_metric=metric)
    with pytest.warns(UserWarning, match=expected):
        model.fit(X, y, X_val=X[judges], y_val=y[judges])
    # All judges are of the frequent class, which the network is sure to name.
    assert model.validation_curves_[0][-1] == 1.0


def test_a_metric_that_does_without_is_the_users_own():
    X, y = rare()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier(eval_metric="accuracy").fit(X, y, X_val=X[100:], y_val=y[100:])
    assert model.validation_curves_[0][-1] == 1.0


def test_a_metric_for_another_target_has_its_own_message():
    X, _ = rare()
    y = np.arange(300) % 3
    judges = y < 2
    with pytest.raises(DataError, match=r"eval_metric must be able to score this .* 'roc_auc'"):
        classifier(eval_metric="roc_auc").fit(X, y, X_val=X[judges], y_val=y[judges])


@pytest.mark.parametrize(
    "settings", [{"class_weight": "balanced"}, {"eval_metric": "balanced_accuracy"}]
)
def test_rare_classes_leave_no_warning_of_scikit_learn(settings):
    X, y = rare()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier(**settings).fit(X, y, X_val=X[100:], y_val=y[100:])
    assert np.isfinite(model.predict_proba(X)).all()


OF_PROBABILITIES = [
    "neg_log_loss",
    "roc_auc",
    "roc_auc_ovr",
    "neg_brier_score",
    "d2_log_loss_score",
]


@pytest.mark.parametrize("metric", [*OF_PROBABILITIES, "accuracy", "f1", "balanced_accuracy"])
def test_smoothed_labels_are_off_where_probabilities_are_judged(metric):
    smoothing = 0.0 if metric in OF_PROBABILITIES else 0.1
    for form in (metric, get_scorer(metric)):
        model = TableClassifier("realmlp-td", eval_metric=form)
        assert model.recipe().label_smoothing == smoothing
    own = TableClassifier("realmlp-td", eval_metric=get_scorer(metric), label_smoothing=0.2)
    assert own.recipe().label_smoothing == 0.2


def test_a_scorer_is_asked_without_a_call_of_its_metric():
    def metric(y, shown):
        raise AssertionError("only fit may call it")

    def smoothing(eval_metric):
        return TableClassifier("realmlp-td", eval_metric=eval_metric).recipe().label_smoothing

    assert smoothing(make_scorer(metric)) == 0.1
    assert smoothing(make_scorer(metric, response_method="predict_proba")) == 0.0
    assert smoothing(make_scorer(f1_score, pos_label="yes")) == 0.1
    area = make_scorer(average_precision_score, pos_label="yes", response_method="predict_proba")
    assert smoothing(area) == 0.0
    # A function of the user's own is not known to be a scorer.
    assert smoothing(metric) == 0.1
