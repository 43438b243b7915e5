"""How work is cut up: nothing is left out, nothing is done twice, and the answer stays the same."""

import numpy as np
import pytest

from chainrule.engine import partition
from chainrule.engine.rows import Rows
from chainrule.graph import Dense, Embedding, Graph, Input, MemberDense, chain
from chainrule.graph.layers import Layer
from chainrule.graph.layout import lay_out
from chainrule.graph.tape import Tape

from .networks import COLUMNS, loss_and_gradient, network, one_hidden, targets


def perceptron(*widths: int, bias: bool = True) -> Graph:
    x = Input(widths[0])
    return Graph(x, chain(x, [Dense(units, bias=bias) for units in widths[1:]]))


def perceptron_of(*layers: Dense) -> Graph:
    x = Input(3)
    return Graph(x, chain(x, layers))


TAPES = {
    "small": lay_out(perceptron(3, 4, 1)),
    "large": lay_out(perceptron(784, 512, 10)),
    "deep": lay_out(perceptron(64, *[64] * 10)),
    "no bias": lay_out(perceptron(100, 200, 50, bias=False)),
    "one wide layer of one input": lay_out(perceptron(1, 4000)),
}
EVERY_TAPE = pytest.mark.parametrize("tape", TAPES.values(), ids=TAPES)


@EVERY_TAPE
@pytest.mark.parametrize("whole", [False, True])
def test_blocks_cover_every_parameter_once_and_none_is_empty(tape: Tape, whole: bool):
    blocks, segments = partition.blocks(tape, whole=whole)
    assert (blocks["start"] < blocks["stop"]).all()
    assert np.array_equal(blocks["first"], [0, *blocks["last"][:-1]])
    assert blocks["last"][-1] == len(segments)
    ends = segments["first"] + segments["count"]
    assert np.array_equal(segments["first"], [0, *ends[:-1]])
    assert ends[-1] == tape.parameter_count
    if whole:
        assert len(blocks) == len(list(tape.layers))


@EVERY_TAPE
@pytest.mark.parametrize("members", [1, 2, 3, 7])
def test_shares_cover_every_block_once(tape, members):
    blocks, segments = partition.blocks(tape)
    turns, bounds = partition.shares(partition.sizes(blocks, segments), members)
    assert sorted(turns) == list(range(len(blocks)))
    assert (bounds[0], bounds[-1], len(bounds)) == (0, len(blocks), members + 1)
    assert (np.diff(bounds) >= 0).all()


def test_shares_of_many_blocks_are_even():
    _, bounds = partition.shares(np.full(40, 100), 4)
    assert np.diff(bounds).tolist() == [10] * 4


def test_longer_vectors_count_as_several():
    assert [partition.counted_lanes(vector, 4) for vector in (4, 8, 16)] == [4, 8, 8]
    assert [partition.counted_lanes(vector, 8) for vector in (2, 4, 8)] == [2, 4, 4]


@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_a_small_step_is_one_chunk_and_a_larger_one_at_least_two(lanes):
    tape = TAPES["small"]  # 3 * 4 + 4 + 4 + 1 = 21 parameters, 63 multiply-adds a row
    largest_small = (partition.SMALL_STEP * lanes - 1) // 63
    assert partition.is_small(tape, largest_small, lanes)
    assert not partition.is_small(tape, largest_small + 1, lanes)
    assert partition.chunk_rows(tape, largest_small, lanes) == largest_small
    assert partition.chunk_rows(tape, largest_small + 1, lanes) <= partition.CHUNK_ROWS
    large, most = TAPES["large"], partition.CHUNK_ROWS
    assert partition.chunk_rows(large, 201, lanes) == 101
    assert partition.chunk_rows(large, 2 * most, lanes) == most
    assert partition.chunk_rows(large, 2 * most + 1, lanes) == most // 2 + 1


def test_threads_are_no_more_than_there_is_work_for():
    tape = TAPES["small"]  # 63 multiply-adds a row
    small = partition.SMALL_STEP * 8 // 63
    rows_and_members = {small: 1, small + 1: 2, 2 * small: 3, 2 * small + 1: 4, 99 * small: 5}
    for rows, members in rows_and_members.items():
        assert partition.most_members(tape, rows, 8, pieces=5) == members


def members(layer: Layer) -> Graph:
    x = Input(6)
    return Graph(x, layer(x))


shared = Dense(3, activation="prelu")


@pytest.mark.parametrize(
    ("graph", "work"),
    [
        (perceptron(3, 4, 1), 3 * 4 + 4 + 4 * 1 + 1),
        # Three members read two columns each: W (2, 5) and b three times a row.
        (members(Dense(5, members=3)), 3 * (2 * 5 + 5)),
        # With weights of their own each of these is used once a row.
        (members(MemberDense(3, 5)), 3 * (2 * 5 + 5)),
        (members(Embedding((9,) * 6, 4)), 0),
        # Called twice: W (3, 3), b and a of three units, two times.
        (perceptron_of(shared, shared), 2 * (3 * 3 + 3 + 3)),
        # W (3, 3), b and a; then its transpose and another b.
        (perceptron_of(shared, Dense(3, tied=shared)), 9 + 3 + 3 + 9 + 3),
    ],
    ids=["plain", "members of one W", "members", "embedding", "called twice", "tied"],
)
def test_work_counts_every_use_of_a_parameter(graph, work):
    assert partition.step_work(lay_out(graph), 10) == 3 * 10 * work


def test_parts_pay_where_parameters_are_fewer_than_values():
    assert partition.in_parts(TAPES["small"], 200, 2)
    assert not partition.in_parts(TAPES["small"], 200, 1)
    assert not partition.in_parts(TAPES["large"], 200, 2)


@pytest.mark.parametrize("batch_rows", [1, 7, 64, 100])
def test_the_gradient_does_not_depend_on_batches_of_a_full_pass(batch_rows, rng):
    rows = Rows(rng.normal(size=(64, COLUMNS)), targets("squared_error", 64, rng))
    net = network(one_hidden("tanh"), "squared_error")
    whole = loss_and_gradient(net, rows)
    cut = loss_and_gradient(net, rows, batch_rows=batch_rows)
    # Sums of 64 numbers of size one in another order: some ten roundings.
    assert cut[0] == pytest.approx(whole[0], rel=1e-14)
    np.testing.assert_allclose(cut[1], whole[1], rtol=0.0, atol=1e-14)


def test_biases_of_one_wide_layer_of_one_input_are_summed_once(rng):
    # dL/db is the mean over rows of p - y, by hand, whatever blocks and batches it is summed in.
    rows = Rows(rng.normal(size=(8, 1)), rng.normal(size=(8, 4000)))
    net = network(perceptron(1, 4000), "squared_error")
    weights, biases = net.parameters.reshape(2, 4000)
    residual = rows.x * weights + biases - rows.y
    expected = np.concatenate([(rows.x * residual).mean(axis=0), residual.mean(axis=0)])
    _, gradient = loss_and_gradient(net, rows, batch_rows=4)
    # Eight numbers of size one: a few roundings.
    np.testing.assert_allclose(gradient, expected, rtol=0.0, atol=1e-14)


@pytest.mark.parametrize(
    ("rows", "row_members", "unit_members", "pay"),
    [
        (1, 1, 2, True),
        (256, 2, 2, True),  # who shares units reads half of the weights
        (10, 8, 4, True),
        (256, 32, 2, False),  # 256 / 32 rows and 8 for the weights are less than (256 + 8) / 2
        (1, 1, 1, False),
    ],
)
def test_units_are_shared_where_few_rows_are_done_sooner_so(rows, row_members, unit_members, pay):
    assert partition.units_pay(rows, row_members, unit_members) == pay


@pytest.mark.parametrize(
    ("units", "threads"),
    [
        ([2048, 2048], 32),
        ([128], 2),
        ([127], 1),  # not wide
        ([512, 30], 1),  # to the wide layer lead 2,560 parameters, to the others 15,483
        ([20, 300, 10], 4),  # 6,300, and 3,143
    ],
)
def test_units_are_shared_where_wide_layers_are_most_of_the_work(units, threads):
    x = Input(4)
    graph = Graph(x, chain(x, [*map(Dense, units), Dense(3)]))
    assert partition.unit_members(lay_out(graph, "squared_error")) == threads
