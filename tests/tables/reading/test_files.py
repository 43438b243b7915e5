import gzip
import os
import sys

import narwhals as nw
import polars as pl
import pytest

from chainrule import DataError
from chainrule.tables import read_table
from chainrule.tables.reading.blocks import read_blocks, row_count

TABLE = pl.DataFrame({"a": [1, 2, None], "b": ["x", None, "z"], "c": [0.5, 1.5, 2.5]})


def written(folder, name, write):
    path = folder / name
    write(TABLE, path)
    return path


KINDS = {
    "t.csv": lambda t, p: t.write_csv(p),
    "T.CSV": lambda t, p: t.write_csv(p),
    "t.tsv": lambda t, p: t.write_csv(p, separator="\t"),
    "t.txt": lambda t, p: t.write_csv(p, separator=";"),
    "t.data": lambda t, p: t.write_csv(p, separator="|"),
    "t.csv.gz": lambda t, p: p.write_bytes(gzip.compress(t.write_csv().encode())),
    "t.csv.zst": lambda t, p: t.write_csv(p, compression="zstd"),
    "t.v2.csv": lambda t, p: t.write_csv(p),
    "t.parquet": lambda t, p: t.write_parquet(p),
    "t.arrow": lambda t, p: t.write_ipc(p),
    "t.feather": lambda t, p: t.write_ipc(p, compression="zstd"),
    "s.arrow": lambda t, p: t.write_ipc_stream(p),
    "t.jsonl": lambda t, p: t.write_ndjson(p),
    "t.ndjson.gz": lambda t, p: p.write_bytes(gzip.compress(t.write_ndjson().encode())),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file_gives_the_same_table(tmp_path, name):
    frame = read_table(written(tmp_path, name, KINDS[name]))
    assert isinstance(frame, nw.DataFrame)
    assert frame.to_native().equals(TABLE)


@pytest.mark.parametrize("name", KINDS)
def test_a_name_is_no_pattern(tmp_path, name):
    """As browsers name a second download: polars would read all files that fit a pattern."""
    written(tmp_path, f"t[1]*?{name}", KINDS[name])
    written(tmp_path, f"t1ab{name}", lambda table, path: KINDS[name](table.head(1), path))
    path = tmp_path / f"t[1]*?{name}"
    assert read_table(path).to_native().equals(TABLE)
    blocks = [block.frame.to_native() for block in read_blocks(path, TABLE.columns)]
    assert sum(map(len, blocks)) == len(TABLE)
    row_count(path)


def refusal(path, match):
    with pytest.raises(DataError, match=match):
        read_table(path)


def test_a_missing_file_with_a_neighbour_of_like_name(tmp_path):
    (tmp_path / "penguins.csv").write_text("a\n1\n")
    refusal(tmp_path / "pengiuns.csv", r"an existing file, .* Did you mean 'penguins.csv'\?")
    refusal(tmp_path / "other.csv", r"an existing file, got '.*other.csv'. Check the name")
    refusal(tmp_path / "no" / "other.csv", r"an existing file")


def test_a_folder(tmp_path):
    refusal(tmp_path, r"data must be a file, got the folder .* Name a file in it")


@pytest.mark.parametrize("name", ["pipe.csv", "pipe"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    message = rf"^data must be a regular file, got '.*{name}', .* Save the table to a file first"
    refusal(tmp_path / name, message)
    with pytest.raises(DataError, match=message):
        next(read_blocks(tmp_path / name, []))


def test_an_empty_file(tmp_path):
    (tmp_path / "t.csv").touch()
    refusal(tmp_path / "t.csv", r"must hold a table, got .* is empty. Export")


def test_no_rows(tmp_path):
    for name, kind in KINDS.items():
        path = tmp_path / name
        kind(TABLE.clear(), path)
        if path.stat().st_size:
            refusal(path, r"data must|must have at least one row")
    (tmp_path / "t.csv").write_text("a,b\n")
    refusal(tmp_path / "t.csv", r"at least one row, got only column names in .*t.csv")


def test_a_kind_of_file_that_is_not_known(tmp_path):
    for name in ("t.xlsx", "t", "t.parquet.gz"):
        (tmp_path / name).write_text("a\n1\n")
        refusal(tmp_path / name, r"whose name ends in .csv, .* got .* Rename it, or save .* as CSV")


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.feather", "t.pq", "t.ipc"])
def test_a_file_that_is_not_what_its_name_says(tmp_path, name):
    (tmp_path / name).write_text("a,b\n1,2\n")
    refusal(tmp_path / name, r"data must be an? (Parquet|Arrow).* Export it again")


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "s.arrow"])
def test_a_truncated_file(tmp_path, name):
    path = written(tmp_path, name, KINDS[name])
    path.write_bytes(path.read_bytes()[:100])
    refusal(path, r"data must be an? (Parquet|Arrow)")


def test_a_truncated_gzip_file(tmp_path):
    rows = "\n".join(f"{i},{i * i}" for i in range(5000))
    whole = gzip.compress(f"a,b\n{rows}\n".encode())
    (tmp_path / "t.csv.gz").write_bytes(whole[:-30])
    refusal(tmp_path / "t.csv.gz", r"complete compressed file, .* Compress or download it again")


def test_json_lines_that_are_no_json(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n\n{"a": 2\n')
    refusal(path, r"one JSON object a line, got no complete JSON value in line 3")
    path.write_text('{"a": 1}\n[1, 2]\n')
    refusal(path, r"one JSON object a line, got a JSON list in line 2")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = written(tmp_path, "t.csv", KINDS["t.csv"])

    def refuse(self, *args):
        raise PermissionError(13, "Permission denied")

    # Simulated: the tests may run as root, who may read everything.
    monkeypatch.setattr("pathlib.Path.open", refuse)
    refusal(path, r"that can be read, .*Permission denied.* Change its permissions")


def test_polars_is_not_installed(tmp_path, monkeypatch):
    path = written(tmp_path, "t.csv", KINDS["t.csv"])
    monkeypatch.setitem(sys.modules, "polars", None)
    refusal(path, r'polars must be installed .* pip install "chainrule\[cli\]"')
