"""How a graph is laid out: slots, messages, parameters."""

import pytest

from chainrule.graph import (
    Activate,
    Add,
    BatchNorm,
    Concatenate,
    Dense,
    Graph,
    Input,
    Multiply,
    Scale,
    chain,
)
from chainrule.graph.activations import reads_first_argument
from chainrule.graph.layout import lay_out
from chainrule.graph.tape import Tape


def line(tape: Tape, name: str):
    (found,) = [line for line in tape.instructions if line.name == name]
    return found


def slots(tape: Tape, name: str):
    """The slot that a line reads first and the one that it writes."""
    found = line(tape, name)
    return tape.slots[found.inputs[0]], tape.slots[found.output]


def one_activation(activation: str, **options) -> Tape:
    x = Input(3)
    hidden = Dense(4, activation=activation)(x, name="h")
    return lay_out(Graph(x, Dense(1)(hidden, name="out")), **options)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
def test_an_activation_whose_slope_needs_y_alone_works_in_place(activation):
    before, after = slots(one_activation(activation), "h activation")
    assert (before.value, before.delta) == (after.value, after.delta)


@pytest.mark.parametrize("activation", ["gelu", "silu"])
def test_an_activation_whose_slope_needs_x_keeps_x(activation):
    before, after = slots(one_activation(activation), "h activation")
    assert before.value != after.value
    assert before.delta == after.delta  # its gradient is not needed twice


def test_an_activation_after_an_activation_keeps_what_the_first_one_gave():
    x = Input(3)
    node = Activate("relu")(Dense(4, activation="tanh")(x), name="second")
    before, after = slots(lay_out(Graph(x, Dense(1)(node))), "second")
    assert before.value != after.value


@pytest.mark.parametrize("of_input", [True, False], ids=["input", "node read twice"])
def test_what_others_read_is_not_overwritten(of_input):
    x = Input(3)
    source = x if of_input else Dense(3)(x)
    graph = Graph(x, Dense(1)(Add()(Activate("relu")(source, name="a"), source)))
    before, after = slots(lay_out(graph), "a")
    assert before.value != after.value
    assert of_input or before.delta != after.delta


def test_a_node_read_twice_through_an_identity_is_not_overwritten():
    # Activate("identity") is the same slot under a second node, so readers of both count.
    x = Input(3)
    hidden = Dense(3)(x, name="h")
    again = Activate("identity")(hidden)
    graph = Graph(x, Dense(1)(Add()(Activate("relu")(again, name="a"), hidden)))
    before, after = slots(lay_out(graph), "a")
    assert before.value != after.value


def test_keep_all_shares_nothing_and_numbers_slots_as_lines():
    tape = one_activation("relu", loss="binary_log_loss", keep_all=True)
    assert [line.output for line in tape.instructions] == list(range(len(tape.instructions)))
    values = [slot.value for slot in tape.slots if slot.width]
    assert len(set(values)) == len(values)
    assert not tape.canonical


def test_slots_do_not_overlap_unless_they_are_the_same_place():
    tape = one_activation("gelu", loss="log_loss", weighted=True)
    places = {(slot.value, slot.width) for slot in tape.slots if slot.width}
    end = 0
    for value, width in sorted(places):
        assert value == end
        end += width
    assert end == tape.value_columns


def test_inputs_get_no_gradient_unless_all_is_kept():
    assert tape_input(one_activation("relu")).delta == -1
    assert tape_input(one_activation("relu", keep_all=True)).delta >= 0


def tape_input(tape: Tape):
    return tape.slots[line(tape, "x").output]


def test_the_first_message_overwrites_and_later_ones_add():
    x = Input(2)
    a = Dense(2)(x, name="a")
    b = Dense(2)(a, name="b")
    c = Add()(a, b, name="c")
    tape = lay_out(Graph(x, Multiply()(c, a, name="d")))
    # Backward meets d (writes to c and a), then c (adds to a, writes to b), then b (adds to a).
    adds = {name: [m.adds for m in line(tape, name).messages] for name in ("d", "c", "b")}
    assert adds == {"d": [False, False], "c": [True, False], "b": [True]}
    assert all(m.wanted for name in "dcb" for m in line(tape, name).messages)
    assert [m.wanted for m in line(tape, "a").messages] == [False]  # an input learns nothing


def test_a_node_that_reads_another_twice_writes_once_and_adds_once():
    x = Input(2)
    a = Dense(2)(x, name="a")
    tape = lay_out(Graph(x, Add()(a, a, name="twice")))
    assert [m.adds for m in line(tape, "twice").messages] == [False, True]


@pytest.mark.parametrize(
    ("loss", "link", "canonical"),
    [
        ("squared_error", None, True),
        ("log_loss", None, True),
        ("binary_log_loss", "logistic", True),
        ("poisson", "exp", True),
        ("squared_error", "logistic", False),
        ("squared_error", "softmax", False),
        ("poisson", "identity", False),
    ],
)
def test_loss_and_its_own_link_go_back_in_one_step(loss, link, canonical):
    tape = one_activation("relu", loss=loss, link=link)
    assert tape.canonical is canonical
    links = [line for line in tape.instructions if line.name == "link"]
    assert all(line.messages[0].wanted is not canonical for line in links)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_a_layer_may_be_called_link(loss):
    x = Input(2)
    tape = lay_out(Graph(x, chain_through_link(x)), loss)
    layer = next(line for line in tape.instructions if line.operation == "dense" and line.inputs[0])
    assert layer.name == "link"
    assert [m.wanted for m in layer.messages] == [True]


def chain_through_link(x):
    return Dense(2)(Dense(2)(Dense(2)(x, name="first"), name="link"), name="last")


def test_parameters_follow_one_another_without_a_gap():
    x = Input(3)
    layers = [Dense(4, activation="relu"), Dense(5, bias=False), Dense(2)]
    tape = lay_out(Graph(x, chain(x, layers)))
    sizes = [(3 + 1) * 4, 4 * 5, (5 + 1) * 2]
    assert [line.parameters for line in tape.layers] == [0, 16, 36]
    assert [line.parameter_rows for line in tape.layers] == [4, 4, 6]
    assert tape.parameter_count == sum(sizes)


def test_a_layer_that_is_called_twice_has_its_parameters_once():
    x = Input(3)
    layer = Dense(3, activation="prelu")
    tape = lay_out(Graph(x, layer(layer(x))))
    assert tape.parameter_count == 3 * 3 + 3 + 3
    first, first_a, second, second_a = tape.instructions[1:5]
    assert [line.parameters for line in (first, first_a, second, second_a)] == [0, 12, 0, 12]
    assert [line.borrows for line in (first, first_a, second, second_a)] == [-1, -1, 1, 2]
    assert [line.name for line in tape.layers] == [first.name, first_a.name]


def test_a_transpose_has_a_bias_of_its_own_alone():
    x = Input(3)
    encoder = Dense(2)
    tape = lay_out(Graph(x, Dense(3, tied=encoder)(encoder(x))))
    assert tape.parameter_count == 3 * 2 + 2 + 3
    assert [line.operation for line in tape.layers] == ["dense", "bias"]


def test_batch_normalisation_meets_between_its_two_lines():
    x = Input(3)
    tape = lay_out(Graph(x, Dense(1)(BatchNorm()(Dense(4)(x)))))
    sums, norm = tape.instructions[2:4]
    assert (sums.operation, norm.operation) == ("batch_statistics", "batch_norm")
    assert (sums.inputs, sums.output, sums.arrays) == (norm.inputs, norm.output, norm.arrays)
    assert (sums.borrows, norm.borrows, norm.settings["meets"]) == (3, -1, 1)
    assert tape.statistics == 4 * 4
    # Both look at the messages of the slot that they wrote; only the sums' line passes one on.
    assert [m.adds for m in (*sums.messages, *norm.messages)] == [False, False]
    learned = [placed.name for placed in norm.arrays if placed.array.learned]
    assert learned == ["g", "b"]


def test_equal_groups_are_one():
    x = Input(3)
    layers = [Scale(rate=6.0), Dense(2, bias_rate=0.1), Dense(2, bias_rate=0.1, ntk=True)]
    tape = lay_out(Graph(x, chain(x, layers)))
    assert [(round(g.rate, 3), round(g.epsilon, 3)) for g in tape.groups] == [
        (1.0, 1.0), (6.0, 1.0), (0.1, 1.0), (0.707, 1.414),
    ]  # fmt: skip


def test_identity_makes_no_line():
    x = Input(2)
    tape = lay_out(Graph(x, Activate("identity")(Dense(1)(x))))
    assert [line.operation for line in tape.instructions] == ["input", "dense", "target", "loss"]


def test_the_way_to_the_prediction_comes_first():
    a, b = Input(2, name="a"), Input(1, name="b")
    graph = Graph((a, b), Dense(2)(Concatenate()(a, b)))
    tape = lay_out(graph, "log_loss", codes=True, weighted=True, sparse=True)
    operations = [line.operation for line in tape.instructions]
    assert operations[: tape.forward_count] == [
        "sparse_input", "sparse_input", "concatenate", "dense", "row_link",
    ]  # fmt: skip
    assert operations[tape.forward_count :] == ["target_codes", "weight", "loss"]
    assert (tape.columns, tape.outputs) == (3, 2)


def test_a_slope_that_looks_at_x_is_seen():
    assert reads_first_argument(lambda x, y: x * y)
    assert reads_first_argument(lambda x, y: y if x > 0.0 else 1.0)
    assert not reads_first_argument(lambda x, y: y * y)
