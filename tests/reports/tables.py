"""Small tables, and scikit-learn pipelines that predict from data frames."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.reports import make_report


def table(rows=300, seed=0):
    """Two numbers, one of them with gaps, and a colour."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": random.normal(size=rows),
            "colour": random.choice(["red", "green", "blue"], rows),
        }
    )
    frame.loc[frame.index[::7], "b"] = np.nan
    return frame


def amount(frame):
    return 100 + 50 * frame["a"].to_numpy() - 20 * (frame["colour"] == "red").to_numpy()


def label(frame, noise=0.5):
    random = np.random.default_rng(1)
    score = frame["a"] + (frame["colour"] == "red") + noise * random.normal(size=len(frame))
    return np.select([score < -0.3, score < 0.8], ["low", "mid"], "top")


def pipeline(last):
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore")
    chosen = make_column_selector(dtype_include="number")
    others = make_column_selector(dtype_exclude="number")
    return make_pipeline(make_column_transformer((numbers, chosen), (levels, others)), last)


def report_of(train, y_train, test, y_test, task, model=None, **settings):
    last = LogisticRegression() if task == "classification" else LinearRegression()
    model = pipeline(last).fit(train, y_train) if model is None else model
    return make_report(model, train, y_train, test, y_test, task=task, target_name="y", **settings)


def classification(noise=0.5, **settings):
    frame = table()
    y = label(frame, noise)
    return report_of(frame[:200], y[:200], frame[200:], y[200:], "classification", **settings)


def regression(**settings):
    frame = table()
    y = amount(frame) + np.random.default_rng(2).normal(size=len(frame)) * 10
    return report_of(frame[:200], y[:200], frame[200:], y[200:], "regression", **settings)


class Says:
    """A model that answers what it was told to, row by row of the frame's index."""

    def __init__(self, answers, probabilities=None, classes=None):
        self._answers = np.asarray(answers)
        if probabilities is not None:
            self._probabilities = np.asarray(probabilities, dtype=float)
            self.predict_proba = lambda X: self._probabilities[X.index]
        if classes is not None:
            self.classes_ = np.asarray(classes)

    def predict(self, X):
        return self._answers[X.index]
