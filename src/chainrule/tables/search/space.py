"""The space of settings that a search looks through: one table, for scikit-learn and for Optuna."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Self

from scipy.stats import loguniform, uniform
from sklearn.utils import check_random_state

from ..recipes import CLASSIFICATION, recipe


@dataclass(frozen=True)
class Choice:
    """One of some values, all alike likely; `why` says what is weighed, `source` where from."""

    values: tuple[Any, ...]
    why: str
    source: str

    def distribution(self) -> Any:
        """For scikit-learn's searchers."""
        return list(self.values)

    def suggest(self, trial: Any, name: str) -> Any:
        """Ask an Optuna trial, which keeps a choice by its text."""
        texts = {self._text(value): value for value in self.values}
        return texts[trial.suggest_categorical(name, list(texts))]

    def as_suggested(self, value: Any, name: str) -> dict[str, Any]:
        """The value as a trial keeps it."""
        return {name: self._text(value)}

    def including(self, value: Any) -> Self:
        """The same with this value among the others."""
        return self if value in self.values else replace(self, values=(value, *self.values))

    @staticmethod
    def _text(value: Any) -> Any:
        return "-".join(map(str, value)) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Range:
    """A number between two, evenly or (`log`) by its logarithm; `or_zero`: 0 half the time."""

    low: float
    high: float
    why: str
    source: str
    log: bool = False
    or_zero: bool = False

    def distribution(self) -> Any:
        """For scikit-learn's searchers."""
        between = (
            loguniform(self.low, self.high) if self.log else uniform(self.low, self.high - self.low)
        )
        return _ZeroOr(between) if self.or_zero else between

    def suggest(self, trial: Any, name: str) -> Any:
        """Ask an Optuna trial."""
        if self.or_zero and not trial.suggest_categorical(f"{name} used", [False, True]):
            return 0.0
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    def as_suggested(self, value: Any, name: str) -> dict[str, Any]:
        """The value as a trial keeps it."""
        if not self.or_zero:
            return {name: float(value)}
        return {f"{name} used": True, name: float(value)} if value else {f"{name} used": False}

    def including(self, value: Any) -> Self:
        """The same, widened to this value."""
        if self.or_zero and value == 0:
            return self
        return replace(self, low=min(self.low, value), high=max(self.high, value))


@dataclass(frozen=True)
class _ZeroOr:
    """A distribution that gives 0 half the time."""

    other: Any

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Samples, as scikit-learn's searchers ask for them."""
        random = check_random_state(random_state)
        drawn = self.other.rvs(size=1 if size is None else size, random_state=random)
        found = drawn * random.randint(0, 2, drawn.shape)
        return float(found[0]) if size is None else found


Space = dict[str, Choice | Range]

_REALMLP = "Holzmueller, Grinsztajn and Steinwart 2024, arXiv 2407.04491, space of RealMLP-HPO"
_TABM = (
    "Gorishniy, Kotelnikov and Babenko 2024, arXiv 2410.24210, experiments of TabM-mini, as "
    "narrowed in TabArena: no single block, none narrower than 128"
)
_RTDL = "Gorishniy, Rubachev, Khrulkov and Babenko 2021, arXiv 2106.11959, space of the MLP"
_EMBEDDED = (
    "Gorishniy, Rubachev and Babenko 2022, arXiv 2203.05556, the embeddings compared there; pbld: "
    "Holzmueller, Grinsztajn and Steinwart 2024, arXiv 2407.04491"
)

_SIZES = "depth and width are the structure: wide and short, or narrow and deep"
_RATE = "of all settings the one that an MLP depends on most"
_NUMBERS = (
    "thresholds and waves in a number are easier to learn from its embedding; what is smooth needs "
    "none, and each takes time"
)
_NOISE = "small tables want more of it, large ones none"
_DECAY = "keeps weights small; matters where columns are many and rows few"

_OF_REALMLP: Space = {
    "hidden_layer_sizes": Choice(((256,) * 3, (64,) * 5, (512,)), _SIZES, _REALMLP),
    "activation": Choice(
        ("relu", "parametric_selu", "parametric_mish"),
        "smooth ones suit smooth targets, kinks suit thresholds",
        _REALMLP,
    ),
    "embeddings": Choice(("none", "pbld", "plr", "ple"), _NUMBERS, _EMBEDDED),
    "learning_rate_init": Range(0.02, 0.3, _RATE, _REALMLP, log=True),
    "dropout": Choice((0.0, 0.15, 0.3), _NOISE, _REALMLP),
    "weight_decay": Choice((0.0, 0.02), _DECAY, _REALMLP),
}
_SMOOTHING = Choice(
    (0.0, 0.1), "helps accuracy, harms probabilities; labels may be wrong", _REALMLP
)
_OF_TABM: Space = {
    "hidden_layer_sizes": Choice(
        tuple((width,) * depth for depth in (2, 3, 4, 5) for width in (128, 256, 512, 1024)),
        _SIZES,
        _TABM,
    ),
    "embeddings": Choice(("none", "ple"), _NUMBERS, _TABM),
    "learning_rate_init": Range(1e-4, 3e-3, _RATE, _TABM, log=True),
    "dropout": Range(0.0, 0.5, _NOISE, _TABM),
    "weight_decay": Range(1e-4, 0.1, _DECAY, _TABM, log=True, or_zero=True),
}
_OF_MLP: Space = {
    "hidden_layer_sizes": Choice(
        tuple((width,) * depth for depth in (1, 2, 4) for width in (64, 128, 256, 512)),
        _SIZES,
        _RTDL,
    ),
    "embeddings": Choice(("none", "plr", "ple"), _NUMBERS, _EMBEDDED),
    "learning_rate_init": Range(1e-5, 1e-2, _RATE, _RTDL, log=True),
    "dropout": Range(0.0, 0.5, _NOISE, _RTDL),
    "weight_decay": Range(1e-6, 1e-3, _DECAY, _RTDL, log=True, or_zero=True),
}
_OTHERS = {"tabm": _OF_TABM, "mlp": _OF_MLP}


def space_of(task: str, preset: str = "default", fixed: Collection[str] = ()) -> Space:
    """What a search varies for a preset, with reasons and sources; not what is `fixed`.

    Presets that are not named here are RealMLP's relatives, and have its space. A space is widened
    to the preset's own settings, so that a search can end with them.
    """
    plan = recipe(preset, task)
    smoothing: Space = {"label_smoothing": _SMOOTHING} if task == CLASSIFICATION else {}
    space = _OTHERS[preset] if preset in _OTHERS else _OF_REALMLP | smoothing
    return {
        name: part.including(getattr(plan, name))
        for name, part in space.items()
        if name not in fixed
    }


def search_space(task: str, preset: str = "default") -> dict[str, Any]:
    """Lists and SciPy distributions of settings of `TableClassifier` or `TableRegressor`.

    Parameters
    ----------
    task : {"classification", "regression"}
    preset : str, default="default"
        Of the estimator that is searched for.

    Returns
    -------
    dict
        Fit for `param_distributions` of scikit-learn's searchers.

    Examples
    --------
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from chainrule.tables import TableClassifier
    >>> search = RandomizedSearchCV(TableClassifier(), search_space("classification"), n_iter=20)
    """
    return {name: part.distribution() for name, part in space_of(task, preset).items()}


def suggest(
    trial: Any, task: str, preset: str = "default", fixed: Collection[str] = ()
) -> dict[str, Any]:
    """Ask an Optuna trial for settings out of the same space, but for those that are `fixed`."""
    space = space_of(task, preset, fixed)
    return {name: part.suggest(trial, name) for name, part in space.items()}


def preset_trial(task: str, preset: str = "default", fixed: Collection[str] = ()) -> dict[str, Any]:
    """The preset's own settings as Optuna's `enqueue_trial` takes them.

    Tried first, they are what the others must beat.
    """
    plan, found = recipe(preset, task), dict[str, Any]()
    for name, part in space_of(task, preset, fixed).items():
        found |= part.as_suggested(getattr(plan, name), name)
    return found
