"""The walk over a graph's nodes: each becomes one or more lines of the tape.

Nodes come in topological order, so the slots that a node reads are there when its turn comes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate, chain

from .activations import place_layer_activation
from .draft import Draft
from .ends import side_by_side
from .graph import Graph
from .layers import Activate, Dense, Dropout, Layer, Node
from .norm_layers import BatchNorm
from .number_layers import Binned
from .parameters import Array, Group
from .table_layers import Bias, Embedding, Scale


class Walk:
    """Lays out the nodes of a graph on a draft.

    Parameters
    ----------
    draft : Draft
    graph : Graph
    own_rows : int
        How many rows of the data lie side by side in a row of the inputs.
    """

    def __init__(self, draft: Draft, graph: Graph, own_rows: int) -> None:
        self._draft = draft
        self._graph = graph
        self._own_rows = own_rows
        self._readers = Counter(parent for node in graph.nodes for parent in node.parents)
        self._place: dict[Node, int] = {}
        # How many nodes have a slot; an identity shares its parent's, with all its readers.
        self._holders: Counter[int] = Counter()
        self._names: Counter[str] = Counter()

    def place_nodes(self, *, sparse: bool) -> int:
        """Lay out inputs and layers; gives the output's slot."""
        column = 0
        for node in self._graph.nodes:
            if node in self._graph.inputs:
                slot = self._place_input(node, column, sparse)
                column += node.width
            else:
                self._check_spread(node)
                slot = self._place_node(node)
            self._place[node] = slot
            self._holders[slot] += 1
        return self._place[self._graph.output]

    @property
    def output_is_free(self) -> bool:
        """Whether what follows the output may work in its place."""
        return self._is_read_by(self._graph.output, 0)

    def _is_read_by(self, node: Node, count: int) -> bool:
        """Whether so many nodes read a node, and no other node shares its slot."""
        return self._readers[node] == count and self._holders[self._place[node]] == 1

    def _is_only_reader(self, node: Node) -> bool:
        """Whether nobody else reads what a node reads, and that is no input."""
        (parent,) = node.parents
        return self._is_read_by(parent, 1) and bool(parent.parents)

    def _place_input(self, node: Node, column: int, sparse: bool) -> int:
        keep = self._draft.slots.keep_all
        slot = self._draft.slots.new(node.width * self._own_rows, delta=keep)
        operation = "sparse_input" if sparse else "input"
        settings = side_by_side(self._own_rows)
        self._draft.line(operation, node.name, slot, column=column, settings=settings)
        return slot

    def _check_spread(self, node: Node) -> None:
        """Refuse a layer that reads the rows of all members as one."""
        reads_input = any(not parent.parents for parent in node.parents)
        spread = node.layer.spread if isinstance(node.layer, Scale) else 1
        if reads_input and self._own_rows not in (1, spread):
            raise ValueError(
                f"inputs must be read by a Scale(spread={self._own_rows}) where members have rows "
                f"of their own, got {node.layer!r}. Put such a Scale first."
            )

    def _place_node(self, node: Node) -> int:
        inputs = tuple(self._place[parent] for parent in node.parents)
        match node.layer:
            case Dense() as layer:
                return self._place_dense(node, layer, inputs)
            case Activate() as layer:
                free = self._is_only_reader(node)
                place = (self._draft, inputs[0], layer.activation, node.name, layer)
                return place_layer_activation(*place, free=free)
            case BatchNorm() as layer:
                return self._place_batch_norm(node, layer, inputs)
            case Bias() | Dropout() as layer:
                # The gradient of b is summed after the whole way back, from messages that what
                # made x must not have changed.
                safe = isinstance(layer, Dropout) or not self._draft.changes_messages(inputs[0])
                slot = self._draft.over(inputs[0], safe and self._is_only_reader(node))
            case Layer() as layer if layer.operation:
                slot = self._draft.slots.new(node.width)
            case layer:
                raise TypeError(
                    f"layers must be of chainrule.graph, got {type(layer).__name__}. "
                    "Wire the graph from its layers."
                )
        self._place_layer(node, self._name(node), slot, inputs)
        return slot

    def _place_layer(
        self,
        node: Node,
        name: str,
        slot: int,
        inputs: tuple[int, ...],
        settings: Mapping[str, float] | None = None,
    ) -> None:
        """The line of a layer with all its parameters; `settings` beside the layer's own."""
        layer, widths = node.layer, tuple(parent.width for parent in node.parents)
        edges = layer.edges if isinstance(layer, Binned) else ()
        levels = layer.levels if isinstance(layer, Embedding) else tuple(map(len, edges))
        self._draft.learned_line(
            layer,
            layer.operation,
            layer.arrays(widths),
            name,
            slot,
            inputs,
            settings={**layer.settings(widths), **(settings or {})},
            heads=tuple(accumulate(levels, initial=0)) if levels else (),
            edges=tuple(chain.from_iterable(edges)),
        )

    def _place_dense(self, node: Node, layer: Dense, inputs: tuple[int, ...]) -> int:
        name = self._name(node)
        slot = self._draft.slots.new(node.width)
        if layer.tied is None:
            self._place_layer(node, name, slot, inputs)
        else:
            self._place_transpose(node, layer.tied, name, slot, inputs)
            if layer.bias:
                slot = self._place_bias(layer, f"{name} bias", slot)
        return place_layer_activation(
            self._draft,
            slot,
            layer.activation,
            f"{name} activation",
            layer,
            free=True,
            group=Group(layer.activation_rate, decay=layer.activation_decay),
        )

    def _place_transpose(
        self, node: Node, tied: Dense, name: str, slot: int, inputs: tuple[int, ...]
    ) -> None:
        """A product with the transpose of another layer's W."""
        owned = self._draft.places.owned(tied, "dense")
        if owned is None:
            raise ValueError(
                f"tied must be a Dense that comes before in the graph, got one that {name!r} does "
                "not depend on. Wire that layer in first."
            )
        matrix = owned.arrays[0]
        wanted = (node.width, self._draft.slots[inputs[0]].width)
        if matrix.array.shape != wanted:
            raise ValueError(
                f"units must be {matrix.array.shape[0]} and the input {matrix.array.shape[1]} wide "
                f"to use the transpose of W, got {wanted[0]} and {wanted[1]}. Mirror the layer."
            )
        line = ("dense_transposed", name, slot, inputs)
        self._draft.line(*line, arrays=(matrix,), borrows=owned.owner)

    def _place_bias(self, layer: Dense, name: str, before: int) -> int:
        """The bias of a transposed product, which has no place beside the borrowed W."""
        width = self._draft.slots[before].width
        slot = self._draft.slots.new(width)
        arrays = (Array("b", (width,), group=Group(layer.bias_rate), penalised=False),)
        self._draft.learned_line(layer, "bias", arrays, name, slot, (before,))
        return slot

    def _place_batch_norm(self, node: Node, layer: BatchNorm, inputs: tuple[int, ...]) -> int:
        """Sums over each chunk of rows, then, after all chunks, the normalisation with them.

        Backward the other way round: sums over chunks, then messages. Two sums each way.
        """
        draft, name = self._draft, self._name(node)
        slot = draft.slots.new(node.width)
        settings = {"statistics": draft.statistics, **layer.settings((node.width,))}
        draft.statistics += 4 * node.width
        sums, norm = len(draft.lines), len(draft.lines) + 1
        draft.line("batch_statistics", f"{name} sums", slot, inputs, settings=settings)
        self._place_layer(node, name, slot, inputs, {**settings, "meets": 1})
        arrays = draft.lines[norm].arrays
        draft.lines[sums] = replace(draft.lines[sums], arrays=arrays, borrows=norm)
        return slot

    def _name(self, node: Node) -> str:
        """A node's own name, else its layer's operation, numbered where it has parameters."""
        kind = type(node.layer)
        if node.name or not node.layer.arrays(tuple(p.width for p in node.parents)):
            return node.name or node.layer.operation
        word = "".join(f" {c.lower()}" if c.isupper() else c for c in kind.__name__).strip()
        self._names[word] += 1
        return f"{word} {self._names[word]}"
