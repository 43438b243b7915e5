"""Optimizers as users name them: their rules, their defaults, what they refuse."""

import inspect

import pytest
import torch

from chainrule.formulas import (
    OPTIMIZERS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Nadam,
    OptimizerChoice,
    RMSProp,
    SignDescent,
)

# What scikit-learn's solvers start from, by the names of OptimizerSettings.
SCIKIT_LEARN = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "momentum": 0.9}
CHOICES = [SignDescent, AdaGrad, AdaDelta, RMSProp, Adam, AMSGrad, AdamW, Nadam]
every_choice = pytest.mark.parametrize("choice", CHOICES)


def test_every_rule_can_be_chosen():
    momenta = (SGD(momentum=0.0), SGD(nesterov=False), SGD())
    assert [choice.name for choice in momenta] == ["sgd", "momentum", "nesterov"]
    names = {choice().name for choice in CHOICES}
    assert names | {"sgd", "momentum", "nesterov"} == set(OPTIMIZERS)


@every_choice
def test_defaults_are_those_of_the_rule(choice):
    assert isinstance(choice(), OptimizerChoice)
    defaults = OPTIMIZERS[choice.name].defaults
    expected = {name: value for name, value in defaults.items() if name != "learning_rate"}
    ours = choice().settings
    assert {k: v for k, v in ours.items() if SCIKIT_LEARN.get(k) != v} == expected


# PyTorch's class, and its name of each setting of ours.
IN_TORCH = {
    "adagrad": (torch.optim.Adagrad, {"learning_rate": "lr", "epsilon": "eps"}),
    "adadelta": (torch.optim.Adadelta, {"learning_rate": "lr", "rho": "rho", "epsilon": "eps"}),
    "rmsprop": (torch.optim.RMSprop, {"learning_rate": "lr", "rho": "alpha"}),
    "nadam": (torch.optim.NAdam, {"learning_rate": "lr"}),
}


def test_rows_with_defaults_of_their_own():
    assert set(IN_TORCH) == {name for name, row in OPTIMIZERS.items() if row.defaults}


@pytest.mark.parametrize("name", IN_TORCH)
def test_defaults_are_pytorchs(name):
    optimizer, names = IN_TORCH[name]
    parameters = inspect.signature(optimizer).parameters
    theirs = {ours: parameters[name].default for ours, name in names.items()}
    assert OPTIMIZERS[name].defaults == theirs


def test_weight_decay_is_pytorchs():
    default = inspect.signature(torch.optim.AdamW).parameters["weight_decay"].default
    assert AdamW().weight_decay == default


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(momentum=1.5), r"^momentum must be in \[0, 1\], got 1\.5\. It is the share"),
        (lambda: AdaDelta(rho=1.0), r"^rho must be in \[0, 1\), got 1\.0\. It is the share"),
        (lambda: RMSProp(rho=-0.1), r"^rho must be in \[0, 1\), got -0\.1\."),
        (lambda: Adam(beta_1=1.0), r"^beta_1 must be in \[0, 1\), got 1\.0\."),
        (lambda: AdamW(beta_2=2.0), r"^beta_2 must be in \[0, 1\), got 2\.0\."),
        (lambda: Nadam(epsilon=0.0), r"^epsilon must be positive, got 0\.0\. It keeps a denomin"),
        (lambda: AdaGrad(epsilon=-1.0), r"^epsilon must be positive, got -1\.0\."),
        (lambda: AdamW(weight_decay=-1.0), r"^weight_decay must be at least 0, got -1\.0\. 0\.01"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
