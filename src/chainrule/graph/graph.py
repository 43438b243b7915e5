"""A graph: nodes from the inputs to one output, each listed after its parents."""

from collections.abc import Sequence

from .layers import Node, Source, check_node


class Graph:
    """Any directed acyclic graph of layers with one output.

    Parameters
    ----------
    inputs : Node or sequence of Node
        The `Input` nodes, in the order in which they share the table's columns.
    output : Node
        The node that predicts (before the output link, which the loss brings).

    Attributes
    ----------
    nodes : tuple of Node
        All nodes in topological order.
    """

    def __init__(self, inputs: Node | Sequence[Node], output: Node) -> None:
        self.inputs = tuple(inputs) if isinstance(inputs, Sequence) else (inputs,)
        for node in self.inputs:
            check_node("inputs", node)
        check_node("output", output)
        self.output = output
        self.nodes = topological_order(self.inputs, output)
        for number, node in enumerate(self.inputs, 1):
            if not isinstance(node.layer, Source):
                raise ValueError(
                    f"inputs must be made by Input(columns), got a {type(node.layer).__name__} as "
                    f"input {number}. Pass the nodes that Input gave."
                )
        if len(set(self.inputs)) < len(self.inputs):
            raise ValueError(
                f"inputs must be different nodes, got {len(self.inputs)} with one twice. A node "
                "may be read by many layers; list it once."
            )
        missing = [n for n in self.nodes if isinstance(n.layer, Source) and n not in self.inputs]
        if missing:
            raise ValueError(
                f"inputs must hold every Input of the graph, got none named {missing[0].name!r}. "
                "Add it to inputs; its place there says which columns it reads."
            )

    @property
    def columns(self) -> int:
        """How many columns the table must have."""
        return sum(node.width for node in self.inputs)


def topological_order(inputs: Sequence[Node], output: Node) -> tuple[Node, ...]:
    """Every node that `output` needs, each once and after all of its parents.

    The walk keeps its own stack: a node is put down when first met and listed when met again, which
    is when all that it depends on stands in the list. A node reached by two paths (the diamond
    b = a + a, c = b + b) is still listed once, so that its gradient is complete, a sum over both
    paths, before it is passed on. No recursion: a chain of 10,000 layers must not overflow Python.
    """
    order = list(dict.fromkeys(inputs))
    listed = set(order)
    stack = [(output, False)]
    while stack:
        node, parents_done = stack.pop()
        if node in listed:
            continue
        if parents_done:
            listed.add(node)
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return tuple(order)
