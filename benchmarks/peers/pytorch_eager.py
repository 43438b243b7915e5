"""PyTorch as a careful user writes it: tensors in memory, slices as batches, fused Adam."""

import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..machine import cores
from ..sizes import ALPHA, BETA_1, BETA_2, EPSILON, LEARNING_RATE, Size, make_data
from . import Fit


def network(layers: tuple[int, ...], dtype: torch.dtype) -> nn.Sequential:
    """Return Linear, ReLU, ..., Linear, their weights not yet drawn."""
    modules: list[nn.Module] = []
    for fan_in, fan_out in pairwise(layers):
        linear = nn.utils.skip_init(nn.Linear, fan_in, fan_out, dtype=dtype)
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def initialise(model: nn.Module) -> None:
    """Draw Glorot uniform weights, as scikit-learn does, and zero biases, in place."""
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)


def log_loss(scores: Tensor, target: Tensor) -> Tensor:
    """Return the mean log loss of a batch: logistic for one output, softmax for more."""
    if scores.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(scores, target)
    return functional.cross_entropy(scores, target)


class PyTorchEager:
    """Times a plain training loop with the better of one thread and all of them."""

    def prepare(self, size: Size, dtype: str) -> str:
        """Make the data, warm up, choose the number of threads."""
        X, y = make_data(size, dtype)
        self._size = size
        self._X, self._y = torch.from_numpy(X), torch.from_numpy(y)
        if size.classes == 2:
            self._y = self._y.to(self._X.dtype)[:, None]
        self._build()
        torch.manual_seed(0)
        torch.set_num_threads(self._best_threads())
        return f"threads: {torch.get_num_threads()}"

    def fit(self) -> Fit:
        """Time weights, optimizer and all epochs."""
        torch.manual_seed(0)
        return self._fit(self._size.epochs)

    def _best_threads(self) -> int:
        """Return one thread or all, by the best epoch of several taken in turn."""
        choices = sorted({1, cores()})
        seconds = {threads: [self._trial(threads)] for threads in choices}  # compiles
        for threads in choices * 3:
            seconds[threads].append(self._trial(threads))
        return min(choices, key=lambda threads: min(seconds[threads]))

    def _trial(self, threads: int) -> float:
        torch.set_num_threads(threads)
        return self._fit(epochs=1).seconds

    def _build(self) -> None:
        """Make what is reused between fits: nothing in eager mode."""

    def _start(self) -> None:
        """Make fresh weights and a fresh optimizer."""
        self._model = network(self._size.trained_layers, self._X.dtype)
        initialise(self._model)
        self._optimizer = torch.optim.Adam(
            self._model.parameters(),
            lr=LEARNING_RATE,
            betas=(BETA_1, BETA_2),
            eps=EPSILON,
            weight_decay=ALPHA / self._size.batch,
            fused=True,
        )

    def _step(self, x: Tensor, target: Tensor) -> Tensor:
        loss = log_loss(self._model(x), target)
        loss.backward()
        self._optimizer.step()
        self._optimizer.zero_grad()
        return loss.detach()

    def _fit(self, epochs: int) -> Fit:
        start = time.perf_counter()
        self._start()
        batch = self._size.batch
        for _ in range(epochs):
            order = torch.randperm(len(self._X))
            # One gather an epoch and views as batches: faster than a gather a batch.
            batches = zip(self._X[order].split(batch), self._y[order].split(batch), strict=True)
            total = torch.zeros(())
            for x, target in batches:
                total += self._step(x, target)
        loss = float(total) / (self._size.rows // batch)
        return Fit(time.perf_counter() - start, loss)
