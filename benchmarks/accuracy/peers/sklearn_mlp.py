"""scikit-learn's MLP with default settings behind the preprocessing that its guide advises."""

from typing import Any

from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from .frames import categorical


def mlp(task: str, seed: int) -> Any:
    """Return the pipeline: medians for gaps, standardised numbers, one-hot categories."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    # Missing is a category of its own; a category that training did not have is all zeros.
    categories = OneHotEncoder(handle_unknown="ignore")
    encode = ColumnTransformer(
        [("categories", categories, categorical)], remainder=numbers, sparse_threshold=0.0
    )
    if task != "regression":
        return make_pipeline(encode, MLPClassifier(random_state=seed))
    # Without it the target's unit decides how far 200 epochs come.
    scaled = TransformedTargetRegressor(
        MLPRegressor(random_state=seed), transformer=StandardScaler()
    )
    return make_pipeline(encode, scaled)
