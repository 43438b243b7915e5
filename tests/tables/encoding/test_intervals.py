"""Columns that are mostly one value: the intervals that steps of the target cut them into."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.exceptions import DataError
from chainrule.files import load
from chainrule.tables import TableClassifier, TableEncoder
from chainrule.tables.encoding.bins import has_spike, spike_edges

# Classes of the amounts 1 to 40, five at a time: more steps than a coarse tree has leaves.
STEPS = np.array([0, 1, 0, 1, 0, 1, 0, 1])


@pytest.fixture
def amounts(rng):
    """1,200 zeros, and 20 of each whole number from 1 to 40, in random order."""
    values = np.concatenate([np.zeros(1200), np.repeat(np.arange(1.0, 41.0), 20)])
    return rng.permutation(values)


def stepped(values):
    return np.where(values > 0, STEPS[((values - 1) // 5).astype(int)], 0)


@pytest.mark.parametrize("unit", [1.0, 1e-300, 4e306])
def test_edges_lie_where_the_target_changes(amounts, unit):
    """Halfway between 5 and 6, 10 and 11, ...; far from what float32 holds, too."""
    edges = np.array(spike_edges(amounts * unit, stepped(amounts))) / unit
    assert edges == pytest.approx([5.5, 10.5, 15.5, 20.5, 25.5, 30.5, 35.5])


def test_of_numbers_too(amounts):
    """Leaves of one value may be cut further: of these edges a tree has up to 31."""
    target = stepped(amounts)
    edges = spike_edges(amounts, (target - target.mean()) / target.std())
    assert {5.5, 10.5, 15.5, 20.5, 25.5, 30.5, 35.5} <= set(edges)


def test_none_where_the_target_is_chance(amounts, rng):
    assert spike_edges(amounts, rng.integers(2, size=len(amounts))) == []


def test_none_where_a_coarse_tree_tells_as_much(amounts):
    """Zero or not is one step: a number and its scale say that already."""
    assert spike_edges(amounts, (amounts > 0).astype(int)) == []


def test_none_where_a_fine_tree_tells_little_more(amounts, rng):
    """In a tenth of the rows the class follows the steps: 0.005 more of the variance are wanted."""
    many = np.tile(amounts, 20)
    chance = rng.integers(2, size=len(many))
    noisy = np.where(rng.uniform(size=len(many)) < 0.1, stepped(many), chance)
    assert spike_edges(many, noisy) == []


@given(st.lists(st.sampled_from([-1.0, 0.0, 2.0]), max_size=12))
def test_a_spike_is_what_fills_half(values):
    fills = [values.count(value) >= len(values) / 2 for value in set(values)]
    assert has_spike(np.array(values, float)) is any(fills)


def test_none_without_a_spike_or_with_few_other_values(amounts):
    others = amounts[amounts > 0]
    assert spike_edges(others, stepped(others)) == []
    few = np.minimum(amounts, 10.0)
    assert spike_edges(few, (few % 2).astype(int)) == []
    assert spike_edges(np.empty(0), np.empty(0, int)) == []


def table(amounts):
    known = np.where(np.arange(len(amounts)) % 100 == 99, np.nan, amounts)
    return pl.DataFrame({"amount": known}, nan_to_null=True), stepped(amounts)


def test_codes_by_hand(amounts):
    frame, y = table(amounts)
    encoder = TableEncoder(categories="codes", intervals=True).fit(frame, y)
    (column,) = encoder.columns_
    new = pl.DataFrame({"amount": [-1.0, 5.0, 6.0, 1e9, None]})
    assert column.edges == (5.5, 10.5, 15.5, 20.5, 25.5, 30.5, 35.5)
    assert encoder.transform(new)[:, -1].tolist() == [1, 1, 2, 8, 0]
    assert encoder.layout_[-1].levels == 9
    assert encoder.get_feature_names_out()[-1] == "amount interval"
    assert "8 intervals" in encoder.summary()


def test_features_by_hand(amounts):
    """The same as 0/1 features; a missing amount has none."""
    frame, y = table(amounts)
    encoder = TableEncoder(intervals=True).fit(frame, y)
    features = encoder.transform(pl.DataFrame({"amount": [-1.0, 1e9, None]}))
    assert [block.width for block in encoder.layout_] == [1, 8, 1]
    of_intervals = features[:, 1:9]
    assert of_intervals.argmax(axis=1)[:2].tolist() == [0, 7]
    assert of_intervals.sum(axis=1).tolist() == [1.0, 1.0, 0.0]


def test_they_come_back_from_a_file(amounts, tmp_path):
    frame, y = table(amounts)
    encoder = TableEncoder(intervals=True).fit(frame, y)
    encoder.save(tmp_path / "e")
    copy = load(tmp_path / "e")
    assert copy.columns_ == encoder.columns_
    assert (copy.transform(frame) == encoder.transform(frame)).all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, r"y must be the target of each row where intervals=True, got None\. Pass fit"),
        (
            [np.nan] * 2000,
            r"y must be finite where intervals=True, got NaN or infinity\. Leave these rows out\.",
        ),
        ([1, 2], r"y must have a target for each of the 2000 rows of X, got shape \(2,\)\. Pass"),
    ],
)
def test_they_need_the_target(amounts, y, message):
    with pytest.raises(DataError, match=message):
        TableEncoder(intervals=True).fit(table(amounts)[0], y)


def test_a_network_learns_the_steps_by_them(amounts):
    """Zeros and steps are told without a mistake by 40 epochs of one small network."""
    settings = {"n_ensemble": 1, "hidden_layer_sizes": (8,), "epochs": 40, "random_state": 0}
    y = stepped(amounts)
    model = TableClassifier("fast", **settings).fit(amounts[:, np.newaxis], y)
    assert model.score(amounts[:, np.newaxis], y) == 1.0
