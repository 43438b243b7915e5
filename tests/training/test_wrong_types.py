"""Settings of every kind refuse what is no number, no node and no object, each in the one form."""

import re
from dataclasses import fields

import numpy as np
import pytest

from chainrule import DataError, MLPRegressor, formulas, graph
from chainrule.estimators._plan import STOPPING_RULES
from chainrule.formulas import COURSES, AdamW, Constant, Cosine, Huber, Quantiles, SoftSharing
from chainrule.graph import Dense, Graph, Input
from chainrule.graph.layers import Layer
from chainrule.training import GraphModel
from chainrule.training.courses import Courses
from chainrule.training.full_batch import FULL_BATCH_SOLVERS, LevenbergMarquardt
from chainrule.training.stopping import LossTolerance, MaxEpochs

FORM = r"^{} must .+, got .+\. .+\.$"
OPTIMIZERS = ("AdaDelta", "AdaGrad", "Adam", "AdamW", "AMSGrad", "Nadam", "RMSProp", "SGD")
LAYERS = [
    kind for kind in vars(graph).values() if isinstance(kind, type) and kind.__base__ is Layer
]
NO_NUMBERS = {graph.Activate, graph.Concatenate}
SETTINGS = (
    *COURSES.values(),
    *STOPPING_RULES.values(),
    *FULL_BATCH_SOLVERS.values(),
    *(getattr(formulas, name) for name in OPTIMIZERS),
    *LAYERS,
    graph.Dropout,
    graph.Noise,
    graph.BatchNorm,
    graph.LayerNorm,
    graph.PiecewiseLinearEmbedding,
    Huber,
    formulas.Quantile,
    SoftSharing,
    MaxEpochs,
)
NEEDED = {"epochs": 3, "seconds": 1.0, "units": 2, "members": 2, "size": 2, "rate": 0.1}
NEEDED |= {"activation": "relu", "levels": (2,), "edges": [[0.0, 1.0]], "deviation": 0.1}
NUMBERS = [
    pytest.param(kind, field.name, id=f"{kind.__name__}-{field.name}")
    for kind in SETTINGS
    for field in fields(kind)
    if field.type in (int, float, float | None)
]


@pytest.mark.parametrize("value", ["a", "2", [1], {}, float("nan"), -1])
@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_what_is_no_such_number_is_refused(kind, name, value):
    # Both are MISSING where the field has no default.
    given = {f.name: NEEDED[f.name] for f in fields(kind) if f.default is f.default_factory}
    with pytest.raises(ValueError, match=FORM.format(name)) as caught:
        kind(**{**given, name: value})
    assert repr(value) in str(caught.value)


def test_every_kind_of_settings_is_looked_at():
    assert len(NUMBERS) > 60
    assert {kind.values[0] for kind in NUMBERS} >= {*LAYERS} - NO_NUMBERS


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("restarts", lambda: Cosine(restarts=1.5)),
        ("patience", lambda: LossTolerance(patience=1.5)),
        ("patience", lambda: LossTolerance(patience=-np.inf)),
        ("bias", lambda: Dense(1, bias=None)),
        ("units", lambda: Dense(2.5)),
        ("tied", lambda: Dense(2, tied="hidden")),
        ("columns", lambda: Input("x")),
        ("level", lambda: Quantiles("ab")),
        ("levels", lambda: Quantiles(0.5)),
        ("drops", lambda: formulas.Step(drops=2.0)),
        ("noise", lambda: Courses(noise="cosine")),
        ("noise", lambda: Courses(noise=Cosine)),
        ("then", lambda: formulas.WarmUp(then=Constant)),
        ("schedule", lambda: formulas.course_of(Cosine)),
        ("loss", lambda: formulas.loss_row(Huber)),
        ("inputs of Dense", lambda: Dense(2)(Dense(3))),
        ("inputs", lambda: Graph(2, Dense(1)(Input(2)))),
        ("output", lambda: Graph(Input(2), Dense(1))),
        ("graph", lambda: GraphModel(Dense(1))),
    ],
)
def test_other_wrong_types_are_refused(name, act):
    with pytest.raises(ValueError, match=re.compile(FORM.format(name), re.DOTALL)):
        act()


def model(**settings) -> GraphModel:
    x = Input(2)
    return GraphModel(Graph(x, Dense(1)(x)), **settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", "a"), ("l1", None), ("dtype", 3), ("dtype", "int8"), ("random_state", None)],
)
def test_a_graph_model_refuses_wrong_types(name, value):
    with pytest.raises(ValueError, match=FORM.format(name)):
        model(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("optimizer", None),
        ("optimizer", 3),
        ("optimizer", AdamW),
        ("optimizer", LevenbergMarquardt),
        ("epochs", None),
        ("epochs", "a"),
        ("batch_size", "all"),
        ("learning_rate", "a"),
        ("momentum", None),
        ("schedule", Cosine),
        ("clip_norm", [1.0]),
        ("mixup", None),
        ("shuffle", "yes"),
        ("stopping", LossTolerance()),
        ("stopping", None),
        ("stopping", [LossTolerance]),
        ("tol", None),
        ("on_epoch", "print"),
    ],
)
def test_a_fit_of_a_graph_refuses_wrong_types(name, value):
    with pytest.raises(ValueError, match=FORM.format(name)):
        model().fit([[0.0, 1.0]], [1.0], **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stopping", MaxEpochs),
        ("stopping", [LossTolerance(), MaxEpochs]),
        ("schedule", Cosine),
        ("solver", AdamW),
        ("loss", Huber),
        ("weight_prior", SoftSharing),
    ],
)
def test_estimators_refuse_a_class_for_its_object(name, value):
    message = rf"^{name} must be an object, got the class \w+\. Write \w+\(\.\.\.\)\.$"
    with pytest.raises(ValueError, match=message):
        MLPRegressor(**{name: value}).fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("values", ["a", [["a"]], {}, [[1, 2], [3]], [[1j, 1j]], object()])
def test_what_is_no_array_of_numbers_is_refused(values):
    X, y = [[0.0, 1.0]], [1.0]
    for name, act in (
        ("X", lambda: model().fit(values, y)),
        ("X", lambda: model().predict(values)),
        ("y", lambda: model().fit(X, values)),
        ("sample_weight", lambda: model().fit(X, y, values)),
        ("v", lambda: model().hessian_vector(X, y, values)),
    ):
        with pytest.raises(DataError, match=rf"^{name} must hold real numbers, got "):
            act()


def test_an_argument_that_there_is_not():
    x = Input(1)
    with pytest.raises(
        TypeError, match=r"^GraphModel\.__init__\(\) got an unexpected .*'max_iter'"
    ):
        GraphModel(Graph(x, Dense(1)(x)), max_iter=0)
