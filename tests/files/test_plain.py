import json
import math

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule.files.plain import NotPlainError, pack, unpack

from .plain_values import plain_values, same


def no_class(value):
    return None


def no_object(name, state):
    raise AssertionError("no object was stored")


def round_trip(value):
    arrays = {}
    node = json.loads(json.dumps(pack(value, arrays, no_class), allow_nan=False))
    return unpack(node, arrays, no_object)


@given(plain_values)
@settings(max_examples=300, deadline=None)
def test_a_plain_value_comes_back_as_it_was(value):
    assert same(round_trip(value), value)


def test_the_comparison_sees_small_differences():
    assert not same(np.float32(1), np.float64(1))
    assert not same([1], (1,))
    assert not same(0.0, -0.0)
    assert not same(np.array(["a"], "<U1"), np.array(["a"], "<U2"))
    assert not same(np.zeros((1, 2)), np.zeros((2, 1)))


def test_a_random_state_goes_on_with_the_same_draws():
    random = np.random.RandomState(5)
    random.standard_normal(3)
    copy = round_trip(random)
    assert (copy.standard_normal(10) == random.standard_normal(10)).all()


def test_arrays_are_named_by_their_place():
    arrays = {}
    pack({"fitted": {"coefs_": [np.zeros(1), np.ones(2)]}}, arrays, no_class)
    assert list(arrays) == ["fitted.coefs_.0", "fitted.coefs_.1"]


def test_text_of_numpys_own_string_type():
    value = np.array(["a", "longer text"], dtype=np.dtypes.StringDType())
    copy = round_trip(value)
    assert copy.dtype == value.dtype
    assert copy.tolist() == value.tolist()


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        b"bytes",
        1j,
        np.complex64(1),
        np.zeros(2, complex),
        np.zeros(2, "datetime64[s]"),
        np.array([{}], dtype=object),
        lambda: None,
        object(),
        np.random.default_rng(0),
        np.random.RandomState(np.random.PCG64(0)),
    ],
)
def test_what_is_not_plain_is_refused_with_its_place(value):
    with pytest.raises(NotPlainError, match=r"model\.params\.x\.0.* must be"):
        pack({"params": {"x": [value]}}, {}, no_class)


@pytest.mark.parametrize(
    "node",
    [
        {"$unknown": 1},
        {"$array": "missing"},
        {"$scalar": 1, "dtype": "object"},
        {"$scalar": 300, "dtype": "int8"},
        {"$text": ["a"], "dtype": "<U1", "shape": [2]},
        {"$text": ["a"], "dtype": "<U99999999", "shape": [1]},
        {"$text": [{"$object": "X", "state": {}}], "dtype": "object", "shape": [1]},
        {"$text": [[1]], "dtype": "object", "shape": [1]},
        {"$random": "MT19937", "key": {"$array": "a"}, "pos": 0, "has_gauss": 0, "gauss": 0.0},
        {"$float": "one"},
        {"$tuple": 5},
    ],
)
def test_what_pack_never_writes_is_refused(node):
    with pytest.raises((KeyError, ValueError, TypeError, OverflowError)):
        unpack(node, {"a": np.zeros(3)}, no_object)


def test_infinities_are_valid_json():
    assert round_trip([math.inf, -math.inf]) == [math.inf, -math.inf]
