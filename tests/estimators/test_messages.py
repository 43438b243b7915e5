"""The checkers of messages.py tell good messages from bad ones."""

import pytest

from .messages import after_got, assert_own_form, assert_parameter_refused


def test_good_messages_pass():
    assert_own_form("X must be finite, got NaN in row 5, column 2. Impute or drop it.", "X")
    theirs = "The 'tol' parameter of MLPClassifier must be a float. Got -1 instead."
    assert_parameter_refused(theirs, "tol")
    assert after_got(theirs) == " -1 instead."


@pytest.mark.parametrize(
    "message",
    [
        "X must be finite, got NaN.",
        "X contains NaN. Drop it.",
        "y must be finite, got NaN in row 5. Drop it.",
        "Wrong: X must be finite, got NaN. Drop it.",
    ],
)
def test_messages_without_rule_advice_or_name_fail(message):
    with pytest.raises(AssertionError):
        assert_own_form(message, "X")


def test_message_about_another_parameter_fails():
    with pytest.raises(AssertionError):
        assert_parameter_refused("The 'alpha' parameter of M must be 1. Got 2 instead.", "tol")
