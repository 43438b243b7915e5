"""Every node comes after its parents, once, whatever the shape of the graph."""

import pytest

from chainrule.graph import Add, Concatenate, Dense, Dropout, Graph, Input, chain
from chainrule.graph.graph import topological_order
from chainrule.graph.layout import lay_out


def skip_connection() -> Graph:
    x = Input(3)
    hidden = Dense(3, activation="tanh")(x)
    return Graph(x, Dense(1)(Add()(hidden, x)))


def two_inputs() -> Graph:
    a, b = Input(2, name="a"), Input(3, name="b")
    return Graph((a, b), Dense(1)(Concatenate()(Dense(2)(b), a)))


def lattice() -> Graph:
    """Each level reads both nodes of the level before: 2^20 paths, 41 nodes."""
    x = Input(2)
    left = right = x
    for _ in range(20):
        left, right = Add()(left, right), Add()(right, left)
    return Graph(x, Add()(left, right))


@pytest.mark.parametrize("graph", [skip_connection(), two_inputs(), lattice()])
def test_every_node_stands_once_and_after_its_parents(graph):
    place = {node: number for number, node in enumerate(graph.nodes)}
    assert len(place) == len(graph.nodes)
    for node in graph.nodes:
        assert all(place[parent] < place[node] for parent in node.parents)
    assert graph.nodes[-1] is graph.output


def test_a_lattice_is_walked_by_nodes_not_by_paths():
    assert len(lattice().nodes) == 1 + 2 * 20 + 1


def test_the_diamond():
    # b = a + a, c = b + b: a walk that lists b at its first reader would pass b's message on
    # before the second one has come.
    a = Input(1, name="a")
    b = Add()(a, a, name="b")
    c = Add()(b, b, name="c")
    assert [node.name for node in Graph(a, c).nodes] == ["a", "b", "c"]


def test_a_node_read_early_and_late_comes_before_both():
    x = Input(2, name="x")
    early = Dense(2)(x, name="early")
    late = Dense(2)(Dense(2)(early, name="between"), name="late")
    order = topological_order((x,), Add()(early, late, name="sum"))
    assert [node.name for node in order] == ["x", "early", "between", "late", "sum"]


def test_ten_thousand_layers_do_not_overflow_the_stack():
    x = Input(1)
    graph = Graph(x, chain(x, [Dropout(0.0)] * 10_000))
    assert len(graph.nodes) == 10_001
    assert len(lay_out(graph).instructions) == 10_001 + 2  # target and loss


def test_what_the_output_does_not_need_is_left_out():
    x = Input(2)
    Dense(5)(x, name="idle")
    graph = Graph(x, Dense(1)(x))
    assert len(graph.nodes) == 2


def test_inputs_keep_the_order_in_which_they_are_given():
    a, b = Input(2, name="a"), Input(3, name="b")
    joined = Concatenate()(a, b)
    assert [node.name for node in Graph((b, a), joined).nodes[:2]] == ["b", "a"]
    columns = [line.column for line in lay_out(Graph((b, a), joined)).instructions[:2]]
    assert columns == [0, 3]
