"""PyTorch in float64, as the tests of formulas use it."""

from collections.abc import Callable

import torch

TensorFunction = Callable[[torch.Tensor], torch.Tensor]


def value_and_gradient(function: TensorFunction, x: list[float]) -> tuple[list[float], list[float]]:
    """Return an elementwise function's values at x and its slopes by autograd."""
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = function(point)
    value.sum().backward()
    return value.tolist(), point.grad.tolist()
