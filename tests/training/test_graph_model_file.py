"""A GraphModel goes into a model file and comes back the same."""

import json

import numpy as np
import pytest
from safetensors.numpy import load as arrays_of
from safetensors.numpy import save as to_safetensors

import chainrule
from chainrule import ModelFileError
from chainrule.files import model_file
from chainrule.formulas import Huber, SoftSharing, custom_activation
from chainrule.graph import (
    Add,
    BatchNorm,
    Bias,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Multiply,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scale,
    Start,
    periodic_linear_relu,
)
from chainrule.training import GraphModel
from chainrule.training.full_batch import LevenbergMarquardt

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 2)), rng.normal(size=(12, 1))


def shared() -> Graph:
    """One layer at two nodes, a layer equal to it but another, and one that borrows weights."""
    x = Input(2, "numbers")
    layer = Dense(2, activation="tanh")
    twice = layer(layer(x), name="again")
    return Graph(x, Dense(1)(Dense(2, tied=layer)(Dense(2, activation="tanh")(twice))))


def of_every_kind() -> Graph:
    a, b = Input(1, "a"), Input(1, "b")
    parts = (
        PeriodicEmbedding(3)(a),
        PiecewiseLinearEmbedding([[-1.0, 0.0, 2.0]], size=3)(b),
        periodic_linear_relu(a, 3, 4),
        MemberDense(1, 3)(Scale(start=Start("normal", 0.5))(b)),
    )
    sums = Add()(Multiply()(parts[0], parts[1]), Add()(parts[2], parts[3]))
    normal = BatchNorm(0.2)(Dropout(0.1)(LayerNorm()(Bias()(sums))))
    return Graph((b, a), Dense(1, activation="identity")(Concatenate()(normal, a)))


@pytest.mark.parametrize("graph", [shared, of_every_kind])
def test_what_is_loaded_predicts_the_same_bits(graph, tmp_path):
    settings = {"loss": Huber(0.5), "l2": 0.1, "random_state": 3, "dtype": np.float32}
    model = GraphModel(graph(), **settings).fit(X, Y, epochs=3)
    model.save(tmp_path / "m.chainrule")
    copy = chainrule.load(tmp_path / "m.chainrule")
    np.testing.assert_array_equal(copy.parameters, model.parameters)
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    assert copy.loss(X, Y) == model.loss(X, Y)
    assert copy.history == model.history
    assert [node.name for node in copy.graph.nodes] == [node.name for node in model.graph.nodes]
    copy.save(tmp_path / "again.chainrule")
    assert (tmp_path / "again.chainrule").read_bytes() == (tmp_path / "m.chainrule").read_bytes()


def test_training_goes_on_as_without_saving(tmp_path):
    model = GraphModel(shared(), weight_prior=SoftSharing(2)).fit(X, Y, epochs=2)
    model.save(tmp_path / "m.chainrule")
    copy = chainrule.load(tmp_path / "m.chainrule")
    np.testing.assert_array_equal(
        copy.fit(X, Y, epochs=2).parameters, model.fit(X, Y, epochs=2).parameters
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_evidence_and_codes_and_an_unfitted_model(tmp_path):
    x = Input(2)
    network = Graph(x, Dense(1)(Embedding((2, 3), 2)(x)))
    model = GraphModel(network)
    model.save(tmp_path / "new.chainrule")
    copy = chainrule.load(tmp_path / "new.chainrule")
    assert copy.history is None
    codes = np.array([[0, 0], [1, 2], [0, 1], [1, 1]], float)
    np.testing.assert_array_equal(copy.predict(codes), model.predict(codes))
    plain = GraphModel(Graph(x, Dense(1)(x)), l2=0.1)
    plain.fit(X, Y, optimizer=LevenbergMarquardt(bayesian=True), epochs=2)
    plain.save(tmp_path / "lm.chainrule")
    assert chainrule.load(tmp_path / "lm.chainrule").history.evidence == plain.history.evidence


def test_a_function_of_your_own_is_refused(tmp_path):
    x = Input(2)
    own = custom_activation(lambda z: z * z, name="square")
    with pytest.raises(ModelFileError, match=r"activation.* must be a plain value, got Activation"):
        GraphModel(Graph(x, Dense(1, activation=own)(x))).save(tmp_path / "m.chainrule")


@pytest.mark.parametrize(
    "harm",
    [
        lambda m: m["nodes"][1].update(parents=[7]),
        lambda m: m["nodes"][1].update(layer=9),
        lambda m: m["nodes"][0].update(width=3),
        lambda m: m["nodes"][0].update(width=10**12),
        lambda m: m["layers"][0]["layer"]["$tuple"][2].update(units=5),
        lambda m: m["layers"][0]["layer"]["$tuple"].__setitem__(1, "Huber"),
        lambda m: m["layers"][0].update(tied=0),
        lambda m: m.update(output="x"),
    ],
)
def test_a_graph_that_does_not_fit_its_weights_is_refused(harm, tmp_path):
    path = tmp_path / "m.chainrule"
    GraphModel(shared()).save(path)
    header, data = model_file._read(path)
    document = json.loads(header["chainrule"])
    harm(document["model"]["state"]["graph"])
    arrays = arrays_of(data)
    document["sha256"] = model_file._digest(document, arrays)
    path.write_bytes(to_safetensors(arrays, metadata={"chainrule": json.dumps(document)}))
    with pytest.raises(ModelFileError, match="must be an undamaged model file"):
        chainrule.load(path)
