"""What the evidence says of a fit's noise and weights (MacKay 1992)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """The state of Bayesian regularisation after an iteration."""

    alpha: float
    """The precision (1 / variance) of the weights before the data were seen."""
    beta: float
    """The precision of the noise in the targets."""
    effective_parameters: float
    """gamma: how many parameters the data determine; biases count as one each."""
