"""What a classifier answers, given its network's outputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.metaestimators import available_if

from ._class_targets import ClassTargets


class ClassAnswers(ClassTargets):
    """Classes, probabilities and margins of rows."""

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row; of several labels, those more probable than not.

        Losses of a margin answer with the class of the largest output. X of shape (n_samples,
        n_features) gives (n_samples,), or (n_samples, n_labels or n_targets).
        """
        outputs = self._forward(X)
        numbers = self._coding(self._groups).decide(outputs)
        if self._kind == "labels":
            return numbers.astype(int)
        if self._kind == "classes":
            number = numbers[:, 0]
            if len(self.classes_) < max(2, *self._groups):  # a single class
                number = np.minimum(number, len(self.classes_) - 1)
            label: NDArray[Any] = self.classes_[number]
            return label
        columns = [
            names[np.minimum(column, len(names) - 1)]
            for names, column in zip(self.classes_, numbers.T, strict=True)
        ]
        alike = len({column.dtype.kind for column in columns}) == 1
        return np.column_stack(columns if alike else [c.astype(object) for c in columns])

    @available_if(lambda estimator: estimator._gives_probabilities())
    def predict_proba(self, X: Any) -> NDArray[Any] | list[NDArray[Any]]:
        """The probability of each class, columns in the order of `classes_`.

        X of shape (n_samples, n_features) gives (n_samples, n_classes); several targets with
        classes of their own give a list of such arrays. Not there for losses of a margin.
        """
        probability: NDArray[Any] = self._forward(X)
        if self._kind == "targets":
            ends = np.cumsum(self._groups)
            parts = np.split(probability, ends[:-1], axis=1)
            return [p[:, : len(names)] for p, names in zip(parts, self.classes_, strict=True)]
        if self.n_outputs_ == 1:
            return np.concatenate([1 - probability, probability], axis=1)
        if self._kind == "classes" and self.out_activation_ != "softmax":
            probability /= probability.sum(axis=1, keepdims=True)
        return probability

    @available_if(lambda estimator: estimator._gives_probabilities())
    def predict_log_proba(self, X: Any) -> NDArray[Any] | list[NDArray[Any]]:
        """The natural logarithm of `predict_proba`."""
        probability: NDArray[Any] | list[NDArray[Any]] = self.predict_proba(X)
        for array in probability if isinstance(probability, list) else [probability]:
            np.log(array, out=array)
        return probability

    @available_if(lambda estimator: not estimator._gives_probabilities())
    def decision_function(self, X: Any) -> NDArray[Any]:
        """The outputs of a loss that gives no probabilities; the largest one wins.

        X of shape (n_samples, n_features) gives (n_samples, n_classes), or (n_samples,) for two
        classes, positive for the second one.
        """
        outputs = self._forward(X)
        if self._kind != "classes" or outputs.shape[1] > 2 or len(self.classes_) > 2:
            return outputs
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs[:, 1] - outputs[:, 0]
