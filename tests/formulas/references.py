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


def curvature(function: TensorFunction, x: list[float]) -> list[float]:
    """Return an elementwise function's second derivatives at x by autograd, twice."""
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(function(point).sum(), point, create_graph=True)
    if not slope.requires_grad:
        return [0.0] * len(x)
    (second,) = torch.autograd.grad(slope.sum(), point, allow_unused=True)
    # Adding 0 gives PyTorch's symbolic zeros numbers.
    return [0.0] * len(x) if second is None else (second + 0.0).tolist()
