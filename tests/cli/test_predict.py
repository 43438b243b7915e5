"""`chainrule predict`: in blocks of rows, the same answers as at once, written whole or not."""

import gzip
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from chainrule import DataError, load
from chainrule.cli.writing import writing
from chainrule.tables import read_table
from chainrule.tables.reading import arrow_stream
from chainrule.tables.reading.blocks import read_blocks

from .conftest import PENGUINS

KINDS = ("csv", "tsv", "csv.gz", "csv.zst", "jsonl", "parquet", "arrow", "stream.arrow")


def write(table, path):
    """Write the table as the kind that the file's name says."""
    kind = path.name.partition(".")[2]
    if kind == "tsv":
        table.write_csv(path, separator="\t")
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(table.write_csv().encode(), compresslevel=1))
    elif kind == "csv.zst":
        table.lazy().sink_csv(path, compression="zstd")
    elif kind == "stream.arrow":
        # In batches, as programs send them.
        pa = pytest.importorskip("pyarrow")
        whole = table.to_arrow(compat_level=pl.CompatLevel.oldest())
        with pa.ipc.new_stream(path, whole.schema) as sink:
            sink.write_table(whole, max_chunksize=10_000)
    else:
        name = {"csv": "csv", "jsonl": "ndjson", "parquet": "parquet", "arrow": "ipc"}[kind]
        getattr(table, f"write_{name}")(path)
    return path


@pytest.fixture(scope="module")
def penguins():
    """The table with a stray word, an unknown level and blanks, so that blocks differ."""
    table = pl.read_csv(PENGUINS, null_values="")
    return table.with_columns(
        island=pl.when(pl.int_range(pl.len()) == 300).then(pl.lit("Atlantis")).otherwise("island")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_give_the_answers_of_the_whole(fitted, penguins, tmp_path, kind):
    path = write(penguins, tmp_path / f"t.{kind}")
    model = load(fitted[1])
    columns, text = {c.name for c in model.encoder_.columns_}, model.encoder_.text_columns()
    blocks = list(read_blocks(path, columns, text, rows=50))
    assert [block.first for block in blocks] == np.cumsum(
        [0, *(len(block.frame) for block in blocks[:-1])]
    ).tolist()
    assert len(blocks) > 1
    answers = [model.answers(block.frame) for block in blocks]
    assert sum(a.encoded.unknown.get("island", 0) for a in answers) == 1
    probability = np.concatenate([a.probability for a in answers])
    # Rows of a block may be multiplied in another order than those of the whole: float32 rounding.
    np.testing.assert_allclose(probability, model.predict_proba(path), atol=1e-6)


def test_only_the_columns_of_training_are_read(penguins, tmp_path):
    path = write(penguins, tmp_path / "t.csv")
    (block,) = read_blocks(path, {"sex", "island"}, ())
    assert block.frame.columns == ["island", "sex"]
    # One that is lacking is named by the encoder, beside those that there are.
    (block,) = read_blocks(path, {"sex", "Island"}, ())
    assert block.frame.columns == penguins.columns


def test_blank_lines_are_no_rows_and_short_ones_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n\n3,4\n5,6\n\n7,\n")
    blocks = list(read_blocks(path, {"a", "b"}, (), rows=2))
    assert [v for block in blocks for v in block.frame["a"].to_list()] == [1, 3, 5, 7]
    path.write_text("a,b\n1,2\n\n3,4\n5,6\n7\n8,9\n")
    with pytest.raises(DataError, match=r"must have 2 fields in every line, .* got 1 in line 6"):
        list(read_blocks(path, {"a", "b"}, (), rows=2))


def test_an_arrow_stream_in_pieces(penguins, tmp_path, monkeypatch):
    """Batches of 40 rows, each piece with the dictionaries that it needs."""
    pa = pytest.importorskip("pyarrow")
    table = penguins.with_columns(pl.col("island", "sex").cast(pl.Categorical)).to_arrow()
    path = tmp_path / "t.arrow"
    with pa.ipc.new_stream(path, table.schema) as sink:
        sink.write_table(table, max_chunksize=40)
    monkeypatch.setattr(arrow_stream, "PIECE_BYTES", 1)
    pieces = list(arrow_stream.stream_tables(path))
    assert [len(piece) for piece in pieces] == [40] * 8 + [24]
    texts = pl.col("island", "sex").cast(pl.String)
    whole = pl.concat([piece.with_columns(texts) for piece in pieces])
    assert whole.equals(penguins)
    # Broken off at any place, it is no stream.
    content = path.read_bytes()
    for length in (0, 2, 6, 300, len(content) // 2, len(content) - 20):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match=r"^data must "):
            list(read_blocks(path, {"sex"}, ()))


def test_an_arrow_stream_without_rows(penguins, tmp_path):
    penguins.head(0).write_ipc_stream(tmp_path / "t.arrow")
    with pytest.raises(DataError, match="data must have at least one row"):
        list(read_blocks(tmp_path / "t.arrow", {"sex"}, ()))


@pytest.mark.parametrize("content", [b"ARROW1 but\x00 then nothing of it\n", b"neither of these"])
@pytest.mark.parametrize("kind", ["parquet", "arrow", "jsonl", "csv"])
def test_a_file_that_is_something_else(tmp_path, kind, content):
    path = tmp_path / f"t.{kind}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"^data must .* got "):
        list(read_blocks(path, {"a"}, ()))


def test_a_file_without_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    with pytest.raises(DataError, match=r"data must have at least one row, got only column names"):
        list(read_blocks(path, {"a"}, ()))


def test_an_error_counts_the_rows_of_the_file(fitted, program, penguins, tmp_path):
    mass = pl.when(pl.int_range(pl.len()) > 66_000).then(pl.lit("heavy in row 5"))
    table = pl.concat([penguins] * 201)
    table.with_columns(body_mass_g=mass.otherwise(pl.col("body_mass_g").cast(str))).write_csv(
        tmp_path / "t.csv"
    )
    ended = program("predict", fitted[1], "t.csv", expect=2)
    # The second block begins with row 65,537, and is mostly words.
    assert "got 'heavy in row 5' in row 66002" in ended.stderr
    assert not (tmp_path / "predictions.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "arrow", "feather"])
def test_blocks_are_written_as_one_table(tmp_path, kind):
    out = tmp_path / f"p.{kind}"
    with writing(out) as write_block:
        for begin in (0, 3):
            write_block(pl.DataFrame({"a": [begin, begin + 1, begin + 2]}))
        assert not out.exists()
    read = {"jsonl": "ndjson", "arrow": "ipc", "feather": "ipc", "tsv": "csv"}.get(kind, kind)
    assert getattr(pl, f"read_{read}")(out)["a"].to_list() == list(range(6))
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_fails_half_way_changes_nothing(tmp_path, failure, kind):
    out = tmp_path / f"p.{kind}"
    out.write_text("as it was")
    with pytest.raises(failure), writing(out) as write_block:
        write_block(pl.DataFrame({"a": [1]}))
        raise failure
    assert out.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_a_folder_whose_name_is_a_pattern(tmp_path, kind):
    folder = tmp_path / "results[1]"
    folder.mkdir()
    with writing(folder / f"p.{kind}") as write_block:
        write_block(pl.DataFrame({"a": [1]}))
        write_block(pl.DataFrame({"a": [2]}))
    assert read_table(folder / f"p.{kind}")["a"].to_list() == [1, 2]


def test_other_kinds_of_output_and_unknown_levels(fitted, program, penguins, tmp_path):
    write(penguins.with_columns(island=pl.lit("Atlantis")), tmp_path / "new.parquet")
    ended = program("predict", fitted[1], "new.parquet", "--out", "p.parquet", "--proba")
    assert "column 'island' has 344 values that training did not have" in ended.stderr
    assert "344 predictions of species in p.parquet" in ended.stdout
    assert pl.read_parquet(tmp_path / "p.parquet").shape == (344, 4)


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["loud", "quiet"])
def test_many_infinite_numbers_and_words_are_told_once(fitted, program, penguins, tmp_path, quiet):
    some = pl.int_range(pl.len()) % 5 == 0
    mass = pl.when(some).then(pl.lit("inf")).otherwise(pl.col("body_mass_g"))
    length = pl.when(some).then(pl.lit("long")).otherwise(pl.col("bill_length_mm"))
    new = penguins.with_columns(body_mass_g=mass, bill_length_mm=length)
    write(new, tmp_path / "new.csv")
    warning = (
        "chainrule: warning: values must be like those of training, got others in column "
        "'bill_length_mm' (69 of 344 rows), 'body_mass_g' (69 of 344 rows); they count as missing. "
        "Check the column."
    )
    for command in ("predict", "evaluate"):
        told = program(command, fitted[1], "new.csv", *quiet).stderr.splitlines()
        assert [line for line in told if "warning" in line] == [warning]


# Prints the largest memory of its own, in MiB, that a prediction needed beyond a small one's.
MEASURE = """
import sys, threading, time, re
peak = [0]
def watch():
    while True:
        with open("/proc/self/status") as status:
            peak[0] = max(peak[0], int(re.search(r"RssAnon:\\s+(\\d+)", status.read())[1]))
        time.sleep(0.005)
from chainrule.cli.main import build
from typer.testing import CliRunner
threading.Thread(target=watch, daemon=True).start()
found = []
for data in sys.argv[2:]:
    ended = CliRunner().invoke(build(), ["predict", sys.argv[1], data, "--force"])
    assert ended.exit_code == 0, ended.output
    found.append(peak[0] // 1024)
print(found[-1] - found[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("kind", ["csv.gz", "csv.zst", "parquet", "stream.arrow"])
def test_memory_does_not_grow_with_the_file(fitted, penguins, tmp_path, kind):
    # A column that the model does not use makes the large file 250 MB of text.
    small = pl.concat([penguins] * 600).with_columns(more=pl.lit("x" * 300))
    write(small, tmp_path / f"small.{kind}")
    write(pl.concat([small] * 4), tmp_path / f"large.{kind}")
    command = [sys.executable, "-c", MEASURE, fitted[1], f"small.{kind}", f"large.{kind}"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    # 619,000 further rows: their matrix alone would be 619,000 * 14 * 4 bytes = 35 MB, their text
    # 190 MB. What comes on top here is what threads and allocators keep.
    assert int(ended.stdout.split()[-1]) < 100
