"""Small tables, solver settings and comparisons that the estimator tests share."""

import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neural_network as scikit_learn

import chainrule

N_ROWS, N_COLUMNS = 120, 6
ACTIVATIONS = ("identity", "logistic", "tanh", "relu")
WAYS = ("fit", "partial_fit", "warm_start")

# Rates that are large for so small a table: five epochs must move the weights far enough for a
# wrong momentum, schedule or penalty to show in the first digits.
SGD = {"solver": "sgd", "learning_rate_init": 0.02}
SOLVERS = {
    "sgd-nesterov": {**SGD},
    "sgd-momentum": {**SGD, "nesterovs_momentum": False, "momentum": 0.8},
    "sgd-plain": {**SGD, "momentum": 0.0},
    "sgd-invscaling": {**SGD, "learning_rate": "invscaling", "power_t": 0.3},
    # No epoch improves by tol=1000, so the rate is divided by 5 at every second epoch.
    "sgd-adaptive": {**SGD, "learning_rate": "adaptive", "tol": 1000.0, "n_iter_no_change": 1},
    "adam": {"solver": "adam", "learning_rate_init": 0.01},
    "lbfgs": {"solver": "lbfgs"},
}
LISTS = ("coefs_", "intercepts_", "loss_curve_", "validation_scores_")
NUMBERS = ("loss_", "best_loss_", "best_validation_score_")
EXACT = ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_")


@dataclass(frozen=True)
class Task:
    """One table with its target, and the pair of classes that learn it."""

    class_name: str
    X: np.ndarray
    y: np.ndarray
    classes: np.ndarray | None = None
    parameters: dict = field(default_factory=dict)

    def ours(self, **parameters):
        return getattr(chainrule, self.class_name)(**self.parameters, **parameters)

    def theirs(self, **parameters):
        return getattr(scikit_learn, self.class_name)(**self.parameters, **parameters)


def make_tasks() -> dict[str, Task]:
    rng = np.random.default_rng(20240501)
    X = rng.normal(size=(N_ROWS, N_COLUMNS))
    scores = X @ rng.normal(size=(N_COLUMNS, 3)) + 0.5 * rng.normal(size=(N_ROWS, 3))
    binary = np.where(scores[:, 0] > 0.2, "yes", "no")
    multiclass = scores.argmax(axis=1) + 1
    multilabel = (scores > 0.0).astype(int)
    counts = rng.poisson(np.exp(0.3 * scores[:, 0])).astype(float)
    classifier, regressor = "MLPClassifier", "MLPRegressor"
    return {
        "binary": Task(classifier, X, binary, np.array(["no", "yes"])),
        "multiclass": Task(classifier, X, multiclass, np.array([1, 2, 3])),
        "multilabel": Task(classifier, X, multilabel, np.array([0, 1, 2])),
        "regression": Task(regressor, X, scores[:, 0]),
        "multi-output": Task(regressor, X, scores),
        "poisson": Task(regressor, X, counts, None, {"loss": "poisson"}),
    }


TASKS = make_tasks()


def row_weights() -> np.ndarray:
    """Weights of different sizes, some of them zero."""
    weights = np.random.default_rng(7).uniform(0.2, 3.0, size=N_ROWS)
    weights[::17] = 0.0
    return weights


def train(estimator, task: Task, way: str = "fit", weights=None, X=None) -> list[tuple]:
    """Fit in the given way; return the warnings as (class, text) in their order."""
    X = task.X if X is None else X
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if way == "partial_fit":
            _train_in_parts(estimator, task, weights, X)
        else:
            estimator.fit(X, task.y, weights)
        if way == "warm_start":
            _part_best_from_last(estimator)
            estimator.set_params(max_iter=3).fit(X, task.y, weights)
    return [(warning.category, str(warning.message)) for warning in caught]


def _part_best_from_last(estimator) -> None:
    """Mend scikit-learn between two fits, see docs/scikit-learn.md.

    After early stopping its weights and its best weights are the same arrays, so that a second fit
    changes both, and a fit that finds nothing better gives its last weights for the best ones.
    """
    for name in ("_best_coefs", "_best_intercepts"):
        if hasattr(estimator, name):
            setattr(estimator, name, [array.copy() for array in getattr(estimator, name)])


def _train_in_parts(estimator, task, weights, X) -> None:
    """Five calls of partial_fit on two parts of the table, each of another length."""
    first, second = slice(0, 70), slice(70, N_ROWS)
    for call, rows in enumerate((first, first, second, first, second)):
        known = {"classes": task.classes} if task.classes is not None and call == 0 else {}
        part = None if weights is None else weights[rows]
        estimator.partial_fit(X[rows], task.y[rows], part, **known)


def assert_same_fit(ours, theirs, X, *, rtol: float, atol: float) -> None:
    """Every number that theirs has learnt, and every prediction."""
    for name in (*LISTS, *NUMBERS, *EXACT):
        if not hasattr(theirs, name):
            continue
        got, want = getattr(ours, name), getattr(theirs, name)
        if want is None or name in EXACT:
            assert got == want, name
        elif name in NUMBERS:
            assert_allclose(got, want, rtol=rtol, atol=atol, err_msg=name)
        else:
            assert isinstance(got, list), name
            assert len(got) == len(want), name
            for index, (a, b) in enumerate(zip(got, want, strict=True)):
                assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=f"{name}[{index}]")
    _assert_same_predictions(ours, theirs, X, rtol=rtol, atol=atol)


def _assert_same_predictions(ours, theirs, X, *, rtol, atol) -> None:
    if not hasattr(theirs, "predict_proba"):
        assert_allclose(ours.predict(X), theirs.predict(X), rtol=rtol, atol=atol)
        return
    assert_array_equal(ours.classes_, theirs.classes_)
    got, want = ours.predict_proba(X), theirs.predict_proba(X)
    assert_allclose(got, want, rtol=rtol, atol=atol, err_msg="predict_proba")
    with np.errstate(divide="ignore"):  # a probability may round to 0
        # One rounding of the logarithm, in the precision of the probabilities.
        eps = np.finfo(got.dtype).eps
        assert_allclose(ours.predict_log_proba(X), np.log(got), rtol=4 * eps, atol=eps)
    predicted, expected = ours.predict(X), theirs.predict(X)
    assert predicted.dtype == expected.dtype
    assert_array_equal(predicted, expected)
