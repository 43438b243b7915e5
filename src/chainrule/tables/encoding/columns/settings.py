"""How columns are to be encoded, as the encoder's parameters say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoding:
    """The parameters of `TableEncoder` that a column learns by."""

    numeric: str
    categories: str
    max_one_hot: int
    binary: str
    max_levels: int
    max_words: int
    missing_indicator: bool
    random_state: int
