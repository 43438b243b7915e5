"""What every row of every registry has: a name, a full docstring, and a way to be found."""

import ast
import importlib
import inspect
import math
import pkgutil
import re
from pathlib import Path

import pytest

import chainrule.formulas as formulas
from chainrule.formulas import (
    ACTIVATIONS,
    COURSES,
    INITIALIZERS,
    LEARNED_ACTIVATIONS,
    LINKS,
    LOSSES,
    OPTIMIZERS,
    PENALTIES,
    ROW_ACTIVATIONS,
    SCHEDULES,
    WEIGHT_PRIORS,
    Activation,
    Loss,
    Optimizer,
    lookup,
)
from chainrule.formulas.activations.mixtures import mixture
from chainrule.formulas.registry import OTHER_NAMES

# The function of a row that holds its full docstring.
DOCUMENTED = [
    *((row.name, row.value) for row in ACTIVATIONS.values()),
    *((row.name, getattr(row, "before", row.value)) for row in LINKS.values()),
    *((row.name, row.value) for row in LOSSES.values()),
    *((row.name, row.value) for row in PENALTIES.values()),
    *((row.name, row.log_density) for row in WEIGHT_PRIORS.values()),
    *((row.name, row.update) for row in OPTIMIZERS.values()),
    *((row.name, row.scale) for row in INITIALIZERS.values()),
    *((row.name, row.after_epoch) for row in SCHEDULES.values()),
    *((row.name, row.after_plateau) for row in SCHEDULES.values()),
    *((row.name, row.before) for row in ROW_ACTIVATIONS.values()),
    *((row.name, row) for row in COURSES.values()),
    ("mixture", mixture),
]
PARTS = ["Definition", "Domain", "Derivative", "Numerical form", "Convention", "Source"]
REGISTRIES = [
    ACTIVATIONS,
    ROW_ACTIVATIONS,
    LEARNED_ACTIVATIONS,
    LINKS,
    LOSSES,
    PENALTIES,
    WEIGHT_PRIORS,
    OPTIMIZERS,
    INITIALIZERS,
    SCHEDULES,
    COURSES,
]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_a_row_stands_under_its_own_name(registry):
    assert registry
    assert all(name == row.name for name, row in registry.items())


@pytest.mark.parametrize(("name", "function"), DOCUMENTED)
def test_docstring_has_every_part_in_order(name, function):
    if function.__name__ == "stop_on_plateau":
        return  # the absence of a rule
    text = inspect.getdoc(function)
    sentence, rest = text.split("\n\n", 1)
    assert sentence.endswith(".")
    assert re.findall(r"^([A-Z][a-z ]+): .", rest, flags=re.MULTILINE) == PARTS


def test_every_function_says_what_it_does():
    for found in pkgutil.walk_packages(formulas.__path__, "chainrule.formulas."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            assert function.__doc__ or name.startswith("_"), f"{found.name}.{name}"


def test_formulas_import_no_compiler():
    for path in Path(formulas.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert not any(name.startswith(("numba", "llvmlite")) for name in names), path.name


def test_lookup_finds_a_row():
    assert lookup(LOSSES, "loss", "poisson") is LOSSES["poisson"]


def test_lookup_offers_the_nearest_name():
    with pytest.raises(
        ValueError,
        match=r"^loss must be one of 'squared_error', .*, got 'poison'\. Did you mean 'poisson'\?$",
    ):
        lookup(LOSSES, "loss", "poison")


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_name_of_other_libraries_is_no_row_but_leads_to_one(name):
    leading = [registry for registry in REGISTRIES if OTHER_NAMES[name] in registry]
    assert leading
    for registry in leading:
        if name not in registry:
            with pytest.raises(ValueError, match=f"Did you mean '{OTHER_NAMES[name]}'"):
                lookup(registry, "name", name)


@pytest.mark.parametrize("name", ["zzz", None, 3, ["relu"]])
def test_lookup_of_something_else_lists_what_there_is(name):
    message = (
        r"^penalty must be one of 'l2', 'l1', got .*\. "
        r"Choose one of these\.$"
    )
    with pytest.raises(ValueError, match=message):
        lookup(PENALTIES, "penalty", name)


def test_an_activation_registered_at_run_time_is_found(monkeypatch):
    def square(x):
        return x * x

    def square_slope(x, y):
        return 2.0 * x

    row = Activation("square", square, square_slope)
    monkeypatch.setitem(ACTIVATIONS, "square", row)
    found = lookup(ACTIVATIONS, "activation", "square")
    assert (found.value(3.0), found.slope(3.0, 9.0)) == (9.0, 6.0)
    with pytest.raises(ValueError, match="Did you mean 'square'"):
        lookup(ACTIVATIONS, "activation", "sqaure")


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [("exp", 1e4, math.inf), ("log", 0.0, -math.inf), ("sqrt", -1.0, math.nan)],
)
def test_elementary_functions_give_limits_without_a_warning(name, x, expected):
    assert formulas.ELEMENTARY[name](x) == pytest.approx(expected, nan_ok=True)


def test_a_loss_and_an_optimizer_registered_at_run_time_are_found(monkeypatch):
    loss = Loss("gap", max, min, "identity", min, "sum")
    rule = Optimizer("lazy", 0, lambda t, settings: (), lambda w, g: (w,))
    monkeypatch.setitem(LOSSES, "gap", loss)
    monkeypatch.setitem(OPTIMIZERS, "lazy", rule)
    assert formulas.loss_row("gap") is loss
    assert lookup(OPTIMIZERS, "solver", "lazy").update(1.0, 2.0) == (1.0,)
