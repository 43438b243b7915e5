"""A report is plain frozen data: numbers, texts and tuples, already computed, ready to be shown."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnNote:
    """What an input column was taken for."""

    name: str
    kind: str
    note: str


@dataclass(frozen=True)
class Score:
    """A score; None where it is not defined, or where no interval can be given.

    `in_units` tells those in the units of the target from pure numbers.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    linear: float | None
    trivial: float | None
    higher_is_better: bool
    in_units: bool


@dataclass(frozen=True)
class ClassRow:
    """A class: its rows, and how often the model finds it and is right to name it."""

    label: str
    train_rows: int
    test_rows: int
    recall: float | None
    precision: float | None


@dataclass(frozen=True)
class NumberRange:
    """Quartiles and mean of the target's values in one part of the rows."""

    part: str
    rows: int
    least: float
    quarter: float
    median: float
    three_quarters: float
    most: float
    mean: float


@dataclass(frozen=True)
class ConfusedPair:
    """Rows of one class that were taken for another; `share` is of the true class's rows."""

    true: str
    predicted: str
    rows: int
    share: float


@dataclass(frozen=True)
class Confusion:
    """Counts by true class (row) and predicted class; no `counts` where they are too many."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...] | None
    pairs: tuple[ConfusedPair, ...]


@dataclass(frozen=True)
class CalibrationBin:
    """Rows of similar probability: the mean of it, and how often the event came to pass."""

    rows: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """Do things said to be 80 % likely happen in 80 % of the cases? `event` says which things."""

    event: str
    error: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True)
class Group:
    """Rows of similar prediction: the mean of it and of the true values."""

    rows: int
    predicted: float
    true: float


@dataclass(frozen=True)
class Residuals:
    """Errors (predicted - true) of a regression.

    `quantiles` holds (share, error) pairs, `points` the (true, predicted) pairs of some rows.
    """

    mean: float
    quantiles: tuple[tuple[float, float], ...]
    groups: tuple[Group, ...]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Importance:
    """How much worse the score gets when the column is shuffled."""

    column: str
    mean: float
    deviation: float


@dataclass(frozen=True)
class Importances:
    """Most important column first; `complete` says whether time sufficed for every shuffle."""

    score: str
    rows: int
    repeats: int
    complete: bool
    items: tuple[Importance, ...]


@dataclass(frozen=True)
class Curve:
    """A value for each epoch; `is_loss` tells losses from scores."""

    name: str
    values: tuple[float, ...]
    is_loss: bool


@dataclass(frozen=True)
class Mistake:
    """A row that the model is wrong about, with the values of some columns as text.

    `size` is the probability given to the true class (None without probabilities), or the error.
    """

    row: int
    true: str
    predicted: str
    size: float | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class Mistakes:
    """The worst mistakes first; `columns` names the values shown."""

    columns: tuple[str, ...]
    rows: tuple[Mistake, ...]
    wrong: int


@dataclass(frozen=True)
class Report:
    """How a fitted model does on rows with known targets.

    `held_out` tells rows kept from its training from others, which it may have seen. `linear` names
    the linear model beside it, None if there is none. Of `classes`, `confusion` and `calibration`
    on the one hand, `ranges` and `residuals` on the other, a report has those of its task.
    `cautions` are the notes that must be told even beside the scores alone.
    """

    task: str
    target: str
    model: str
    linear: str | None
    train_rows: int
    test_rows: int
    held_out: bool
    columns: tuple[ColumnNote, ...]
    importances: Importances
    curves: tuple[Curve, ...]
    scores: tuple[Score, ...] = ()
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    mistakes: Mistakes = Mistakes((), (), 0)
    classes: tuple[ClassRow, ...] = ()
    confusion: Confusion | None = None
    calibration: Calibration | None = None
    ranges: tuple[NumberRange, ...] = ()
    residuals: Residuals | None = None
