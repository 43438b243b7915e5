"""Optimizers with their settings, as users name them: `AdamW(beta_2=0.95)`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Protocol, runtime_checkable

from ..given import number


@runtime_checkable
class OptimizerChoice(Protocol):
    """An optimizer with its settings; the learning rate stands elsewhere."""

    @property
    def name(self) -> str:
        """Its row in `OPTIMIZERS`."""

    @property
    def settings(self) -> Mapping[str, float]:
        """What it sets, by the names of `OptimizerSettings`."""


def _check_decay(name: str, value: float) -> None:
    if not 0.0 <= number(value) < 1.0:
        raise ValueError(
            f"{name} must be in [0, 1), got {value!r}. It is the share of a running mean that is "
            "kept."
        )


def _check_epsilon(value: float) -> None:
    if not 0.0 < number(value) < inf:
        raise ValueError(
            f"epsilon must be positive, got {value!r}. It keeps a denominator from being 0."
        )


@dataclass(frozen=True)
class SGD:
    """Gradient descent with momentum; `momentum=0.0` leaves it out."""

    momentum: float = 0.9
    nesterov: bool = True

    def __post_init__(self) -> None:
        if not 0.0 <= number(self.momentum) <= 1.0:
            raise ValueError(
                f"momentum must be in [0, 1], got {self.momentum!r}. It is the share of the "
                "velocity that is kept."
            )

    @property
    def name(self) -> str:
        """The rule that these settings ask for."""
        if self.momentum == 0.0:
            return "sgd"
        return "nesterov" if self.nesterov else "momentum"

    @property
    def settings(self) -> Mapping[str, float]:
        """The momentum."""
        return {"momentum": self.momentum}


@dataclass(frozen=True)
class SignDescent:
    """Steps of one size against the gradient's sign."""

    name: ClassVar[str] = "sign"

    @property
    def settings(self) -> Mapping[str, float]:
        """Nothing."""
        return {}


@dataclass(frozen=True)
class AdaGrad:
    """Divide by the root of the sum of all squared gradients."""

    epsilon: float = 1e-10

    name: ClassVar[str] = "adagrad"

    def __post_init__(self) -> None:
        _check_epsilon(self.epsilon)

    @property
    def settings(self) -> Mapping[str, float]:
        """Epsilon."""
        return {"epsilon": self.epsilon}


@dataclass(frozen=True)
class AdaDelta:
    """Steps in the weight's own units; its usual learning rate is 1."""

    rho: float = 0.9
    epsilon: float = 1e-6

    name: ClassVar[str] = "adadelta"

    def __post_init__(self) -> None:
        _check_decay("rho", self.rho)
        _check_epsilon(self.epsilon)

    @property
    def settings(self) -> Mapping[str, float]:
        """Rho and epsilon."""
        return {"rho": self.rho, "epsilon": self.epsilon}


@dataclass(frozen=True)
class RMSProp:
    """Divide by the root of a running mean of squared gradients."""

    rho: float = 0.99
    epsilon: float = 1e-8

    name: ClassVar[str] = "rmsprop"

    def __post_init__(self) -> None:
        _check_decay("rho", self.rho)
        _check_epsilon(self.epsilon)

    @property
    def settings(self) -> Mapping[str, float]:
        """Rho and epsilon."""
        return {"rho": self.rho, "epsilon": self.epsilon}


@dataclass(frozen=True)
class _AdamLike:
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check_decay("beta_1", self.beta_1)
        _check_decay("beta_2", self.beta_2)
        _check_epsilon(self.epsilon)

    @property
    def settings(self) -> Mapping[str, float]:
        """Both decays and epsilon."""
        return {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


@dataclass(frozen=True)
class Adam(_AdamLike):
    """Running means of gradients and of their squares."""

    name: ClassVar[str] = "adam"


@dataclass(frozen=True)
class AMSGrad(_AdamLike):
    """Adam with a denominator that never falls."""

    name: ClassVar[str] = "amsgrad"


@dataclass(frozen=True)
class Nadam(_AdamLike):
    """Adam with Nesterov's momentum; its usual learning rate is 0.002."""

    name: ClassVar[str] = "nadam"


@dataclass(frozen=True)
class AdamW(_AdamLike):
    """Adam with decoupled decay: each step takes learning_rate * weight_decay * w from a weight."""

    weight_decay: float = 0.01

    name: ClassVar[str] = "adamw"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= number(self.weight_decay) < inf:
            raise ValueError(
                f"weight_decay must be at least 0, got {self.weight_decay!r}. 0.01 is usual."
            )
