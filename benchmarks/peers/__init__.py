"""One file a peer; each has a class with the two methods of `Peer`."""

from typing import NamedTuple, Protocol

from ..sizes import Size


class Fit(NamedTuple):
    """One timed fit: seconds on the clock and the mean training loss of its last epoch."""

    seconds: float
    loss: float


class Peer(Protocol):
    """What the benchmark asks of a peer."""

    def prepare(self, size: Size, dtype: str) -> str:
        """Make the data, compile and warm up; return a note on the settings chosen, or ""."""
        ...

    def fit(self) -> Fit:
        """Train from fresh weights and time it, compilation excluded."""
        ...


# Name in the report -> factory. The module is imported in the peer's own process.
PEERS = {
    "chainrule": "benchmarks.peers.chainrule:Chainrule",
    "scikit-learn": "benchmarks.peers.scikit_learn:ScikitLearn",
    "PyTorch eager": "benchmarks.peers.pytorch_eager:PyTorchEager",
    "PyTorch compiled": "benchmarks.peers.pytorch_compiled:PyTorchCompiled",
    "JAX scan": "benchmarks.peers.jax_scan:JaxScan",
}
