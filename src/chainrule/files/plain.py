"""Plain values to JSON and arrays, and back.

A plain value is None, a bool, int, float or str, a list, tuple or dict of plain values, a NumPy
scalar, an array of numbers, booleans or text, a `numpy.random.RandomState`, or an object of a
class in the table that `pack` and `unpack` are given. JSON has none of the later ones, so each
is a JSON object with one key that begins with `$`:

    {"$float": "nan"}                                infinite or not a number
    {"$tuple": [...]}   {"$dict": [[key, value]]}    a dict whose keys are not all text
    {"$scalar": 0.5, "dtype": "float32"}             a NumPy scalar
    {"$array": "fitted.coefs_.0"}                    an array, stored beside the JSON by that name
    {"$text": ["a", "b"], "dtype": "<U1", "shape": [2]}
    {"$random": "MT19937", "key": ..., "pos": ..., "has_gauss": ..., "gauss": ...}
    {"$object": "MLPClassifier", "state": {...}}
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray[Any, Any]]

# What safetensors holds and NumPy knows.
STORED_DTYPES = frozenset(
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
    ]
)
# A wide text array costs width times length; no class label comes near this many characters.
WIDEST_TEXT = 4096
MT19937_WORDS = 624
# An array of Python objects (class labels, mostly) may hold these and None.
_TEXT_ITEMS = (bool, int, float, str)


class NotPlainError(ValueError):
    """A value that the model file cannot hold."""


def pack(value: Any, arrays: Arrays, name_of: Callable[[Any], str | None], path: str = "") -> Any:
    """Turn `value` into JSON; its arrays are added to `arrays`, named by their path.

    `name_of` gives the stored name of an object's class, or None when it must not be stored.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if type(value) is list:
        return [pack(v, arrays, name_of, f"{path}.{i}") for i, v in enumerate(value)]
    if type(value) is tuple:
        return {"$tuple": [pack(v, arrays, name_of, f"{path}.{i}") for i, v in enumerate(value)]}
    if isinstance(value, dict):
        return _pack_dict(value, arrays, name_of, path)
    if isinstance(value, np.generic):
        return _pack_scalar(value, path)
    if type(value) is np.ndarray:
        return _pack_array(value, arrays, name_of, path)
    if type(value) is np.random.RandomState:
        return _pack_random(value, arrays, path)
    name = name_of(value)
    if name is None:
        raise NotPlainError(f"{_shown(path)} must be a plain value, got {type(value).__name__}")
    return {"$object": name, "state": pack(value._to_state(), arrays, name_of, path)}


def _pack_dict(
    value: Mapping[Any, Any], arrays: Arrays, name_of: Callable[[Any], str | None], path: str
) -> Any:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: pack(v, arrays, name_of, f"{path}.{key}") for key, v in value.items()}
    pairs = enumerate(value.items())
    return {
        "$dict": [
            [pack(k, arrays, name_of, f"{path}.{i}.key"), pack(v, arrays, name_of, f"{path}.{i}")]
            for i, (k, v) in pairs
        ]
    }


def _pack_scalar(value: np.generic, path: str) -> Any:
    if isinstance(value, np.str_):
        return {"$scalar": str(value), "dtype": "str"}
    if value.dtype.name not in STORED_DTYPES:
        raise NotPlainError(f"{_shown(path)} must be a plain value, got {value.dtype.name}")
    item = value.item()
    shown = repr(item) if type(item) is float and not math.isfinite(item) else item
    return {"$scalar": shown, "dtype": value.dtype.name}


def _pack_array(
    value: np.ndarray[Any, Any],
    arrays: Arrays,
    name_of: Callable[[Any], str | None],
    path: str,
) -> Any:
    if value.dtype.name in STORED_DTYPES:
        name = path.lstrip(".") or "array"
        while name in arrays:
            name += "_"
        arrays[name] = np.asarray(value, dtype=value.dtype.newbyteorder("="), order="C")
        return {"$array": name}
    items = value.ravel().tolist()
    if value.dtype.kind == "U":
        width = min(value.dtype.itemsize // 4, max(WIDEST_TEXT, *map(len, ["", *items])))
        return {"$text": items, "dtype": f"<U{width}", "shape": list(value.shape)}
    if value.dtype.kind not in "OT":
        raise NotPlainError(
            f"{_shown(path)} must be an array of numbers or text, got {value.dtype}"
        )
    if not all(v is None or type(v) in _TEXT_ITEMS for v in items):
        raise NotPlainError(f"{_shown(path)} must be an array of numbers or text, got objects")
    packed = [pack(v, arrays, name_of, f"{path}.{i}") for i, v in enumerate(items)]
    dtype = "object" if value.dtype.kind == "O" else "StringDType"
    return {"$text": packed, "dtype": dtype, "shape": list(value.shape)}


def _pack_random(value: np.random.RandomState, arrays: Arrays, path: str) -> Any:
    state: dict[str, Any] = value.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        raise NotPlainError(
            f"{_shown(path)} must be a RandomState over MT19937, got {state['bit_generator']}"
        )
    return {
        "$random": "MT19937",
        "key": _pack_array(state["state"]["key"], arrays, lambda _: None, f"{path}.key"),
        "pos": int(state["state"]["pos"]),
        "has_gauss": int(state["has_gauss"]),
        "gauss": float(state["gauss"]),
    }


def unpack(node: Any, arrays: Arrays, make: Callable[[str, dict[str, Any]], Any]) -> Any:
    """Turn JSON back into the value; ValueError, KeyError or TypeError when it is not of the form.

    `make(name, state)` makes an object of a stored class.
    """
    if isinstance(node, list):
        return [unpack(v, arrays, make) for v in node]
    if not isinstance(node, dict):
        return node
    tag = next(iter(node), "")
    if not tag.startswith("$"):
        return {key: unpack(v, arrays, make) for key, v in node.items()}
    if tag == "$object":
        return make(str(node[tag]), unpack(node["state"], arrays, make))
    if tag == "$tuple":
        return tuple(unpack(v, arrays, make) for v in node[tag])
    if tag == "$dict":
        return {unpack(k, arrays, make): unpack(v, arrays, make) for k, v in node[tag]}
    return _LEAVES[tag](node, arrays)


def _unpack_float(node: dict[str, Any], arrays: Arrays) -> float:
    return float(node["$float"])


def _unpack_array(node: dict[str, Any], arrays: Arrays) -> np.ndarray[Any, Any]:
    return arrays[node["$array"]]


def _unpack_scalar(node: dict[str, Any], arrays: Arrays) -> np.generic:
    if node["dtype"] == "str":
        return np.str_(node["$scalar"])
    if node["dtype"] not in STORED_DTYPES:
        raise ValueError(f"unknown kind of number {node['dtype']!r}")
    scalar: np.generic = np.dtype(node["dtype"]).type(node["$scalar"])
    return scalar


def _unpack_text(node: dict[str, Any], arrays: Arrays) -> np.ndarray[Any, Any]:
    items = [unpack(v, arrays, _no_objects) for v in node["$text"]]
    if not all(v is None or type(v) in _TEXT_ITEMS for v in items):
        raise ValueError("an array of text with something else in it")
    return np.asarray(_text_array(items, node["dtype"])).reshape([int(n) for n in node["shape"]])


def _text_array(items: list[Any], dtype: str) -> np.ndarray[Any, Any]:
    if dtype == "StringDType":
        return np.array(items, dtype=np.dtypes.StringDType())
    if dtype == "object":
        array = np.empty(len(items), dtype=object)
        array[:] = items
        return array
    width = int(dtype.removeprefix("<U"))
    if width > max(WIDEST_TEXT, *map(len, ["", *items])):
        raise ValueError(f"text array wider than its text: {dtype!r}")
    return np.array(items, dtype=f"<U{width}")


def _unpack_random(node: dict[str, Any], arrays: Arrays) -> np.random.RandomState:
    key = _unpack_array(node["key"], arrays)
    pos = int(node["pos"])
    if key.shape != (MT19937_WORDS,) or key.dtype != np.uint32 or not 0 <= pos <= MT19937_WORDS:
        raise ValueError("the random state is not one of MT19937")
    random = np.random.RandomState(0)
    random.set_state(("MT19937", key, pos, int(node["has_gauss"]), float(node["gauss"])))
    return random


def _no_objects(name: str, state: dict[str, Any]) -> Any:
    raise ValueError("an object inside an array of text")


_LEAVES: dict[str, Callable[[dict[str, Any], Arrays], Any]] = {
    "$float": _unpack_float,
    "$scalar": _unpack_scalar,
    "$array": _unpack_array,
    "$text": _unpack_text,
    "$random": _unpack_random,
}


def _shown(path: str) -> str:
    return f"model{path}" if path else "the value"
