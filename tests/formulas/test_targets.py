"""Targets and links that do not belong to a loss are refused, with what to use instead."""

import re

import numpy as np
import pytest

from chainrule.exceptions import DataError
from chainrule.formulas import LINKS, LOSSES, Loss, check_link, check_target

ONE_HOT = np.eye(3)[[0, 2, 1, 1]]
FITTING = {
    "real": np.array([-1.0, 0.0, 2.5]),
    "non-negative": np.array([[0.0], [3.0]]),
    "positive": np.array([0.1, 3.0]),
    "probability": np.array([[0.0, 1.0], [0.5, 1.0]]),
    "class": ONE_HOT,
    "sign": np.array([[-1.0, 1.0], [1.0, 1.0]]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_targets_of_the_domain_pass_and_missing_labels_with_them(name):
    row = LOSSES[name]
    y = FITTING[row.target].copy()
    check_target(row, y)
    y[0] = np.nan
    check_target(row, y)


def test_class_numbers_pass():
    check_target(LOSSES["log_loss"], np.array([0, 2, 1], np.int32))


@pytest.mark.parametrize(
    ("name", "y", "message"),
    [
        (
            "poisson",
            [[1.0, 2.0], [0.0, -1.0]],
            "y must be at least 0 for the loss 'poisson', got -1.0 in row 1, column 1 "
            "(counted from 0). Take the loss 'squared_error' for targets of either sign.",
        ),
        (
            "gamma",
            [1.0, 0.0],
            "y must be above 0 for the loss 'gamma', got 0.0 in row 1 (counted from 0). "
            "Take the loss 'poisson' for zeros, 'squared_error' for either sign.",
        ),
        (
            "binary_log_loss",
            [[0.0], [2.0]],
            "y must be in [0, 1] for the loss 'binary_log_loss', got 2.0 in row 1, column 0 "
            "(counted from 0). Code each label as 0 or 1, or take another loss.",
        ),
        (
            "hinge",
            [1.0, 0.0],
            "y must be -1 or 1 for the loss 'hinge', got 0.0 in row 1 (counted from 0). "
            "Code the two classes so, or take the loss 'binary_log_loss' for 0 and 1.",
        ),
        (
            "log_loss",
            [[0.0, 1.0], [1.0, 1.0]],
            "y must be rows of probabilities that add up to 1 for the loss 'log_loss', got "
            "[1. 1.] in row 1 (counted from 0). "
            "Give a one-hot row for each class, or take the loss "
            "'binary_log_loss' for several labels at once.",
        ),
        (
            "crammer_singer",
            [[-0.5, 1.5]],
            "y must be rows of probabilities that add up to 1 for the loss 'crammer_singer', got "
            "[-0.5  1.5] in row 0 (counted from 0). "
            "Give a one-hot row for each class, or take the loss "
            "'binary_log_loss' for several labels at once.",
        ),
    ],
)
def test_targets_outside_the_domain_are_refused(name, y, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        check_target(LOSSES[name], np.array(y))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_takes_its_own_links(name):
    row = LOSSES[name]
    assert row.link == row.links[0]
    for link in row.links:
        check_link(row, link)


# The ends of each link's range.
RANGES = {
    "identity": [-50.0, 50.0],
    "exp": [1e-9, 1e9],
    "softplus": [1e-9, 50.0],
    "logistic": [1e-9, 1 - 1e-9],
    "softmax": [1e-9, 1 - 1e-9],
}


def test_every_link_has_a_range():
    assert set(RANGES) == set(LINKS)


@pytest.mark.parametrize("name", [name for name, row in LOSSES.items() if isinstance(row, Loss)])
def test_a_loss_is_finite_all_over_the_ranges_of_its_links(name):
    row = LOSSES[name]
    for link in row.links:
        for p in RANGES[link]:
            assert np.isfinite([row.value(1.0, p), row.slope(1.0, p)]).all()


@pytest.mark.parametrize(
    ("name", "link", "message"),
    [
        (
            "hinge",
            "softmax",
            "link must be 'identity' for the loss 'hinge', got 'softmax'. Leave the link out, or "
            "take the loss 'log_loss'.",
        ),
        (
            "log_loss",
            "identity",
            "link must be 'softmax' or 'logistic' for the loss 'log_loss', got 'identity'. Leave "
            "the link out, or take the loss 'squared_error'.",
        ),
    ],
)
def test_a_link_that_does_not_fit_is_refused(name, link, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_link(LOSSES[name], link)


def test_an_unknown_link_is_named():
    with pytest.raises(ValueError, match=r"^link must be one of .* Did you mean 'logistic'\?$"):
        check_link(LOSSES["log_loss"], "sigmoid")


def test_a_row_without_links_takes_its_own_alone():
    row = Loss("own", min, max, "exp", None, "sum")
    check_link(row, "exp")
    with pytest.raises(ValueError, match=r"^link must be 'exp' for the loss 'own', got 'identity'"):
        check_link(row, "identity")
