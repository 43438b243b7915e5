"""PyTorch with the whole step in one graph of torch.compile: loss, gradients, Adam written out.

A loop that calls `backward` and an optimizer breaks into several graphs with Python between
them, and ran slower here than eager mode; one functional step is what compiles best.
"""

import warnings
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value

from ..sizes import ALPHA, BETA_1, BETA_2, EPSILON, LEARNING_RATE, Size
from .pytorch_eager import PyTorchEager, initialise, log_loss, network

Weights = dict[str, Tensor]


def adam(weights: Weights, gradients: Weights, state: dict[str, Any], batch: int) -> None:
    """Take one step of Adam with L2, in place."""
    count = state["count"].add_(1.0)
    rate = LEARNING_RATE * torch.sqrt(1.0 - BETA_2**count) / (1.0 - BETA_1**count)
    for name, w in weights.items():
        g = gradients[name] + (ALPHA / batch) * w
        m = state["first"][name].mul_(BETA_1).add_(g, alpha=1.0 - BETA_1)
        v = state["second"][name].mul_(BETA_2).addcmul_(g, g, value=1.0 - BETA_2)
        w.sub_(rate * m / (v.sqrt() + EPSILON))


class PyTorchCompiled(PyTorchEager):
    """The eager loop around a compiled step.

    Weights and moments are made once and reset in place before each fit: new ones would be
    compiled anew, and compilation stays outside the time.
    """

    def prepare(self, size: Size, dtype: str) -> str:
        """Compile in the warm-up, once for each number of threads tried."""
        torch._dynamo.reset()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler's advice about its own settings
            return super().prepare(size, dtype)

    def _build(self) -> None:
        self._model = network(self._size.trained_layers, self._X.dtype)
        self._weights = {name: w.detach() for name, w in self._model.named_parameters()}
        self._state: dict[str, Any] = {
            "first": {name: torch.zeros_like(w) for name, w in self._weights.items()},
            "second": {name: torch.zeros_like(w) for name, w in self._weights.items()},
            "count": torch.zeros((), dtype=self._X.dtype),
        }
        self._compiled_step = torch.compile(self._whole_step, fullgraph=True)

    def _start(self) -> None:
        initialise(self._model)
        for moments in (self._state["first"], self._state["second"]):
            for moment in moments.values():
                moment.zero_()
        self._state["count"].zero_()

    def _whole_step(self, x: Tensor, target: Tensor) -> Tensor:
        loss_of = partial(self._loss_of, x=x, target=target)
        gradients, loss = grad_and_value(loss_of)(self._weights)
        adam(self._weights, gradients, self._state, self._size.batch)
        return loss

    def _loss_of(self, weights: Weights, x: Tensor, target: Tensor) -> Tensor:
        return log_loss(functional_call(self._model, weights, (x,)), target)

    def _step(self, x: Tensor, target: Tensor) -> Tensor:
        with torch.no_grad():
            return self._compiled_step(x, target)
