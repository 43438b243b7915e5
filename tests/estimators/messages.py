"""The two forms in which an estimator tells its user what is wrong."""

import re

import pytest


def own_form(name: str) -> re.Pattern:
    """`<name> must be <rule>, got <value>. <what to do>`."""
    return re.compile(rf"^{re.escape(name)} must be .+, got .+\. +\S", re.DOTALL)


def parameter_form(name: str) -> re.Pattern:
    """scikit-learn's form, which its common checks demand for constructor parameters."""
    return re.compile(rf"^The '{name}' parameter of \w+ must be .+ Got .+ instead\.", re.DOTALL)


def refusal(error: type[Exception], call, *args, **kwargs) -> str:
    """Text of the error that the call raises."""
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def assert_own_form(message: str, name: str) -> None:
    assert own_form(name).search(message), message


def assert_parameter_refused(message: str, name: str) -> None:
    assert own_form(name).search(message) or parameter_form(name).search(message), message


def after_got(message: str) -> str:
    """What follows the value that was got: the advice."""
    return re.split(r"\b[Gg]ot\b", message, maxsplit=1)[1]
