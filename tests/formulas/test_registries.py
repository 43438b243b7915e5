"""What every row of every registry has: a name, a full docstring, and a way to be found."""

import ast
import inspect
import math
import re
from pathlib import Path

import pytest

import chainrule.formulas as formulas
from chainrule.formulas import (
    ACTIVATIONS,
    INITIALIZERS,
    LINKS,
    LOSSES,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
    Activation,
    lookup,
)

# The function of a row that holds its full docstring.
DOCUMENTED = [
    *((row.name, row.value) for row in ACTIVATIONS.values()),
    *((row.name, getattr(row, "before", row.value)) for row in LINKS.values()),
    *((row.name, row.value) for row in LOSSES.values()),
    *((row.name, row.value) for row in PENALTIES.values()),
    *((row.name, row.update) for row in OPTIMIZERS.values()),
    *((row.name, row.scale) for row in INITIALIZERS.values()),
    *((row.name, row.after_epoch) for row in SCHEDULES.values()),
    *((row.name, row.after_plateau) for row in SCHEDULES.values()),
]
PARTS = ["Definition", "Domain", "Derivative", "Numerical form", "Convention", "Source"]
REGISTRIES = [ACTIVATIONS, LINKS, LOSSES, PENALTIES, OPTIMIZERS, INITIALIZERS, SCHEDULES]


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
    for name, module in inspect.getmembers(formulas, inspect.ismodule):
        for function_name, function in inspect.getmembers(module, inspect.isfunction):
            assert function.__doc__ or function_name.startswith("_"), f"{name}.{function_name}"


def test_formulas_import_no_compiler():
    for path in Path(formulas.__file__).parent.glob("*.py"):
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


@pytest.mark.parametrize("name", ["zzz", None, 3, ["relu"]])
def test_lookup_of_something_else_lists_what_there_is(name):
    message = (
        r"^penalty must be one of 'l2', got .*\. "
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
