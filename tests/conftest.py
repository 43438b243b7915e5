"""What all tests share."""

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed: a test that fails, fails again."""
    return np.random.default_rng(20240501)
