"""Recipes: how a network for a table is built and trained, as data.

A recipe is a table of settings with its source. A new one is a row; nothing else knows its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chainrule.formulas import lookup

CLASSIFICATION = "classification"
REGRESSION = "regression"


@dataclass(frozen=True)
class Recipe:
    """Everything that a fit of a table needs to know besides the table.

    Table
        `numeric`, `categories`, `max_one_hot`, `binary`, `intervals` are those of `TableEncoder`;
        `clip_features` also brings 0/1 features to median 0 and clips them smoothly, as numbers
        are.
    Network
        `members` above 1 makes a batch ensemble (TabM), whose members see the rows in orders of
        their own where `own_rows` says so; `front_scale` is the factor of the learning
        rate of a scaling layer in front, 0 for none; `embedding` the numbers for a category;
        `embeddings` is a row of `chainrule.tables.networks.architecture.EMBEDDINGS`, how numbers
        are embedded, and `bins` the most bins that a column gets for that; rates are factors of the
        learning rate.
    Training
        `learning_rate_course`, `noise_course`, `weight_decay_course` name rows of
        `chainrule.formulas.COURSES`; `alpha` is scikit-learn's L2 penalty; `patience` 0 runs all
        epochs; `last_best` keeps the last of equally good epochs; `drop_last` leaves out an
        epoch's last short batch. With a `validation_fraction` of 0 the last epoch is kept, and
        patience counts the epochs whose training loss has not fallen by `tolerance`.
    Ensemble
        `n_ensemble` networks, each with a validation part of its own; `calibrate` brings their
        probabilities to the right sureness, for which half of that part is shared by all.
    """

    name: str
    source: str
    numeric: str = "robust"
    categories: str = "codes"
    max_one_hot: int = 8
    binary: str = "signs"
    intervals: bool = False
    clip_features: bool = True
    hidden_layer_sizes: tuple[int, ...] = (256, 256, 256)
    activation: str = "parametric_selu"
    initializer: str = "realmlp"
    head_initializer: str = "realmlp"
    ntk: bool = True
    bias_rate: float = 0.1
    activation_rate: float = 0.1
    activation_decay: float = 0.01
    front_scale: float = 6.0
    front_scale_decay: float = 36.0
    embeddings: str = "pbld"
    embeddings_rate: float = 0.1
    embeddings_decay: float = 0.01
    bins: int = 48
    embedding: int = 8
    members: int = 1
    own_rows: bool = False
    dropout: float = 0.15
    solver: str = "adamw"
    learning_rate_init: float = 0.04
    beta_2: float = 0.95
    weight_decay: float = 0.02
    alpha: float = 0.0
    learning_rate_course: str = "coslog4"
    noise_course: str = "flat_cosine"
    weight_decay_course: str = "flat_cosine"
    label_smoothing: float = 0.0
    batch_size: int = 256
    epochs: int = 256
    patience: int = 0
    tolerance: float = 0.0
    last_best: bool = True
    drop_last: bool = True
    clamp: bool = False
    validation_fraction: float = 0.2
    calibrate: bool = False
    n_ensemble: int = 1


# Checked step by step beside pytabkit: from the same weights and batches, without dropout, losses
# and weights agree to rounding. What differs: missing values have a feature of their own, and the
# validation rows, which also tell medians and quantiles, are drawn from each class alike.
_REALMLP = "Holzmueller, Grinsztajn and Steinwart 2024, arXiv 2407.04491, as in pytabkit 1.7.3"
_TABM = "Gorishniy, Kotelnikov and Babenko 2024, arXiv 2410.24210, as in pytabkit 1.7.3"

_TD_CLASSES = Recipe("realmlp-td", _REALMLP, label_smoothing=0.1)
_TD_NUMBERS = replace(
    _TD_CLASSES,
    activation="parametric_mish",
    learning_rate_init=0.2,
    label_smoothing=0.0,
    clamp=True,
)
_TDS_CLASSES = replace(
    _TD_CLASSES,
    name="realmlp-td-s",
    categories="one-hot",
    activation="selu",
    initializer="ntk",
    head_initializer="zeros",
    embeddings="none",
    dropout=0.0,
    weight_decay=0.0,
)
_TDS_NUMBERS = replace(
    _TDS_CLASSES, activation="mish", learning_rate_init=0.07, label_smoothing=0.0
)
_TABM_BOTH = Recipe(
    "tabm",
    _TABM,
    numeric="noisy-quantile",
    categories="one-hot",
    binary="one-hot",
    clip_features=False,
    hidden_layer_sizes=(512, 512, 512),
    activation="relu",
    initializer="fan_in_uniform",
    head_initializer="fan_in_uniform",
    ntk=False,
    bias_rate=1.0,
    front_scale=0.0,
    embeddings="none",
    embeddings_rate=1.0,
    embeddings_decay=1.0,
    members=32,
    own_rows=True,
    dropout=0.1,
    learning_rate_init=0.002,
    beta_2=0.999,
    weight_decay=0.0,
    learning_rate_course="constant",
    noise_course="constant",
    weight_decay_course="constant",
    epochs=1000,
    patience=16,
    last_best=False,
    drop_last=False,
)
# But for missing numbers, which are marked, and two classes, which have two softmax outputs where
# scikit-learn has one logistic output: these learn a little faster.
_MLP_BOTH = Recipe(
    "mlp",
    "scikit-learn's MLPClassifier and MLPRegressor with their defaults, on standardised columns",
    numeric="standard",
    categories="one-hot",
    binary="one-hot",
    clip_features=False,
    hidden_layer_sizes=(100,),
    activation="relu",
    initializer="scikit-learn",
    head_initializer="scikit-learn",
    ntk=False,
    bias_rate=1.0,
    front_scale=0.0,
    embeddings="none",
    embeddings_rate=1.0,
    embeddings_decay=1.0,
    dropout=0.0,
    learning_rate_init=0.001,
    beta_2=0.999,
    weight_decay=0.0,
    alpha=0.0001,
    learning_rate_course="constant",
    noise_course="constant",
    weight_decay_course="constant",
    batch_size=200,
    epochs=200,
    patience=10,
    tolerance=0.0001,
    drop_last=False,
    last_best=False,
    validation_fraction=0.0,
)

_OWN = "chainrule: RealMLP-TD made shorter and narrower, several networks; docs/recipes.md"


def _own(name: str, rate: float, **changes: Any) -> tuple[Recipe, Recipe]:
    """RealMLP-TD with changes, for classes and for numbers; `rate` multiplies its learning rate."""

    def changed(td: Recipe) -> Recipe:
        faster = td.learning_rate_init * rate
        own = replace(td, name=name, source=_OWN, learning_rate_init=faster, calibrate=True)
        return replace(own, intervals=True, batch_size=128, **changes)

    return changed(_TD_CLASSES), changed(_TD_NUMBERS)


_TWO, _THREE = (128, 128), (128, 128, 128)

# name: (for classes, for numbers)
RECIPES: dict[str, tuple[Recipe, Recipe]] = {
    "fast": _own("fast", 2.5, hidden_layer_sizes=_TWO, epochs=96, dropout=0.05, n_ensemble=2),
    "default": _own(
        "default", 2.5, hidden_layer_sizes=_THREE, epochs=128, dropout=0.05, n_ensemble=4
    ),
    "best": _own("best", 2.0, hidden_layer_sizes=_THREE, epochs=256, dropout=0.1, n_ensemble=8),
    "realmlp-td": (_TD_CLASSES, _TD_NUMBERS),
    "realmlp-td-s": (_TDS_CLASSES, _TDS_NUMBERS),
    "tabm": (_TABM_BOTH, _TABM_BOTH),
    "mlp": (_MLP_BOTH, _MLP_BOTH),
}


def recipe(preset: str, task: str) -> Recipe:
    """The settings of a preset for a task."""
    classes, numbers = lookup(RECIPES, "preset", preset)
    return classes if task == CLASSIFICATION else numbers


def changed(plan: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """A recipe with other settings; what embeds numbers sees one row for all members."""
    other = replace(plan, **settings)
    return replace(other, own_rows=other.own_rows and other.embeddings == "none")
