"""Options are named as they are typed, though the message comes from Python's parameters."""

import inspect

import pytest
import typer

from chainrule.cli.main import build
from chainrule.cli.wording import OPTIONS, with_options
from chainrule.tables.model_settings import ESTIMATORS


def test_each_name_is_an_option_of_fit_and_a_parameter():
    fit = typer.main.get_command(build()).commands["fit"]
    options = {name for parameter in fit.params for name in parameter.opts}
    assert set(OPTIONS.values()) <= options
    makers = [*ESTIMATORS.values()]
    parameters = {name for make in makers for name in inspect.signature(make).parameters}
    assert set(OPTIONS) <= parameters | {"test_fraction"}
    # What an option of fit sets under another name is told by that of the option.
    same = {name for name in parameters if f"--{name.replace('_', '-')}" in options}
    assert {name for name in same if "_" in name} <= set(OPTIONS)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("eval_metric must be one", "--metric must be one"),
        (
            "cv must be None, got 3. Leave it out, or set n_ensemble instead of cv.",
            "cv must be None, got 3. Leave it out, or set --ensemble instead of cv.",
        ),
        (
            "must be numeric, as column_kinds says. Correct column_kinds, or the column.",
            "must be numeric, as --kind says. Correct --kind, or the column.",
        ),
        ("column 'batch_size' must be", "column 'batch_size' must be"),
        ("pass a smaller --learning-rate.", "pass a smaller --learning-rate."),
        ("my_batch_size_2", "my_batch_size_2"),
    ],
)
def test_a_message(message, told):
    assert with_options(message) == told
