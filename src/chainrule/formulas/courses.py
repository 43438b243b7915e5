"""How a setting changes over the whole training: its factor at progress t in [0, 1].

A row of `COURSES` is a class whose objects have `factor(t)`, relative to the setting's initial
value; it serves the learning rate and, by the same mechanism, momentum, weight decay and dropout. A
new course is one class and one row. `Plateau` alone looks at the loss instead of t.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import cos, floor, inf, log2, pi
from typing import ClassVar, Protocol, TypeGuard, runtime_checkable

from .given import number, whole
from .registry import lookup


@runtime_checkable
class Course(Protocol):
    """A factor for every moment of the training."""

    def factor(self, t: float) -> float:
        """The factor at progress t, 0 at the first step and 1 after the last."""


@dataclass(frozen=True)
class Constant:
    """Keep the setting.

    Definition: f(t) = 1
    Domain: 0 <= t <= 1.
    Derivative: none is needed.
    Numerical form: none is needed.
    Convention: as scikit-learn's learning_rate="constant".
    Source: Robbins and Monro 1951, with a constant step.
    """

    name: ClassVar[str] = "constant"

    def factor(self, t: float) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class Linear:
    """Fall in a straight line.

    Definition: f(t) = 1 + (end - 1) * t
    Domain: 0 <= t <= 1, end >= 0.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: end is a factor, 0 by default.
    Source: PyTorch's LinearLR; Goyal et al. 2017, "Accurate, large minibatch SGD", for rising.
    """

    end: float = 0.0

    name: ClassVar[str] = "linear"

    def __post_init__(self) -> None:
        _check_factor("end", self.end)

    def factor(self, t: float) -> float:
        """Return 1 + (end - 1) * t."""
        return 1.0 + (self.end - 1.0) * t


@dataclass(frozen=True)
class InverseScaling:
    """Fall as a power of time.

    Definition: f(t) = 1 / (1 + speed * t)^power
    Domain: 0 <= t <= 1, power >= 0, speed >= 0.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: time is measured in the speed-th part of the training, 100 by default, so that with
        power 0.5 a tenth is left at the end. scikit-learn's "invscaling" counts samples instead,
        and with them its rate falls the more the larger the table.
    Source: Robbins and Monro 1951, "A stochastic approximation method".
    """

    power: float = 0.5
    speed: float = 100.0

    name: ClassVar[str] = "inverse_scaling"

    def __post_init__(self) -> None:
        _check_factor("power", self.power)
        _check_factor("speed", self.speed)

    def factor(self, t: float) -> float:
        """Return 1 / (1 + speed * t)^power."""
        divisor: float = (1.0 + self.speed * t) ** self.power
        return 1.0 / divisor


@dataclass(frozen=True)
class Step:
    """Fall by one factor at each of a few moments.

    Definition: f(t) = size^n, n = how many of `drops` are at most t
    Domain: 0 <= t <= 1, drops in (0, 1), size > 0.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: after a half and three quarters of the training, by ten, as for ResNets on CIFAR.
    Source: He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition", section
        4.2.
    """

    drops: tuple[float, ...] = (0.5, 0.75)
    size: float = 0.1

    name: ClassVar[str] = "step"

    def __post_init__(self) -> None:
        _check_factor("size", self.size)
        for drop in self.drops if isinstance(self.drops, Iterable) else (self.drops,):
            _check_share("drops", drop)

    def factor(self, t: float) -> float:
        """Return size to the power of the drops that are past."""
        power: float = self.size ** sum(drop <= t for drop in self.drops)
        return power


@dataclass(frozen=True)
class Exponential:
    """Fall by the same share at every step.

    Definition: f(t) = end^t
    Domain: 0 <= t <= 1, end > 0.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: `end` is what is left at the end of the training, a hundredth by default.
    Source: PyTorch's ExponentialLR, whose gamma is end^(1 / number of its steps).
    """

    end: float = 0.01

    name: ClassVar[str] = "exponential"

    def __post_init__(self) -> None:
        if not 0.0 < number(self.end) < inf:
            raise ValueError(
                f"end must be positive, got {self.end!r}. Take Linear(end=0.0) to reach 0."
            )

    def factor(self, t: float) -> float:
        """Return end^t."""
        power: float = self.end**t
        return power


@dataclass(frozen=True)
class Cosine:
    """Fall along half a cosine, and start again after each restart.

    Definition: f(t) = end + (1 - end) * (1 + cos(pi * u)) / 2, u = t * (restarts + 1) without its
        whole part
    Domain: 0 <= t <= 1, restarts >= 0, end >= 0.
    Derivative: none is needed.
    Numerical form: as defined; u = 1 at t = 1.
    Convention: all periods are of one length; end is 0 by default.
    Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", eq.
        5.
    """

    restarts: int = 0
    end: float = 0.0

    name: ClassVar[str] = "cosine"

    def __post_init__(self) -> None:
        _check_factor("end", self.end)
        if not whole(self.restarts) >= 0:
            raise ValueError(
                f"restarts must be at least 0, got {self.restarts!r}. Give a whole number."
            )

    def factor(self, t: float) -> float:
        """Return the point of the cosine in its period."""
        periods = t * (self.restarts + 1)
        u = 1.0 if t >= 1.0 else periods - floor(periods)
        return _along_cosine(1.0, self.end, u)


@dataclass(frozen=True)
class OneCycle:
    """Rise to the full value and fall far below the first one.

    Definition: f(t) along half a cosine from `start` to 1 for t up to `peak`, then along half a
        cosine from 1 to `end`
    Domain: 0 <= t <= 1, 0 < peak < 1, start >= 0, end >= 0.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: PyTorch's OneCycleLR: from a 25th to 1 in 30 % of the training, then to a
        10,000th of the start. The rate that one gives is the largest one.
    Source: Smith and Topin 2018, "Super-convergence: very fast training of neural networks using
        large learning rates".
    """

    peak: float = 0.3
    start: float = 0.04
    end: float = 4e-6

    name: ClassVar[str] = "one_cycle"

    def __post_init__(self) -> None:
        _check_share("peak", self.peak)
        _check_factor("start", self.start)
        _check_factor("end", self.end)

    def factor(self, t: float) -> float:
        """Return the point of the rise or of the fall."""
        if t < self.peak:
            return _along_cosine(self.start, 1.0, t / self.peak)
        return _along_cosine(1.0, self.end, (t - self.peak) / (1.0 - self.peak))


@dataclass(frozen=True)
class CosLog4:
    """Rise and fall four times, ever more slowly, from 0 back to 0.

    Definition: f(t) = (1 - cos(2 pi * log2(1 + 15 t))) / 2
    Domain: 0 <= t <= 1.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: RealMLP's coslog4; 1 + 15 t doubles four times, once a cycle.
    Source: Holzmueller, Grinsztajn and Steinwart 2024, "Better by default", section 3.
    """

    name: ClassVar[str] = "coslog4"

    def factor(self, t: float) -> float:
        """Return (1 - cos(2 pi * log2(1 + 15 t))) / 2."""
        return _along_cosine(0.0, 1.0, 2.0 * log2(1.0 + 15.0 * t))


@dataclass(frozen=True)
class FlatCosine:
    """Keep the setting for half of the training, then fall along half a cosine to 0.

    Definition: f(t) = (1 + cos(pi * (max(1, 2 t) - 1))) / 2
    Domain: 0 <= t <= 1.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: RealMLP's flat_cos, for dropout and weight decay.
    Source: Holzmueller, Grinsztajn and Steinwart 2024, "Better by default", section 3.
    """

    name: ClassVar[str] = "flat_cosine"

    def factor(self, t: float) -> float:
        """Return (1 + cos(pi * (max(1, 2 t) - 1))) / 2."""
        return _along_cosine(1.0, 0.0, max(1.0, 2.0 * t) - 1.0)


@dataclass(frozen=True)
class WarmUp:
    """Rise from 0 in a straight line, then follow another course.

    Definition: f(t) = t / share for t < share, otherwise then.factor((t - share) / (1 - share))
    Domain: 0 <= t <= 1, 0 < share < 1.
    Derivative: none is needed.
    Numerical form: as defined.
    Convention: a twentieth of the training, by default with nothing after it.
    Source: Goyal et al. 2017, "Accurate, large minibatch SGD", section 2.2.
    """

    share: float = 0.05
    then: Course = field(default_factory=Constant)

    name: ClassVar[str] = "warm_up"

    def __post_init__(self) -> None:
        _check_share("share", self.share)
        if not isinstance(self.then, Course) or isinstance(self.then, type):
            raise ValueError(
                f"then must be a course of progress, got {self.then!r}. Take Cosine(), for example."
            )

    def factor(self, t: float) -> float:
        """Return the point of the rise or of the course after it."""
        if t < self.share:
            return t / self.share
        return self.then.factor((t - self.share) / (1.0 - self.share))


@dataclass(frozen=True)
class Plateau:
    """Fall by one factor whenever the score has not improved for a while.

    Definition: rate := max(rate * size, minimum) after `patience` epochs without a better score
    Domain: 0 < size < 1, patience >= 1, minimum >= 0.
    Derivative: none.
    Numerical form: as defined.
    Convention: reactive: training counts the epochs, on the validation score where there is one,
        otherwise on the training loss; by ten after ten epochs, as PyTorch's ReduceLROnPlateau.
        `minimum` is a factor of the initial value.
    Source: PyTorch's ReduceLROnPlateau; He, Zhang, Ren and Sun 2016, "Deep residual learning for
        image recognition", section 3.4.
    """

    size: float = 0.1
    patience: int = 10
    minimum: float = 0.0

    name: ClassVar[str] = "plateau"
    reactive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_share("size", self.size)
        _check_factor("minimum", self.minimum)
        if not whole(self.patience) >= 1:
            raise ValueError(
                f"patience must be at least 1, got {self.patience!r}. Give a whole number of "
                "epochs."
            )

    def lowered(self, factor: float) -> float:
        """Return the factor after one more plateau, given the one before it."""
        return max(factor * self.size, self.minimum)


def _along_cosine(start: float, end: float, u: float) -> float:
    """Return the point u in [0, 1] of half a cosine from start to end."""
    return end + (start - end) * 0.5 * (1.0 + cos(pi * u))


def _check_factor(name: str, value: float) -> None:
    if not 0.0 <= number(value) < inf:
        raise ValueError(
            f"{name} must be at least 0, got {value!r}. It multiplies or divides the initial value."
        )


def _check_share(name: str, value: float) -> None:
    if not 0.0 < number(value) < 1.0:
        raise ValueError(f"{name} must be in (0, 1), got {value!r}. It is a share of the whole.")


COURSES: dict[str, type[Course] | type[Plateau]] = {
    "constant": Constant,
    "linear": Linear,
    "inverse_scaling": InverseScaling,
    "step": Step,
    "exponential": Exponential,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "warm_up": WarmUp,
    "coslog4": CosLog4,
    "flat_cosine": FlatCosine,
    "plateau": Plateau,
}


def course_of(course: str | Course | Plateau) -> Course | Plateau:
    """Return a course, given it or its name (which stands for its defaults)."""
    if is_course(course):
        return course
    return lookup(COURSES, "schedule", course)()


def is_course(value: object) -> TypeGuard[Course | Plateau]:
    """Whether it can say how a setting changes; a class that nobody has called cannot."""
    return isinstance(value, Course | Plateau) and not isinstance(value, type)
