"""Writes docs/theory.md: every formula by the name it is chosen by, what it does, its source.

    python tools/theory_page.py

The page is made of docstrings, so it cannot say something else than they do; a test compares the
two. Registries are walked, so a new row is on the page; a test finds parameters that are not.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from theory_beside import BESIDE

from chainrule import Autoencoder, MLPClassifier, estimators, formulas, graph, tables
from chainrule.engine.operations import dense, loss
from chainrule.formulas import Mixture
from chainrule.graph.layers import Layer
from chainrule.tables.encoding.columns.scale import SCALES
from chainrule.tables.networks import architecture
from chainrule.tables.networks.calibration import temperature_of
from chainrule.tables.power import power_of
from chainrule.training.full_batch import FULL_BATCH_SOLVERS
from chainrule.training.full_batch.bayesian import BayesianRegularisation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "theory.md"

HEAD = """\
# Every formula, its name and its source

A formula stands once, in `src/chainrule/formulas/`, as plain Python with its derivatives beside
it; its docstring also tells domain, derivative, numerical form and convention. Layers, full-batch
solvers and stopping rules say theirs where they stand. This page is made of these docstrings by
`python tools/theory_page.py`. Names go into the parameters of `MLPClassifier`, `MLPRegressor` and
of the layers of `chainrule.graph`.
"""


class Row(NamedTuple):
    """What the page says of one name."""

    meaning: str
    definition: str
    source: str


class Section(NamedTuple):
    """A table of the page: what has a docstring, by its name."""

    heading: str
    chosen: str
    documented: Mapping[str, Any]


class Parameter:
    """An entry under "Parameters" of a class's docstring; `beside` holds its other fields."""

    def __init__(self, name: str, owner: type = MLPClassifier, *beside: Any) -> None:
        lines = inspect.getdoc(owner).split("\n")
        first = next(k for k, line in enumerate(lines) if re.match(rf"{name} : ", line))
        indented = takewhile(lambda line: line.startswith(" "), lines[first + 1 :])
        text = [line.strip() for line in indented]
        fields = [line for thing in beside for line in _field_lines(inspect.getdoc(thing))]
        self.meaning = " ".join(text)
        self.__doc__ = "\n".join([*text, "", *fields])


def sections() -> list[Section]:
    """All tables, in the order of the page."""
    rows = _registry
    return [
        rows("Activations", "`activation=`", formulas.ACTIVATIONS, "value"),
        rows("Activations of a whole row", "`activation=`", formulas.ROW_ACTIVATIONS, "before"),
        Section("Activations that learn", "`activation=`", formulas.LEARNED_ACTIVATIONS),
        rows("Output links", "`output_activation=`", formulas.LINKS, "before", "value"),
        rows("Losses", "`loss=`", formulas.LOSSES, "value"),
        Section("Targets and weights of rows", "`fit` and a parameter of its own", _targets()),
        rows("Optimizers", "`solver=`", formulas.OPTIMIZERS, "update"),
        Section("Solvers over all rows", "`solver=`", _solvers()),
        Section("Steps and starts", "a parameter of its own", _steps()),
        rows("Penalties", "`alpha=`, `l1=`, `l2=`", formulas.PENALTIES, "value"),
        Section("Priors", "`prior_scale=`, `weight_prior=`", _priors()),
        Section("Courses of a setting", _COURSES, formulas.COURSES),
        rows("scikit-learn's schedules", "`learning_rate=`", formulas.SCHEDULES, *_SCHEDULE),
        rows("Initialisers", "`initializer=`", formulas.INITIALIZERS, "scale"),
        Section("Pretraining", "`pretrain=`, or used by itself", _pretraining()),
        Section("Rules to stop", "`stopping=`", _rules()),
        Section("Layers", _LAYERS, _layers()),
        Section("Tables", "what `TableEncoder`, `TableClassifier`, ... are told", _tables()),
    ]


_SCHEDULE = ("after_plateau", "after_epoch")
_COURSES = (
    "`schedule=`, `momentum_schedule=`, `dropout_schedule=` (also of noise), "
    "`weight_decay_schedule=`"
)
_LAYERS = (
    "writing a graph with `chainrule.graph`; of the estimators `dropout=` and `input_dropout=` "
    "(Dropout), `noise=` (Noise), `batch_norm=` (BatchNorm), `layer_norm=` (LayerNorm)"
)


def _registry(heading: str, chosen: str, registry: Mapping[str, Any], *fields: str) -> Section:
    """A registry whose rows hold functions; the first of `fields` that has a docstring tells."""
    return Section(heading, chosen, {name: _of(row, fields) for name, row in registry.items()})


def _of(row: Any, fields: tuple[str, ...]) -> Any:
    if row.name != "adaptive":  # the one schedule whose rule is that of the plateau
        fields = tuple(field for field in fields if field != "after_plateau")
    return next(getattr(row, field) for field in fields if hasattr(row, field))


def _targets() -> dict[str, Any]:
    unknown = inspect.getdoc(loss).split("\n\n")[1]
    return {
        "sample_weight": "Weights of rows in `fit` and `score`, as scikit-learn's.",
        "class_weight": Parameter("class_weight"),
        "NaN in y": unknown,
        "label_smoothing": Parameter("label_smoothing"),
        "mixup": Parameter("mixup"),
    }


def _solvers() -> dict[str, Any]:
    return {**FULL_BATCH_SOLVERS, "lm, bayesian=True": BayesianRegularisation}


def _steps() -> dict[str, Any]:
    return {
        "clip_norm, clip_value": Parameter("clip_norm, clip_value"),
        "weight_decay": Parameter("weight_decay"),
        "max_norm": Parameter("max_norm", MLPClassifier, dense.settle),
        "bias_initializer": Parameter("bias_initializer"),
        "n_init": Parameter("n_init"),
        "diagnostics": Parameter("diagnostics"),
        "learning_rate_range_test": estimators.learning_rate_range_test,
    }


def _priors() -> dict[str, Any]:
    learned = {name: row.log_density for name, row in formulas.WEIGHT_PRIORS.items()}
    return {"prior_scale": Parameter("prior_scale"), **learned}


def _pretraining() -> dict[str, Any]:
    return {"autoencoder": estimators.Pretraining, "Autoencoder": Autoencoder}


def _rules() -> dict[str, Any]:
    return {name: getattr(estimators, name) for name in estimators.RULES}


def _layers() -> dict[str, Any]:
    found = {name: thing for name, thing in vars(graph).items() if _is_layer(thing)}
    return {
        **found,
        "Dense(ntk=True)": Parameter("ntk", graph.Dense),
        "Dense(tied=other)": Parameter("tied", graph.Dense),
        "Scale, Dense(members=k), Scale, Bias": architecture._ensemble,
    }


def _is_layer(thing: Any) -> bool:
    """Whether it is a layer, or a function that makes layers and says what they compute."""
    return issubclass(thing, Layer) if inspect.isclass(thing) else _is_defined(thing)


def _is_defined(thing: Any) -> bool:
    return inspect.isfunction(thing) and "Definition" in fields_of(inspect.getdoc(thing) or "")


def _tables() -> dict[str, Any]:
    modules = pkgutil.walk_packages(tables.__path__, f"{tables.__name__}.")
    found = {
        name: thing
        for module in modules
        for name, thing in vars(importlib.import_module(module.name)).items()
        if _is_defined(thing) and thing.__module__ == module.name
    }
    return {**SCALES, "power": power_of, "calibrate": temperature_of, **found}


def row_of(name: str, thing: Any) -> Row:
    """What a docstring says, and what stands beside it."""
    if isinstance(thing, Mixture):
        mixed = thing.base.name
        meaning = f"As much of {mixed} as each unit learns to take."
        return Row(meaning, f"y = (1 - a) x + a {mixed}(x), a from {thing.start}", thing.source)
    beside = BESIDE.get(name, {})
    text = thing if isinstance(thing, str) else inspect.getdoc(thing) or ""
    fields = {**beside, **fields_of(text)}
    meaning = thing.meaning if isinstance(thing, Parameter) else _sentence(text)
    return Row(*map(_safe, (meaning, fields.get("Definition", ""), fields.get("Source", ""))))


def _sentence(text: str) -> str:
    """The first sentence of a docstring."""
    return " ".join(re.split(r"(?<=[.:]) (?=[A-Z])|\n\n", text, maxsplit=1)[0].split())


def fields_of(text: str) -> dict[str, str]:
    """The `Name: text` entries of a docstring, each up to the next one or an empty line."""
    return dict(_fields("\n".join(_field_lines(text))))


def _field_lines(text: str) -> list[str]:
    """The text with each field at the begin of a line, also a source at the end of a paragraph."""
    return re.sub(r"(?<=[.)])\s+Sources?:\s+", "\nSource: ", text).split("\n")


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(
        r"^ *([A-Z][a-z ]+): (.*?)(?=\n *[A-Z][a-z ]+: |\n *\n|\Z)", text, re.M | re.S
    ):
        yield match[1], match[2]


def _safe(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*")


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_table(section) for section in sections())


def _table(section: Section) -> str:
    lines = [
        f"\n## {section.heading}\n",
        f"Chosen by {section.chosen}.\n",
        "| name | what it does | definition | source |",
        "|---|---|---|---|",
    ]
    for name, thing in section.documented.items():
        row = row_of(name, thing)
        lines.append(f"| `{name}` | {row.meaning} | {row.definition} | {row.source} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE}")
