"""PyTorch's answer: a graph's prediction, loss and gradient by its autograd."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its users' name for it

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
    LayerNorm,
    MemberDense,
    Multiply,
    Noise,
    PeriodicEmbedding,
    PiecewiseLinear,
    PiecewiseLinearEmbedding,
    Scale,
)
from chainrule.graph.parameters import Array

ACTIVATIONS = {
    "identity": lambda x: x,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "hard_tanh": F.hardtanh,
    "sign": torch.sign,
    "step": lambda x: (torch.sign(x) + 1) / 2,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "softplus": lambda x: F.softplus(x, threshold=1e3),
    "softmax": lambda x: torch.softmax(x, 1),
    "winner_take_all": lambda x: F.one_hot(x.argmax(1), x.shape[1]) + 0 * x,
}
# Activations with a learned number a unit; He et al. write prelu's as the slope 1 - a.
LEARNED = {
    "prelu": lambda x, a: F.prelu(x, 1 - a),
    "parametric_selu": lambda x, a: x + a * (F.selu(x) - x),
    "parametric_mish": lambda x, a: x + a * (F.mish(x) - x),
}
LINKS = {
    "identity": lambda z: z,
    "logistic": torch.sigmoid,
    "exp": torch.exp,
    "softplus": lambda z: F.softplus(z, threshold=1e3),
    "softmax": lambda z: torch.softmax(z, 1),
}


def crammer_singer(y: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    others = p.masked_fill(y > 0, -torch.inf).amax(1)
    return torch.relu(1 + others - (y * p).sum(1))


def gaussian(y: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    mean, log_variance = p.chunk(2, 1)
    return F.gaussian_nll_loss(mean, y, log_variance.exp(), reduction="none")


def quantiles(y: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    level = torch.tensor([0.1, 0.5, 0.9], dtype=p.dtype)
    distance = y[:, :, None] - p.reshape(*y.shape, 3)
    return torch.maximum(level * distance, (level - 1) * distance)


# Targets and predictions of rows to losses, of any shape that begins with the rows.
LOSSES = {
    "squared_error": lambda y, p: 0.5 * (y - p) ** 2,
    "mean_squared_error": lambda y, p: (y - p) ** 2,
    "squared_log_error": lambda y, p: (torch.log1p(y) - torch.log1p(p)) ** 2,
    "absolute_error": lambda y, p: (y - p).abs(),
    "huber": lambda y, p: F.huber_loss(p, y, delta=1.35, reduction="none"),
    "quantile": lambda y, p: 0.5 * (y - p).abs(),
    "quantiles": quantiles,
    "log_loss": lambda y, p: -y * torch.log(p),
    "binary_log_loss": lambda y, p: -y * torch.log(p) - (1 - y) * torch.log1p(-p),
    "poisson": lambda y, p: torch.xlogy(y, y) - torch.xlogy(y, p) - y + p,
    "gamma": lambda y, p: torch.log(p / y) + y / p - 1,
    "gaussian_likelihood": gaussian,
    "hinge": lambda y, p: torch.relu(1 - y * p),
    "squared_hinge": lambda y, p: torch.relu(1 - y * p) ** 2,
    "perceptron": lambda y, p: torch.relu(-y * p),
    "crammer_singer": crammer_singer,
}


class Twin:
    """A graph in PyTorch with a copy of its parameters.

    `arrays` holds them in the order of the flat vector, `described` what the layers say of each.
    """

    def __init__(self, graph: Graph, parameters: np.ndarray) -> None:
        self.graph = graph
        self.arrays: list[torch.Tensor] = []
        self.described: list[Array] = []
        self._own: dict[Any, list[torch.Tensor]] = {}
        rest = np.array(parameters)
        for node in graph.nodes:
            widths = tuple(parent.width for parent in node.parents)
            layer = node.layer
            if id(layer) in self._own:
                continue
            self._own[id(layer)] = own = []
            for array in described(layer, widths, node.width):
                values, rest = rest[: array.size], rest[array.size :]
                own.append(torch.tensor(values.reshape(array.shape), requires_grad=array.learned))
                self.described.append(array)
            self.arrays += own
        assert not rest.size

    def __call__(self, x: Any, *, training: bool = False) -> torch.Tensor:
        """The output node's values, before the link."""
        values: dict[Any, torch.Tensor] = {}
        column = 0
        for node in self.graph.nodes:
            if node in self.graph.inputs:
                values[node] = torch.as_tensor(x)[:, column : column + node.width]
                column += node.width
            else:
                read = [values[parent] for parent in node.parents]
                values[node] = self._value(node.layer, read, training)
        return values[self.graph.output]

    def _value(self, layer: Any, read: list[torch.Tensor], training: bool) -> torch.Tensor:
        x, own = read[0], self._own[id(layer)]
        match layer:
            case Dense(tied=None, members=members):
                z = x.unflatten(1, (members, -1)) @ own[0]
                return self._activated(layer, (z + own[1] if layer.bias else z).flatten(1))
            case Dense(tied=other):
                z = x @ self._own[id(other)][0].T
                return self._activated(layer, z + own[0] if layer.bias else z)
            case Activate():
                return self._activated(layer, x)
            case Scale(spread=spread):
                return x.repeat(1, spread) * own[0]
            case Bias():
                return x + own[0]
            case Dropout() | Noise():
                return x
            case BatchNorm(momentum=momentum, epsilon=epsilon):
                g, b, mean, variance = own
                return F.batch_norm(x, mean, variance, g, b, training, momentum, epsilon)
            case LayerNorm(epsilon=epsilon):
                return F.layer_norm(x, x.shape[1:], *own, epsilon)
            case Embedding(levels=levels):
                tables = own[0].split(levels)
                return torch.cat([t[c] for t, c in zip(tables, x.T.long(), strict=True)], 1)
            case PeriodicEmbedding():
                frequency, phase, weight, bias = own
                waves = torch.cos(2 * torch.pi * x[:, :, None] * frequency + phase)
                mixed = torch.einsum("rch,cnh->rcn", waves, weight) + bias
                return torch.cat([x[:, :, None], mixed], 2).flatten(1)
            case FourierFeatures():
                angles = 2 * torch.pi * x[:, :, None] * own[0]
                return torch.cat([torch.cos(angles), torch.sin(angles)], 2).flatten(1)
            case PiecewiseLinear(edges=edges):
                return torch.cat(encoded(x, edges), 1)
            case PiecewiseLinearEmbedding(edges=edges):
                tables = own[2].split([len(column) - 1 for column in edges])
                parts = [e @ table for e, table in zip(encoded(x, edges), tables, strict=True)]
                return (x[:, :, None] * own[0] + own[1] + torch.stack(parts, 1)).flatten(1)
            case MemberDense(members=members):
                z = torch.einsum("rki,kiu->rku", x.unflatten(1, (members, -1)), own[0]) + own[1]
                return z.flatten(1)
            case Add():
                return x + read[1]
            case Multiply():
                return x * read[1]
            case Concatenate():
                return torch.cat(read, 1)
        raise TypeError(layer)

    def _activated(self, layer: Any, z: torch.Tensor) -> torch.Tensor:
        if layer.activation in LEARNED:
            return LEARNED[layer.activation](z, self._own[id(layer)][-1])
        return ACTIVATIONS[layer.activation](z)

    @property
    def flat(self) -> np.ndarray:
        """All parameters as one vector."""
        return np.concatenate([array.detach().numpy().ravel() for array in self.arrays])

    @property
    def gradient(self) -> np.ndarray:
        """The gradient as one vector."""
        zeros = [torch.zeros_like(array) for array in self.arrays]
        found = [
            zero if array.grad is None else array.grad
            for array, zero in zip(self.arrays, zeros, strict=True)
        ]
        return np.concatenate([array.numpy().ravel() for array in found])

    def chosen(self, *, penalised: bool) -> list[torch.Tensor]:
        """The learned arrays on which penalties act, or the others."""
        return [
            tensor
            for tensor, array in zip(self.arrays, self.described, strict=True)
            if array.learned and array.penalised is penalised
        ]


def encoded(x: torch.Tensor, edges: tuple[tuple[float, ...], ...]) -> list[torch.Tensor]:
    """The piecewise-linear encoding of each column: shares of bins, the outer two open."""
    found = []
    for column, own in zip(x.T, edges, strict=True):
        edge = torch.tensor(own, dtype=x.dtype)
        share = (column[:, None] - edge[:-1]) / (edge[1:] - edge[:-1])
        low, high = torch.zeros(len(own) - 1), torch.ones(len(own) - 1)
        low[0], high[-1] = -torch.inf, torch.inf
        found.append(share.clamp(low.to(x), high.to(x)))
    return found


def described(layer: Any, widths: tuple[int, ...], width: int) -> list[Array]:
    """A layer's arrays in the order of the flat vector."""
    arrays = [] if widths == () else list(layer.arrays(widths))
    if getattr(layer, "tied", None) is not None:
        del arrays[0]
    if getattr(layer, "activation", "") in LEARNED:
        arrays.append(Array("a", (width,), penalised=False))
    return arrays


def mean_loss(prediction: torch.Tensor, y: Any, loss: str, weight: Any = None) -> torch.Tensor:
    """The mean over rows of the loss, summed over outputs."""
    losses = LOSSES[loss](torch.as_tensor(y), prediction).reshape(len(prediction), -1).sum(1)
    weights = torch.ones_like(losses) if weight is None else torch.as_tensor(weight)
    return (losses * weights).sum() / weights.sum()


def run(
    graph: Graph, parameters: np.ndarray, x: Any, y: Any, loss: str, link: str, weight: Any = None
) -> tuple[np.ndarray, float, np.ndarray]:
    """Prediction, mean loss (outputs summed) and gradient, in the parameters' precision."""
    twin = Twin(graph, parameters)
    prediction = LINKS[link](twin(x))
    mean = mean_loss(prediction, y, loss, weight)
    mean.backward()
    return prediction.detach().numpy(), float(mean.detach()), twin.gradient
