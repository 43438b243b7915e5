"""What tests of compiled steps share."""

import pytest

from chainrule.engine import partition


@pytest.fixture
def finely_cut(monkeypatch):
    """Every step is cut: in chunks of at most 8 rows, in blocks of about 16 parameters."""
    monkeypatch.setattr(partition, "SMALL_STEP", 0)
    monkeypatch.setattr(partition, "CHUNK_ROWS", 8)
    monkeypatch.setattr(partition, "BLOCK_PARAMETERS", 16)
    monkeypatch.setattr(partition, "BLOCK_SHARE", 0.05)


@pytest.fixture(params=["whole", "parts", "blocks"])
def way(request, monkeypatch):
    """A batch in one chunk, or in some that sum the gradient by themselves or all together."""
    if request.param != "whole":
        request.getfixturevalue("finely_cut")
        monkeypatch.setattr(partition, "in_parts", lambda *_: request.param == "parts")
