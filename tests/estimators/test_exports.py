"""What `chainrule.estimators` offers, and that the engine is not imported for it."""

import subprocess
import sys
from dataclasses import is_dataclass

import pytest

import chainrule
from chainrule import estimators
from chainrule.training import stopping

RULES = [
    "MaxEpochs",
    "LossTolerance",
    "AverageLoss",
    "WeightChange",
    "GradientNorm",
    "ValidationPatience",
    "TimeLimit",
]


@pytest.mark.parametrize("name", RULES)
def test_stopping_rules_stand_beside_the_estimators(name):
    assert getattr(estimators, name) is getattr(stopping, name)
    assert name in dir(estimators)


def test_there_is_no_other_rule():
    settings = {
        name
        for name, value in vars(stopping).items()
        if is_dataclass(value) and isinstance(value, type) and hasattr(value, "start")
    }
    assert settings == set(RULES)


def test_importing_the_estimators_imports_no_engine():
    code = (
        "import sys, chainrule.estimators; print({'numba', 'chainrule.engine'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.strip() == b"set()"


def test_a_name_that_is_none():
    with pytest.raises(AttributeError, match=r"'chainrule.estimators' has no attribute 'Patience'"):
        _ = estimators.Patience


def test_the_package_offers_them_too():
    assert chainrule.Autoencoder is estimators.Autoencoder
    assert issubclass(chainrule.GradientWarning, UserWarning)
