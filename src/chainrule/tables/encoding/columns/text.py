"""Free text: its length, and which of the frequent words it holds."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ...values.series import Series, texts
from ..kinds import TEXT
from . import block
from .block import Part
from .numeric import missing_parts, number_parts, plain_or_none, scale_or_none, scaled
from .reading import Reading
from .scale import Scale, Values, learn_scale
from .settings import Encoding

# A word in fewer of the rows, or in more, tells too little to be a feature.
_LEAST_SHARE, _MOST_SHARE = 0.01, 0.99


@dataclass(frozen=True)
class TextColumn:
    """The number of characters and of words, and a 0/1 feature for each frequent word."""

    name: str
    characters: Scale | None
    count: Scale | None
    words: tuple[str, ...]
    missing: bool

    kind: ClassVar[str] = TEXT

    @classmethod
    def learn(cls, column: Series, encoding: Encoding) -> Self:
        """Learn the lengths and the frequent words of the training rows."""
        text, absent = _read(column)
        characters, count = _lengths(text, absent)
        known = ~absent

        def scale(values: Values) -> Scale | None:
            return learn_scale(encoding.numeric, values[known], encoding.random_state)

        words = _frequent([t for t, k in zip(text, known, strict=True) if k], encoding.max_words)
        missing = encoding.missing_indicator and bool(known.any() and absent.any())
        return cls(column.name, scale(characters), scale(count), words, missing)

    def parts(self) -> list[Part]:
        """Two for the lengths, one for the words, one for the absence."""
        lengths = number_parts(f"{self.name}: characters", self.characters)
        lengths += number_parts(f"{self.name}: words", self.count)
        names = tuple(f"{self.name} has {word}" for word in self.words)
        words = [Part(block.INDICATOR, names)] if names else []
        return lengths + words + missing_parts(self.name, self.missing)

    def read(self, column: Series) -> Reading:
        """Read new rows."""
        text, absent = _read(column)
        characters, count = _lengths(text, absent)
        values: list[NDArray[Any]] = scaled(characters, self.characters, missing=False)
        values += scaled(count, self.count, missing=False)
        if self.words:
            found = _vectorizer(vocabulary=list(self.words)).transform(text)
            values.append(found.toarray())
        if self.missing:
            values.append(absent.astype(np.float32))
        return Reading(values)

    def summary(self) -> str:
        """Say in words what it was taken for."""
        shown = ["lengths"] * bool(self.characters or self.count)
        shown += [f"{len(self.words)} frequent words"] * bool(self.words)
        return ", ".join(shown + ["missing values marked"] * self.missing)

    def to_plain(self) -> dict[str, Any]:
        """Return the column as a dict of plain values, for the model file."""
        scales = {"characters": self.characters, "count": self.count}
        plain = {name: plain_or_none(scale) for name, scale in scales.items()}
        return {**vars(self), **plain, "words": list(self.words)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Make a column again; ValueError, TypeError or KeyError when the values are not one's."""
        words = tuple(str(word) for word in plain["words"])
        if len(set(words)) != len(words):
            raise ValueError(f"column {plain['name']!r} repeats a word")
        scales = scale_or_none(plain["characters"]), scale_or_none(plain["count"])
        return cls(str(plain["name"]), *scales, words, bool(plain["missing"]))


def _read(column: Series) -> tuple[list[str], NDArray[np.bool_]]:
    values = texts(column).to_list()
    absent = np.array([not (isinstance(v, str) and v.strip()) for v in values], dtype=bool)
    return ["" if gone else v for v, gone in zip(values, absent, strict=True)], absent


def _lengths(text: list[str], absent: NDArray[np.bool_]) -> tuple[Values, Values]:
    characters = np.array([len(t) for t in text], dtype=np.float64)
    words = np.array([len(t.split()) for t in text], dtype=np.float64)
    characters[absent] = words[absent] = np.nan
    return characters, words


def _frequent(text: list[str], most: int) -> tuple[str, ...]:
    if not most or not text:
        return ()
    try:
        vectorizer = _vectorizer(max_features=most, min_df=_LEAST_SHARE, max_df=_MOST_SHARE)
        return tuple(vectorizer.fit(text).get_feature_names_out().tolist())
    except ValueError:
        # No word is left: that is how scikit-learn says so.
        return ()


def _vectorizer(**settings: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(binary=True, dtype=np.float32, **settings)
