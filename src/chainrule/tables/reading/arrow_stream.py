"""Arrow streams some record batches at a time; polars alone reads a stream as a whole.

A stream is a row of messages: the schema, then record batches and the dictionaries that they refer
to. So the schema, the dictionaries so far and some batches are a smaller stream. A message is four
bytes FF, the length of its description, the description (a flatbuffer), and its body, whose length
the description tells.

Source: Arrow Columnar Format, "IPC Streaming Format"; FlatBuffers, "Internals".
"""

import struct
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# So many bytes of batches that a call costs nothing beside them.
PIECE_BYTES = 1 << 24
# No description is longer: it tells the places of a batch's columns.
_LONGEST_DESCRIPTION = 1 << 28
_CONTINUES, _END = b"\xff\xff\xff\xff", bytes(4)
_FILE_BEGINS = b"ARROW1"
# What a description describes, and the places of its fields in the flatbuffer's table of places.
_SCHEMA, _DICTIONARY = 1, 2
_KIND_PLACE, _BODY_PLACE = 6, 10


def is_arrow_stream(file: Path) -> bool:
    """Tell a stream from an Arrow file, which has a directory at its end."""
    with file.open("rb") as stream:
        return stream.read(len(_FILE_BEGINS)) != _FILE_BEGINS


def stream_tables(file: Path) -> "Iterator[pl.DataFrame]":
    """Give the rows of an Arrow stream, in tables of about `PIECE_BYTES`.

    OSError or an error of polars where it is none.
    """
    import polars as pl

    for piece in _pieces(file):
        yield pl.read_ipc_stream(BytesIO(piece))


def _pieces(file: Path) -> Iterator[bytes]:
    """Smaller streams."""
    before: list[bytes] = []
    piece: list[bytes] = []
    dictionaries: list[bytes] = []
    size, pieces = 0, 0
    with file.open("rb") as stream:
        for kind, message in _messages(stream):
            if kind == _SCHEMA:
                before.append(message)
                continue
            piece.append(message)
            if kind == _DICTIONARY:
                dictionaries.append(message)
                continue
            size += len(message)
            if size >= PIECE_BYTES:
                yield _joined(before, piece)
                before += dictionaries
                piece, dictionaries, size, pieces = [], [], 0, pieces + 1
    if size or not pieces:  # a stream without batches has columns, too
        yield _joined(before, piece)


def _joined(before: list[bytes], piece: list[bytes]) -> bytes:
    return b"".join([*before, *piece, _CONTINUES, _END])


def _messages(stream: BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Each message with its kind, up to the end."""
    while stream.peek(1):
        length = _exactly(stream, 4)
        if length == _CONTINUES:  # streams of before 2019 lack it
            length = _exactly(stream, 4)
        if length == _END:
            return
        (count,) = struct.unpack("<I", length)
        if count > _LONGEST_DESCRIPTION:
            raise OSError("a message has no description")
        description = _exactly(stream, count)
        try:
            kind = _field(description, _KIND_PLACE, "<B")
            body = _field(description, _BODY_PLACE, "<q")
        except struct.error as error:
            raise OSError("a message has no description") from error
        yield kind, _CONTINUES + length + description + _exactly(stream, body)


def _field(description: bytes, place: int, form: str) -> int:
    """A number of the flatbuffer's outermost table; 0 where it is left out."""
    (table,) = struct.unpack_from("<I", description)
    (back,) = struct.unpack_from("<i", description, table)
    (places,) = struct.unpack_from("<H", description, table - back)
    if place >= places:
        return 0
    (offset,) = struct.unpack_from("<H", description, table - back + place)
    return int(struct.unpack_from(form, description, table + offset)[0]) if offset else 0


def _exactly(stream: BufferedReader, count: int) -> bytes:
    read = stream.read(count) if count >= 0 else b""
    if len(read) != count:
        raise OSError("the stream ends within a message")
    return read
