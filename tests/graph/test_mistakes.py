"""What cannot be wired is refused where it is written, in one form."""

import re

import pytest

from chainrule.graph import (
    Activate,
    Add,
    BatchNorm,
    Bias,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    FourierFeatures,
    Graph,
    Input,
    LayerNorm,
    MemberDense,
    Multiply,
    Noise,
    PeriodicEmbedding,
    PiecewiseLinear,
    PiecewiseLinearEmbedding,
    Scale,
    Start,
)
from chainrule.graph.layers import Layer, Source
from chainrule.graph.layout import lay_out

FORM = r"^{} must .+, got .+\. .+\.$"


def refused(name: str, error: type[Exception], act) -> str:
    with pytest.raises(error) as caught:
        act()
    assert re.search(FORM.format(re.escape(name)), str(caught.value), re.DOTALL), caught.value
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "act"),
    [
        ("columns", "0", lambda: Input(0)),
        ("units", "0", lambda: Dense(0)),
        ("rate", "1.0", lambda: Dropout(1.0)),
        ("rate", "-0.1", lambda: Dropout(-0.1)),
        ("rate", "nan", lambda: Dropout(float("nan"))),
        ("inputs of Add", "1", lambda: Add()(Input(2))),
        ("inputs of Add", "2 and 3", lambda: Add()(Input(2), Input(3))),
        ("inputs of Multiply", "3 and 2", lambda: Multiply()(Input(3), Input(2))),
        ("inputs of Concatenate", "3", lambda: Concatenate()(Input(1), Input(1), Input(1))),
        ("inputs of Dense", "2", lambda: Dense(1)(Input(1), Input(1))),
        ("inputs of Activate", "0", lambda: Activate("relu")()),
        ("inputs of Dropout", "2", lambda: Dropout(0.5)(Input(1), Input(1))),
        ("deviation", "-0.1", lambda: Noise(-0.1)),
        ("deviation", "nan", lambda: Noise(float("nan"))),
        ("inputs of BatchNorm", "2", lambda: BatchNorm()(Input(1), Input(1))),
        ("inputs of LayerNorm", "0", lambda: LayerNorm()()),
        ("inputs of Dense", "3", lambda: Dense(1, members=2)(Input(3))),
        ("inputs of MemberDense", "3", lambda: MemberDense(2, 1)(Input(3))),
        ("levels", "1", lambda: Embedding((3,), 2)(Input(2))),
        ("size", "1", lambda: PeriodicEmbedding(size=1)),
        ("frequencies", "0", lambda: FourierFeatures(0)),
        ("size", "0", lambda: PiecewiseLinearEmbedding([[0.0, 1.0]], 0)),
        ("edges", "those of 1", lambda: PiecewiseLinear([[0.0, 1.0]])(Input(2))),
        ("edges", "[0.0] for column 1", lambda: PiecewiseLinear([[0.0, 1.0], [0.0]])),
        ("edges", "[1.0, 1.0] for column 0", lambda: PiecewiseLinear([[1.0, 1.0]])),
        ("edges", "[0.0, inf] for column 0", lambda: PiecewiseLinear([[0.0, float("inf")]])),
        ("edges", "[nan, 0.0] for column 0", lambda: PiecewiseLinear([[float("nan"), 0.0]])),
        ("edges", "6 edges for column 0", lambda: PiecewiseLinear([[0.0, 1, 2, 3, 4, 4]])),
    ],
)
def test_a_layer_says_what_it_takes(name, value, act):
    assert f"got {value}." in refused(name, ValueError, act)


@pytest.mark.parametrize(
    "act",
    [lambda: Dense(1, activation="rleu"), lambda: Activate("rleu")],
    ids=["Dense", "Activate"],
)
def test_an_unknown_activation_offers_the_nearest(act):
    with pytest.raises(ValueError, match=r"activation must be one of .*Did you mean .*'relu'"):
        act()


def test_an_unknown_initializer_loss_or_link_is_refused():
    with pytest.raises(ValueError, match=r"initializer must be one of .*got 'xavier'\."):
        Dense(1, initializer="xavier")
    x = Input(1)
    with pytest.raises(ValueError, match=r"loss must be one of .*got 'hingge'\."):
        lay_out(Graph(x, Dense(1)(x)), "hingge")
    with pytest.raises(ValueError, match=r"link must be one of .*got 'probit'\."):
        lay_out(Graph(x, Dense(1)(x)), link="probit")


def test_inputs_that_are_no_inputs_are_refused():
    x = Input(2)
    hidden = Dense(2)(x)
    message = refused("inputs", ValueError, lambda: Graph((x, hidden), Dense(1)(hidden)))
    assert "got a Dense as input 2" in message


def test_an_input_that_is_not_given_is_named():
    a, b = Input(2, name="a"), Input(2, name="b")
    message = refused("inputs", ValueError, lambda: Graph(a, Add()(a, b)))
    assert "none named 'b'" in message


def test_a_layer_of_ones_own_is_refused_by_the_tape():
    class Double(Layer):
        def width(self, widths):
            return widths[0]

    x = Input(1)
    message = refused("layers", TypeError, lambda: lay_out(Graph(x, Double()(x))))
    assert "got Double" in message


@pytest.mark.parametrize("layer", [Dense(2), LayerNorm(), Activate("prelu")])
def test_a_layer_that_is_called_twice_needs_inputs_of_one_width(layer):
    x, wide = Input(2), Input(3)
    both = Concatenate()(layer(x), layer(wide))
    name = f"inputs of a shared {type(layer).__name__}"
    refused(name, ValueError, lambda: lay_out(Graph((x, wide), Dense(1)(both))))


def test_a_transpose_needs_a_layer_before_it_and_its_widths():
    x = Input(4)
    encoder = Dense(2)
    refused("tied", ValueError, lambda: lay_out(Graph(x, Dense(4, tied=encoder)(x))))
    decoder = Dense(3, tied=encoder)
    message = refused("units", ValueError, lambda: lay_out(Graph(x, decoder(encoder(x)))))
    assert "must be 4 and the input 2 wide" in message
    assert "got 3 and 2." in message


def test_outputs_that_do_not_fit_a_loss_of_rows_are_refused():
    x = Input(1)
    graph = Graph(x, Dense(3)(x))
    message = refused("outputs", ValueError, lambda: lay_out(graph, "gaussian_likelihood"))
    assert "One target needs 2." in message


def test_an_input_is_not_called():
    with pytest.raises(TypeError, match=r"inputs are made by Input\(columns\)"):
        Source()()


def test_starts_that_do_not_fit_their_array():
    signs = Scale(spread=2, start=Start("signs", runs=(2, 3)))
    assert "6 numbers of s" in refused("runs", ValueError, lambda: signs.arrays((3,)))
    alike = Bias(Start("uniform", 1.0, copies=2))
    assert "3 numbers of b" in refused("copies", ValueError, lambda: alike.arrays((3,)))


def test_what_a_layer_needs_cannot_be_left_out():
    with pytest.raises(ValueError, match=r"^units must be .* got 0\. Choose another value\.$"):
        Dense(0)
