"""PyTorch's answer: a graph's prediction, loss and gradient by its autograd."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its users' name for it

from chainrule.graph import Activate, Add, Concatenate, Dense, Graph, Multiply

ACTIVATIONS = {
    "identity": lambda x: x,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "hard_tanh": F.hardtanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": lambda x: F.softplus(x, threshold=1e3),
}
LINKS = {
    "identity": lambda z: z,
    "logistic": torch.sigmoid,
    "exp": torch.exp,
    "softmax": lambda z: torch.softmax(z, 1),
}
LOSSES = {
    "squared_error": lambda y, p: 0.5 * (y - p) ** 2,
    "log_loss": lambda y, p: -y * torch.log(p),
    "binary_log_loss": lambda y, p: -y * torch.log(p) - (1 - y) * torch.log1p(-p),
    "poisson": lambda y, p: torch.xlogy(y, y) - torch.xlogy(y, p) - y + p,
}


def run(
    graph: Graph, parameters: np.ndarray, x: Any, y: Any, loss: str, link: str, weight: Any = None
) -> tuple[np.ndarray, float, np.ndarray]:
    """Prediction, mean loss (outputs summed) and gradient, in the parameters' precision."""
    flat = torch.tensor(parameters, requires_grad=True)
    values: dict[Any, torch.Tensor] = {}
    column = start = 0
    for node in graph.nodes:
        read = [values[parent] for parent in node.parents]
        match node.layer:
            case Dense(units=units, bias=bias, activation=name):
                fan_in = read[0].shape[1]
                rows = fan_in + int(bias)
                matrix = flat[start : start + rows * units].reshape(rows, units)
                start += rows * units
                z = read[0] @ matrix[:fan_in]
                values[node] = ACTIVATIONS[name](z + matrix[fan_in] if bias else z)
            case Activate(activation=name):
                values[node] = ACTIVATIONS[name](read[0])
            case Add():
                values[node] = read[0] + read[1]
            case Multiply():
                values[node] = read[0] * read[1]
            case Concatenate():
                values[node] = torch.cat(read, 1)
            case _:
                values[node] = torch.tensor(x[:, column : column + node.width])
                column += node.width
    prediction = LINKS[link](values[graph.output])
    losses = LOSSES[loss](torch.tensor(y), prediction).sum(1)
    weights = torch.ones_like(losses) if weight is None else torch.tensor(weight)
    mean = (losses * weights).sum() / weights.sum()
    mean.backward()
    assert flat.grad is not None
    return prediction.detach().numpy(), float(mean.detach()), flat.grad.numpy()
