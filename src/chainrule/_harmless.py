"""A user's text as it may be shown: no name of a column or a file commands the terminal."""

import unicodedata

# Control characters (line breaks, escapes of a terminal), halves of characters, and marks that
# turn the direction of the text around them.
_HARMFUL = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
_TURNING = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def harmless(text: str) -> str:
    """Escape, as Python does, what would do something else than show."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if _is_harmful(c) else c for c in text)


def harmless_lines(text: str) -> str:
    """Escape each line of a message; its own line breaks stay."""
    return "\n".join(map(harmless, text.split("\n")))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _is_harmful(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _HARMFUL
