"""scikit-learn's MLPClassifier, and any class with its interface."""

import time
import warnings

from sklearn.exceptions import ConvergenceWarning

from ..estimators import classifier
from ..sizes import ALPHA, BETA_1, BETA_2, EPSILON, LEARNING_RATE, Size, make_data
from . import Fit


class ScikitLearn:
    """Times the public `fit` of a new estimator, with the library's own choice of threads."""

    library = "scikit-learn"

    def prepare(self, size: Size, dtype: str) -> str:
        """Make the data and fit one epoch, which loads and compiles what there is to."""
        self._X, self._y = make_data(size, dtype)
        self._size = size
        self._fit(epochs=1)
        return ""

    def fit(self) -> Fit:
        """Time one fit of the size's epochs."""
        return self._fit(self._size.epochs)

    def _fit(self, epochs: int) -> Fit:
        estimator = classifier(
            self.library,
            hidden_layer_sizes=self._size.layers[1:-1],
            batch_size=self._size.batch,
            max_iter=epochs,
            tol=0.0,  # with the next line: no early stop
            n_iter_no_change=epochs + 1,
            learning_rate_init=LEARNING_RATE,
            beta_1=BETA_1,
            beta_2=BETA_2,
            epsilon=EPSILON,
            alpha=ALPHA,
            random_state=0,
        )
        with warnings.catch_warnings():
            # Every fit here ends at max_iter by design.
            warnings.simplefilter("ignore", ConvergenceWarning)
            start = time.perf_counter()
            estimator.fit(self._X, self._y)
            seconds = time.perf_counter() - start
        if estimator.n_iter_ != epochs:
            raise RuntimeError(f"trained {estimator.n_iter_} epochs instead of {epochs}")
        return Fit(seconds, float(estimator.loss_))
