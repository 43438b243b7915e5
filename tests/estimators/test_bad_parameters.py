"""Constructor parameters that cannot be used, refused when fit is called and not before."""

import re

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators._classifier import LOSSES as CLASS_LOSSES
from chainrule.estimators._regressor import NUMBER_LOSSES
from chainrule.estimators._solvers import FULL_BATCH_SOLVERS, STOCHASTIC_SOLVERS
from chainrule.formulas import (
    ACTIVATIONS,
    COURSES,
    INITIALIZERS,
    LEARNED_ACTIVATIONS,
    ROW_ACTIVATIONS,
)

from .messages import after_got, assert_own_form, assert_parameter_refused, refusal
from .test_bad_input import ESTIMATORS, SMALL, table

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BAD_VALUES = {
    "batch_size": [0, -1, 2.5, "all"],
    "learning_rate_init": [0, -0.1, "fast"],
    "max_iter": [0, 1.5],
    "alpha": [-1e-4, None],
    "momentum": [-0.1, 1.1],
    "beta_1": [1.0, -0.5],
    "beta_2": [1.0],
    "epsilon": [0.0],
    "validation_fraction": [1.0, -0.1],
    "n_iter_no_change": [0, 2.5],
    "power_t": [-1],
    "tol": [-1e-3],
    "max_fun": [0],
    "shuffle": ["yes"],
    "random_state": ["seed"],
    "learning_rate": ["constnat"],
}


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD_VALUES.items() for value in values]
)
def test_value_out_of_range_is_refused(Estimator, name, value):
    X, y = table()
    model = Estimator().set_params(**{name: value})
    message = refusal(ValueError, model.fit, X, y)
    assert_parameter_refused(message, name)
    assert repr(value) in after_got(message)


# The misspelt name and the one that is meant.
MISSPELT = [
    ("activation", "rellu", "relu"),
    ("activation", "hardtanh", "hard_tanh"),
    ("activation", "soft_plus", "softplus"),
    ("solver", "adma", "adam"),
    ("solver", "l-bfgs", "lbfgs"),
    ("learning_rate", "inverse_scaling", "invscaling"),
    ("activation", "sigmoid", "logistic"),
    ("activation", "swish", "silu"),
    ("schedule", "cosin", "cosine"),
    ("initializer", "xavier_normal", "glorot_normal"),
    ("weight_prior", "soft-sharing", "soft_sharing"),
    ("stopping", "patiense", "patience"),
]


@pytest.mark.parametrize(("name", "value", "meant"), MISSPELT)
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_misspelt_name_gets_the_nearest_offered(Estimator, name, value, meant):
    X, y = table()
    message = refusal(ValueError, Estimator(**{name: value}).fit, X, y)
    assert_parameter_refused(message, name)
    assert f"'{meant}'" in after_got(message), message


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("name", ["activation", "solver", "schedule", "initializer", "loss"])
def test_known_names_are_listed_in_their_registrys_order(Estimator, name):
    X, y = table()
    told = refusal(ValueError, Estimator(**{name: "nothing like it"}).fit, X, y)
    listed = re.findall(r"'([\w-]+)'", re.search(r"among \{(.+?)\}", told).group(1))
    order = {
        "activation": [*ACTIVATIONS, *ROW_ACTIVATIONS, *LEARNED_ACTIVATIONS],
        "solver": [*STOCHASTIC_SOLVERS, *FULL_BATCH_SOLVERS],
        "schedule": list(COURSES),
        "initializer": list(INITIALIZERS),
        "loss": CLASS_LOSSES if Estimator is MLPClassifier else NUMBER_LOSSES,
    }
    assert listed == list(order[name])


def test_misspelt_loss_gets_the_nearest_offered():
    X, y = table()
    message = refusal(ValueError, MLPRegressor(loss="squared_eror").fit, X, y)
    assert_parameter_refused(message, "loss")
    assert "'squared_error'" in after_got(message)


def test_misspelt_name_in_a_tuple_of_activations():
    X, y = table()
    model = MLPClassifier(hidden_layer_sizes=(3, 2), activation=("relu", "tahn"))
    message = refusal(ValueError, model.fit, X, y)
    assert_parameter_refused(message, "activation")
    assert "'tanh'" in after_got(message)


@pytest.mark.parametrize("names", [("relu",), ("relu", "tanh", "relu"), ()])
def test_as_many_activations_as_hidden_layers(names):
    X, y = table()
    model = MLPClassifier(hidden_layer_sizes=(3, 2), activation=names)
    message = refusal(ValueError, model.fit, X, y)
    assert_own_form(message, "activation")
    assert "2" in message


@pytest.mark.parametrize("sizes", [[0], (4, 0), (4, -2), [3, 2.5], ("8",), np.array([2, 0]), [[3]]])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_hidden_layers_without_a_whole_number_of_units(Estimator, sizes):
    X, y = table()
    message = refusal(ValueError, Estimator(hidden_layer_sizes=sizes).fit, X, y)
    assert_own_form(message, "hidden_layer_sizes")
    assert "must be whole numbers of at least 1, got" in message


@pytest.mark.parametrize("sizes", [0, -3, 2.5, None])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_single_hidden_layer_of_a_wrong_size(Estimator, sizes):
    X, y = table()
    message = refusal(ValueError, Estimator(hidden_layer_sizes=sizes).fit, X, y)
    assert_parameter_refused(message, "hidden_layer_sizes")


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_batch_larger_than_the_table_is_clipped_with_a_warning(Estimator):
    X, y = table()
    clipped, whole = Estimator(batch_size=21, **SMALL), Estimator(batch_size=20, **SMALL)
    with pytest.warns(UserWarning, match="larger than sample size"):
        clipped.fit(X, y)
    whole.fit(X, y)
    assert clipped.loss_curve_ == whole.loss_curve_


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_constructor_checks_nothing(Estimator):
    """As everywhere in scikit-learn, so that a search may set values one after another."""
    assert Estimator(activation="rellu").get_params()["activation"] == "rellu"
    assert Estimator(batch_size=0).batch_size == 0


@pytest.mark.parametrize("name", ["dropout", "noise"])
@pytest.mark.parametrize("value", [["a"], {"a": 0.1}, [None]])
def test_what_is_no_rate_of_a_layer_is_refused(name, value):
    value = [*value] * (1 if name == "dropout" else 2)  # noise has one for the inputs as well
    with pytest.raises(ValueError, match=rf"^{name} must be .+, got nan\. "):
        MLPClassifier((3,), **{name: value}).fit([[0.0], [1.0]], [0, 1])
