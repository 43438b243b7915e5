"""What tests of compiled steps share."""

import pytest

from chainrule.engine import partition


@pytest.fixture
def finely_cut(monkeypatch):
    """Every step is cut: in chunks of at most 8 rows, in blocks of about 16 parameters."""
    monkeypatch.setattr(partition, "SMALL_STEP", 1)
    monkeypatch.setattr(partition, "CHUNK_ROWS", 8)
    monkeypatch.setattr(partition, "BLOCK_PARAMETERS", 16)
    monkeypatch.setattr(partition, "BLOCK_SHARE", 0.05)
