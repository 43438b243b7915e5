"""Small estimators that are fitted in a moment."""

from chainrule.tables import TableClassifier, TableRegressor

QUICK = {
    "n_ensemble": 1,
    "hidden_layer_sizes": (8,),
    "epochs": 20,
    "batch_size": 32,
    "random_state": 0,
}
# Where nothing need be learned.
BRIEF = QUICK | {"epochs": 2}


def classifier(**settings):
    return TableClassifier("fast", **QUICK | settings)


def regressor(**settings):
    return TableRegressor("fast", **QUICK | settings)
