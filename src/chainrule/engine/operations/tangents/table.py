"""The table of tangents: which operations have second derivatives, under the operation's name."""

from ..table import Operation
from . import (
    activation,
    combine,
    dense,
    embedding,
    fourier,
    layer_norm,
    loss,
    member_dense,
    periodic,
    piecewise,
    row_link,
    scale,
)

# What `Operation` says of values, messages and gradients holds here of their tangents. A line that
# depends on parameters and has no row here can be trained by gradients alone.
TANGENTS: dict[str, Operation] = {
    "dense": Operation(dense.forward, dense.backward, dense.gradient),
    "dense_transposed": Operation(
        dense.transposed_forward, dense.transposed_backward, dense.transposed_gradient
    ),
    "scale": Operation(scale.scale_forward, scale.scale_backward, scale.scale_gradient),
    "bias": Operation(scale.bias_forward, scale.bias_backward, scale.bias_gradient),
    "mixture": Operation(scale.mixture_forward, scale.mixture_backward, scale.mixture_gradient),
    "member_dense": Operation(member_dense.forward, member_dense.backward, member_dense.gradient),
    "embedding": Operation(embedding.forward, embedding.backward, embedding.gradient),
    "periodic_embedding": Operation(periodic.forward, periodic.backward, periodic.gradient),
    "fourier_features": Operation(fourier.forward, fourier.backward, fourier.gradient),
    "piecewise_linear": Operation(piecewise.encoding_forward, piecewise.encoding_backward),
    "piecewise_linear_embedding": Operation(
        piecewise.forward, piecewise.backward, piecewise.gradient
    ),
    "layer_norm": Operation(layer_norm.forward, layer_norm.backward, layer_norm.gradient),
    "activation": Operation(activation.forward, activation.backward),
    "row_link": Operation(row_link.forward, row_link.backward),
    "add": Operation(combine.add_forward, combine.add_backward),
    "multiply": Operation(combine.multiply_forward, combine.multiply_backward),
    "concatenate": Operation(combine.concatenate_forward, combine.concatenate_backward),
    "loss": Operation(loss.forward, loss.backward),
    "row_loss": Operation(loss.forward, loss.row_backward),
}
