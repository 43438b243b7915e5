"""What all tests share."""

import os
import signal

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed: a test that fails, fails again."""
    return np.random.default_rng(20240501)


# A shell without job control starts background jobs with Ctrl-C ignored, and they hand that on; the
# tests that press Ctrl-C would then wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Where the environment forbids byte code, each program that a test starts would compile all of
# chainrule's modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
