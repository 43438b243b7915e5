"""What decides which epoch was best: a number for predictions on rows with known targets."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils.metaestimators import available_if

from chainrule.exceptions import DataError
from chainrule.formulas import lookup

# How well outputs (rows, outputs) meet targets, where rows weigh alike (None) or as said; larger is
# better.
Measured = Callable[[NDArray[Any], NDArray[Any], NDArray[Any] | None], float]


class Predicted:
    """Predictions that are there already, in the shape of an estimator, for scikit-learn's scorers.

    `outputs` are probabilities of `classes`, or numbers where `classes` is None.
    """

    def __init__(self, outputs: NDArray[Any], classes: NDArray[Any] | None) -> None:
        self._outputs = outputs
        self._estimator_type = "regressor" if classes is None else "classifier"
        if classes is not None:
            self.classes_ = classes

    def fit(self, X: Any, y: Any) -> "Predicted":
        """Do nothing: it is fitted."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        kind = self._estimator_type
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if kind == "classifier" else None,
            regressor_tags=RegressorTags() if kind == "regressor" else None,
        )

    def predict(self, X: Any) -> NDArray[Any]:
        """The predictions for the rows that were predicted; `X` is not looked at."""
        if self._estimator_type == "regressor":
            numbers: NDArray[Any] = self._outputs.reshape(len(self._outputs), -1)[:, 0]
            return numbers
        label: NDArray[Any] = self.classes_[self._outputs.argmax(axis=1)]
        return label

    @available_if(lambda self: self._estimator_type == "classifier")
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probabilities; scorers go by this method's name."""
        shares: NDArray[Any] = self._outputs / self._outputs.sum(axis=1, keepdims=True)
        return shares


class _Asked(Predicted):
    """Two classes, and no predictions; `probabilities` tells whether a scorer asked for theirs."""

    probabilities = False

    def __init__(self) -> None:
        super().__init__(np.zeros((2, 2)), np.array([0, 1]))

    def predict(self, X: Any) -> NDArray[Any]:
        raise NotImplementedError

    @property
    def predict_proba(self) -> Callable[[Any], NDArray[Any]]:
        self.probabilities = True
        return self.predict


def judges_probabilities(scorer: Any) -> bool:
    """Whether a scorer of scikit-learn, or of its `make_scorer`, asks for probabilities.

    It is tried on a model that answers nothing, so that no metric is computed. Other functions
    are not tried: they are the user's own, and only `fit` calls them.
    """
    if not hasattr(scorer, "_score_func"):
        return False
    asked = _Asked()
    with suppress(Exception):
        scorer(asked, np.zeros((2, 1)), asked.classes_)
    return asked.probabilities


def scorer_of(metric: Any) -> Any:
    """A scorer, given it or scikit-learn's name for it; DataError names the nearest ones."""
    if callable(metric):
        return metric
    try:
        lookup(dict.fromkeys(get_scorer_names()), "eval_metric", metric)
    except ValueError as error:
        raise DataError(str(error)) from error
    return check_scoring(Predicted(np.zeros((0, 1)), None), metric)


def accuracy(outputs: NDArray[Any], codes: NDArray[Any], weight: NDArray[Any] | None) -> float:
    """The share of rows whose likeliest class is theirs."""
    return float(np.average(outputs.argmax(axis=1) == codes, weights=weight))


def balanced_accuracy(
    outputs: NDArray[Any], codes: NDArray[Any], weight: NDArray[Any] | None
) -> float:
    """The mean of the accuracies in each class that is there."""
    right = outputs.argmax(axis=1) == codes
    weight = np.ones(len(codes)) if weight is None else weight
    total = np.bincount(codes, weight)
    there = total > 0.0
    return float(np.mean(np.bincount(codes, weight * right)[there] / total[there]))


def negative_rmse(
    outputs: NDArray[Any], values: NDArray[Any], weight: NDArray[Any] | None
) -> float:
    """Minus the root mean squared error."""
    difference = outputs.reshape(values.shape).astype(np.float64) - values
    return -float(np.sqrt(np.average(difference * difference, weights=weight)))


def by_scorer(scorer: Any, classes: NDArray[Any] | None) -> Measured:
    """A scikit-learn scorer as a measure; targets are class numbers where there are classes.

    Weights count where the scorer's metric knows them.
    """
    metric = getattr(scorer, "_score_func", None)
    weighs = metric is not None and "sample_weight" in inspect.signature(metric).parameters

    def measured(
        outputs: NDArray[Any], targets: NDArray[Any], weight: NDArray[Any] | None
    ) -> float:
        truth = targets if classes is None else classes[targets]
        predicted = Predicted(outputs.astype(np.float64), classes)
        more = {"sample_weight": weight} if weighs and weight is not None else {}
        return float(scorer(predicted, outputs, truth, **more))

    return measured
