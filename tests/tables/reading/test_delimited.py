import gzip

import narwhals as nw
import polars as pl
import pytest

from chainrule import DataError
from chainrule.tables import read_table
from chainrule.tables.reading.delimited import MISSING_WORDS


@pytest.fixture
def read(tmp_path):
    def read(content, name="t.csv", **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path, **options)

    return read


def test_quotes_line_ends_and_a_byte_order_mark(read):
    frame = read('\ufeffa,b\r\n1,"x, ""y""\r\nz"\r\n2,w\r\n')
    assert frame["a"].to_list() == [1, 2]
    assert frame["b"].to_list() == ['x, "y"\r\nz', "w"]


@pytest.mark.parametrize("word", MISSING_WORDS)
def test_words_for_missing_leave_a_column_numeric(read, word):
    frame = read(f"a,b\n1,2\n{word},3\n 4 , {word} \n")
    assert frame["a"].to_list() == [1, None, 4]
    assert frame["b"].to_list() == [2, 3, None]
    assert frame["a"].dtype.is_numeric()


def test_numbers_in_every_spelling(read):
    frame = read("a\n1e3\n+4\n-.5\n007\ninf\n")
    assert frame["a"].to_list() == [1000.0, 4.0, -0.5, 7.0, float("inf")]


def test_text_that_only_looks_like_numbers_can_stay_text(read):
    frame = read("zip ,n\n007,1\n010,2\n", as_text=["zip"])
    assert frame["zip"].to_list() == ["007", "010"]
    assert frame["n"].to_list() == [1, 2]


def test_one_stray_word_makes_a_column_text(read):
    assert read("a\n1\ntwo\n3\n")["a"].dtype == nw.String


def test_blank_lines_are_no_rows(read):
    frame = read("\na,b\n1,2\n\n3,\n\n,\n\n")
    assert frame.rows() == [(1, 2), (3, None), (None, None)]


def test_in_one_column_a_blank_line_is_a_missing_value(read):
    assert read("a\n1\n\n3\n")["a"].to_list() == [1, None, 3]


@pytest.mark.parametrize(
    ("content", "got", "line"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", 2, 3),
        ("a,b,c\n1,2,3\n4,5,6,7\n", 4, 3),
        ('a,b,c\n1,"x\ny",3\n4\n', 1, 4),
        ("a,b,c\n1,2,\n\n4,5\n", 2, 4),
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_ragged_line(read, content, got, line, name):
    data = gzip.compress(content.encode()) if name.endswith("gz") else content
    with pytest.raises(DataError, match=rf"must have 3 fields .* got {got} in line {line} of"):
        read(data, name)


def test_a_ragged_line_in_a_zstandard_file(read, tmp_path):
    pl.DataFrame({"a,b": ["1,2", "3"]}).write_csv(
        tmp_path / "z.csv.zst", quote_style="never", compression="zstd"
    )
    with pytest.raises(DataError, match=r"must have 2 fields .* got 1 in line 3"):
        read_table(tmp_path / "z.csv.zst")


def test_repeated_names(read):
    with pytest.raises(DataError, match=r"column names must differ, got 'a', 'b' more than once"):
        read("a,b, a,b,c\n1,2,3,4,5\n")


def test_an_open_quote(read):
    with pytest.raises(DataError, match=r"must close every quote, got an open one in line 3"):
        read('a,b\n1,2\n3,"x\n4,5\n')


@pytest.mark.parametrize(
    ("content", "line"), [("a,b\n1,ä\n".encode("latin-1"), 2), ("a,b\n1,2\n".encode("utf-16"), 1)]
)
def test_another_encoding(read, content, line):
    with pytest.raises(DataError, match=rf"must be UTF-8 text, .* in line {line} of .*CSV UTF-8"):
        read(content)


def test_bytes_that_are_no_text(read):
    with pytest.raises(DataError, match=r"data must be text, got .* which is binary"):
        read(b"PK\x03\x04\x00\x00\x08\x00" * 20)


def test_only_blank_lines(read):
    with pytest.raises(DataError, match=r"must hold a table, got .* only blank lines"):
        read("\n\n\n")


def test_lines_that_end_as_on_old_macs(read):
    with pytest.raises(DataError, match=r"lines that end in a line feed, got .*t.csv.*, as on old"):
        read("a,b\r1,2\r3,4\r")
    assert read('"a\rb",c\n1,2\n').columns == ["a\rb", "c"]
