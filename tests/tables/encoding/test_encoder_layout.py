import datetime

import polars as pl

from chainrule.tables import TableEncoder
from chainrule.tables.encoding.columns import Block

FRAME = pl.DataFrame(
    {
        "city": ["a", "b", "c", "d"],
        "x": [1.0, None, 3.0, 5.0],
        "size": ["s", "m", "l", "m"],
        "day": [datetime.date(2020, 1, day) for day in (6, 13, 20, 27)],
        "ok": [True, False, True, True],
    }
)


def test_blocks_by_kind_then_by_column():
    encoder = TableEncoder(categories="codes", max_one_hot=3).fit(FRAME)
    # Every day is a Monday in January: of its parts only the day of the month varies.
    assert encoder.layout_ == [
        Block("numeric", "x", 0, 1, 0),
        Block("numeric", "day", 1, 1, 0),
        Block("binary", "ok", 2, 1, 0),
        Block("one-hot", "size", 3, 3, 3),
        Block("indicator", "x", 6, 1, 0),
        Block("cyclic", "day", 7, 2, 0),
        Block("codes", "city", 9, 1, 5),
    ]


def test_two_levels_as_one_hot_features():
    frame = pl.DataFrame({"c": ["no", "yes", "yes", None], "d": ["u", "v", "u", "v"]})
    encoder = TableEncoder(binary="one-hot").fit(frame)
    names = ["c = no", "c = yes", "c is missing", "d = u", "d = v"]
    assert encoder.get_feature_names_out().tolist() == names
    assert encoder.transform(frame).tolist() == [
        [1, 0, 0, 1, 0],
        [0, 1, 0, 0, 1],
        [0, 1, 0, 1, 0],
        [0, 0, 1, 0, 1],
    ]
    unseen = pl.DataFrame({"c": ["maybe"], "d": [None]}, schema={"c": pl.String, "d": pl.String})
    assert encoder.transform(unseen).tolist() == [[0, 0, 0, 0, 0]]


def test_blocks_cover_the_matrix_and_go_with_the_names():
    for categories in ("one-hot", "codes"):
        encoder = TableEncoder(categories=categories, max_one_hot=2).fit(FRAME)
        end = 0
        for block in encoder.layout_:
            assert block.start == end
            end += block.width
        names = encoder.get_feature_names_out()
        assert encoder.transform(FRAME).shape[1] == end == len(names)
        assert all(block.name in names[block.start] for block in encoder.layout_)


def test_codes_stay_below_the_number_of_levels():
    encoder = TableEncoder(categories="codes", max_one_hot=2).fit(FRAME)
    matrix = encoder.transform(FRAME)
    for block in encoder.layout_:
        if block.kind == "codes":
            codes = matrix[:, block.start]
            assert set(codes) == set(range(1, block.levels))
