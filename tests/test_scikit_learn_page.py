"""docs/scikit-learn.md names all that our estimators have beside scikit-learn's."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from sklearn import neural_network

import chainrule
from chainrule.estimators import _plan
from chainrule.files.settings import RULES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scikit-learn.md"

PAIRS = [
    (getattr(chainrule, name), getattr(neural_network, name))
    for name in ("MLPClassifier", "MLPRegressor")
]


def _parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def _attributes(estimator: Any) -> set[str]:
    """The names under "Attributes" of a docstring, which end in an underscore."""
    _, attributes = inspect.getdoc(estimator).split("Attributes\n----------\n")
    attributes = re.split(r"\n\w.*\n---", attributes)[0]
    heads = re.findall(r"^(?! )[^:\n]+", attributes, re.M)
    return set(re.findall(r"\w+_\b", " ".join(heads)))


def _methods(estimator: Any) -> set[str]:
    routed = re.compile("set_.*_request$")  # scikit-learn makes these of signatures
    return {name for name in dir(estimator) if not name.startswith("_") and not routed.match(name)}


def _in_code() -> set[str]:
    """The words that the page sets as code."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", PAGE.read_text()))))


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_added_parameter_is_named(ours, theirs):
    added = _parameters(ours) - _parameters(theirs)
    assert "dropout" in added
    assert added - _in_code() == set()


@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "score"])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_added_parameter_of_a_method_is_named(ours, theirs, method):
    added = _parameters(getattr(ours, method)) - _parameters(getattr(theirs, method))
    assert added - _in_code() == set()


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_added_attribute_is_named(ours, theirs):
    added = _attributes(ours) - _attributes(theirs)
    assert "stopped_by_" in added
    assert added - _in_code() == set()


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_added_method_is_named(ours, theirs):
    added = _methods(ours) - _methods(theirs)
    assert "save" in added
    assert added - _in_code() == set()


def test_every_stopping_rule_is_named():
    assert {*RULES, *_plan.STOPPING_RULES} - _in_code() == set()
