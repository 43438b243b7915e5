"""The classifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
    unique_labels,
)

from chainrule.exceptions import DataError

from ._base import BaseMLP
from ._callbacks import with_callbacks
from ._checks import check_table_and_target


class MLPClassifier(ClassifierMixin, BaseMLP):
    """Multilayer perceptron that tells classes apart.

    A drop-in for `sklearn.neural_network.MLPClassifier`: the same parameters, attributes and
    methods, and for the same `random_state` the same weights, to rounding (which a long "lbfgs"
    amplifies). It minimises the log
    loss of a softmax (several classes) or logistic (two classes, several labels) output.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of each hidden layer; `()` for none, which is logistic regression.
    activation : str or array-like of str, default="relu"
        Of the hidden layers: one name, or one for each layer. "identity", "logistic", "tanh",
        "hard_tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus".
    solver : {"adam", "sgd", "lbfgs"}, default="adam"
        "adam" (Kingma and Ba 2015), "sgd" with momentum, or the full-batch "lbfgs", which suits
        small tables.
    alpha : float, default=0.0001
        Strength of the L2 penalty; it is divided by the weight of a batch.
    batch_size : int or "auto", default="auto"
        Rows of a batch; "auto" is min(200, rows). Not used by "lbfgs".
    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        How "sgd" changes its learning rate.
    learning_rate_init : float, default=0.001
        The first learning rate of "sgd" and "adam".
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=200
        Most epochs; of "lbfgs", iterations.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new order.
    random_state : int, RandomState or None, default=None
        Seeds the weights, the split for early stopping and the order of the rows. Pass an int for
        the same result each time.
    tol : float, default=1e-4
        What counts as an improvement of the loss or score.
    verbose : bool or int, default=False
        Print the loss of each epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last one.
    momentum : float, default=0.9
        Of "sgd", in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead.
    early_stopping : bool, default=False
        Whether the score on validation rows, not the training loss, decides when to stop; the best
        weights are kept. The rows are `X_val` of `fit`, or else set aside from the training rows.
    validation_fraction : float, default=0.1
        The part to set aside.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decays of Adam's running means.
    epsilon : float, default=1e-8
        Added to Adam's denominator.
    n_iter_no_change : int, default=10
        Epochs without improvement after which training stops.
    max_fun : int, default=15000
        Most evaluations of the loss by "lbfgs".

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    coefs_ : list of ndarray of shape (inputs, units)
        The weights of each layer.
    intercepts_ : list of ndarray of shape (units,)
        The biases of each layer.
    loss_, best_loss_ : float
        The last and the smallest training loss; `best_loss_` is None with early stopping.
    loss_curve_ : list of float
        The training loss of each epoch.
    validation_loss_curve_, validation_scores_ : list of float or None
        Loss and accuracy on the validation rows of each epoch, where there are any.
    best_validation_score_ : float or None
    n_iter_ : int
        Epochs of the last fit.
    t_ : int
        Training rows seen, repeats counted.
    n_features_in_, n_layers_, n_outputs_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        If `X` had column names.
    out_activation_ : str
        "softmax" or "logistic".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(max_iter=1000, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            loss="log_loss",
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
        )

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> "MLPClassifier":
        """Learn from rows with known classes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or 0/1 for each of several labels.
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as above, default=None
            Rows to validate on after each epoch.

        Returns
        -------
        self

        Raises
        ------
        chainrule.DataError
            Data that cannot be used; the message says which row and column.
        chainrule.DivergenceError
            The loss became infinite or NaN; the weights before that epoch are kept.
        """
        return self._fit(X, y, sample_weight, X_val, y_val, sample_weight_val)

    @available_if(lambda estimator: estimator._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> "MLPClassifier":
        """Go once over the rows given, from where the last call ended.

        `classes`, all labels that will ever come, is needed at the first call.
        """
        if _check_partial_fit_first_call(self, classes):
            self._multilabel = type_of_target(y).startswith("multilabel")
            if self._multilabel:
                self.classes_ = unique_labels(y)
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row; of several labels, those more probable than not.

        X of shape (n_samples, n_features) gives (n_samples,) or (n_samples, n_labels).
        """
        probability = self._forward(X)
        if self._multilabel:
            return (probability > 0.5).astype(int)
        if self.n_outputs_ == 1:
            likely = (probability[:, 0] > 0.5) & (len(self.classes_) > 1)
            number = likely.astype(np.intp)
        else:
            number = probability.argmax(axis=1)
        label: NDArray[Any] = self.classes_[number]
        return label

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class, columns in the order of `classes_`.

        X of shape (n_samples, n_features) gives (n_samples, n_classes).
        """
        probability = self._forward(X)
        if self.n_outputs_ == 1:
            return np.concatenate([1 - probability, probability], axis=1)
        return probability

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The natural logarithm of `predict_proba`."""
        probability = self.predict_proba(X)
        np.log(probability, out=probability)
        return probability

    def _check_data(
        self, X: Any, y: Any, *, incremental: bool, reset: bool, suffix: str = ""
    ) -> tuple[Any, Any]:
        X, y = check_table_and_target(self, X, y, reset=reset, numeric=False, suffix=suffix)
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self.classes_ = unique_labels(y)
            self._multilabel = type_of_target(y).startswith("multilabel")
        else:
            self._check_classes(y, suffix, exactly=self.warm_start and not incremental)
        return X, y

    def _check_classes(self, y: Any, suffix: str, *, exactly: bool) -> None:
        kind = type_of_target(y)
        if kind.startswith("multilabel") != self._multilabel:
            before = "several labels a row" if self._multilabel else "one class a row"
            raise ValueError(
                f"y{suffix} must be {before}, as in the fit before, got {kind!r} targets. Fit "
                "afresh for another kind of target."
            )
        classes = unique_labels(y)
        new: list[Any] = []
        if not self._multilabel:
            new = np.setdiff1d(classes, self.classes_).tolist()
        if suffix and new:
            raise DataError(
                f"y{suffix} must be made of the classes of y, got {new} as well. Leave "
                "these rows out, or train on such rows too."
            )
        if exactly and set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {classes}"
            )
        if new:
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' "
                f"has {classes}."
            )

    def _encode(self, y: Any, dtype: Any) -> NDArray[Any]:
        if self._multilabel:
            dense = y.toarray() if hasattr(y, "toarray") else y
            return np.ascontiguousarray(dense, dtype=dtype)
        codes: NDArray[np.intp] = np.searchsorted(self.classes_, y)
        if len(self.classes_) <= 2:
            return codes.astype(dtype).reshape(-1, 1)
        return codes.astype(np.int32)

    def _outputs(self, y: NDArray[Any]) -> tuple[int, str]:
        if y.ndim == 1:
            return len(self.classes_), "log_loss"
        return y.shape[1], "binary_log_loss"

    def _stratifies(self, y: NDArray[Any]) -> bool:
        """As in scikit-learn: only two classes are split in proportion."""
        return y.ndim == 2 and y.shape[1] == 1

    def _score(self, prediction: NDArray[Any], rows: Any) -> float:
        y = rows.y if rows.subset is None else rows.y[rows.subset]
        weight = rows.weight
        if weight is not None and rows.subset is not None:
            weight = weight[rows.subset]
        if y.ndim == 1:
            right = prediction.argmax(axis=1) == y
        else:
            right = ((prediction > 0.5) == (y > 0.5)).all(axis=1)
        return float(np.average(right, weights=weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
