import numpy as np
import pytest

from chainrule import MLPClassifier
from chainrule.tables import TableEncoder, TableModel


@pytest.fixture(scope="session")
def table():
    """Sixty rows of two classes that the first column tells apart."""
    import polars as pl

    random = np.random.default_rng(0)
    x = random.normal(size=60)
    return pl.DataFrame(
        {"x": x, "colour": random.choice(["red", "green"], 60), "y": np.where(x > 0, "up", "down")}
    )


@pytest.fixture(scope="session")
def table_model(table):
    settings = {"preset": "fast", "hidden_layer_sizes": (4,), "epochs": 3}
    return TableModel("y", settings=settings).fit(table)


@pytest.fixture(scope="session")
def encoder(table):
    return TableEncoder().fit(table.drop("y"))


@pytest.fixture(scope="session")
def classifier(table):
    X = table["x"].to_numpy().reshape(-1, 1).astype(np.float32)
    return MLPClassifier((4,), solver="lbfgs", max_iter=500, random_state=0).fit(X, table["y"])
