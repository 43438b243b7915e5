"""The table of operations: a new one is a row here and a layer in `graph/` that names it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import (
    activation,
    batch_norm,
    combine,
    dense,
    dropout,
    embedding,
    fourier,
    inputs,
    layer_norm,
    loss,
    member_dense,
    noise,
    periodic,
    piecewise,
    row_link,
    scale,
    weight_prior,
)

Factory = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """Makers of an instruction's kernels, given the precision and, where there is one, the formula.

    `forward` computes the output slot of some rows, `forward_units`, if it can be, some columns of
    it for all rows with the same bits; `backward` sends messages to the input slots of those rows,
    `gradient` computes some rows of the parameters' gradient over the whole batch, and `settle`
    does after a step what the optimizer does not: bounds weights, moves running averages. `pull`
    and `collect` are those of a learned prior, which acts beside the rows.

    `gradient_first` says that the gradient may be computed as soon as the messages to the output
    have come: it reads nothing that the backward step of its instruction, or of one before that on
    the tape, writes.
    """

    forward: Factory
    backward: Factory | None = None
    gradient: Factory | None = None
    settle: Factory | None = None
    pull: Factory | None = None
    collect: Factory | None = None
    gradient_first: bool = False
    forward_units: Factory | None = None


OPERATIONS: dict[str, Operation] = {
    "input": Operation(inputs.dense_input),
    "sparse_input": Operation(inputs.sparse_input),
    "dense": Operation(
        dense.forward,
        dense.backward,
        dense.gradient,
        dense.settle,
        gradient_first=True,
        forward_units=dense.forward_units,
    ),
    "dense_transposed": Operation(
        dense.transposed_forward, dense.transposed_backward, dense.transposed_gradient
    ),
    "scale": Operation(scale.scale_forward, scale.scale_backward, scale.scale_gradient),
    "bias": Operation(scale.bias_forward, scale.bias_backward, scale.bias_gradient),
    "member_dense": Operation(member_dense.forward, member_dense.backward, member_dense.gradient),
    "embedding": Operation(embedding.forward, embedding.backward, embedding.gradient),
    "periodic_embedding": Operation(periodic.forward, periodic.backward, periodic.gradient),
    "fourier_features": Operation(fourier.forward, fourier.backward, fourier.gradient),
    "piecewise_linear": Operation(piecewise.encoding_forward, piecewise.encoding_backward),
    "piecewise_linear_embedding": Operation(
        piecewise.forward, piecewise.backward, piecewise.gradient
    ),
    "activation": Operation(activation.forward, activation.backward),
    "mixture": Operation(scale.mixture_forward, scale.mixture_backward, scale.mixture_gradient),
    "row_link": Operation(row_link.forward, row_link.backward),
    "member_mean": Operation(scale.member_mean_forward),
    "add": Operation(combine.add_forward, combine.add_backward),
    "multiply": Operation(combine.multiply_forward, combine.multiply_backward),
    "concatenate": Operation(combine.concatenate_forward, combine.concatenate_backward),
    "dropout": Operation(dropout.forward, dropout.backward),
    "noise": Operation(noise.forward, scale.bias_backward),
    "batch_statistics": Operation(batch_norm.statistics_forward, batch_norm.statistics_backward),
    "batch_norm": Operation(
        batch_norm.forward, batch_norm.backward, batch_norm.gradient, batch_norm.settle
    ),
    "layer_norm": Operation(layer_norm.forward, layer_norm.backward, layer_norm.gradient),
    "weight_prior": Operation(
        weight_prior.forward, pull=weight_prior.pull, collect=weight_prior.collect
    ),
    "target": Operation(inputs.target),
    "target_codes": Operation(inputs.target_codes),
    "weight": Operation(inputs.weight),
    "loss": Operation(loss.forward, loss.backward),
    "row_loss": Operation(loss.row_forward, loss.row_backward),
}
