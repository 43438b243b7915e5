"""The model file: `save` and `load`.

One file in the safetensors format: a JSON header that says where each array lies, then the
arrays. Any safetensors reader can list them. The header's metadata has one entry, `chainrule`,
a JSON document:

    format      1, raised when an older chainrule could no longer read the file
    chainrule   the version that wrote it
    sha256      of the arrays and of the rest of this document: finds damage, proves no origin
    model       the model's state as `plain.py` writes it

Nothing in the file is executed, and no class is looked up by a name from the file other than
those in `_CLASSES`.
"""

import hashlib
import importlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.exceptions import ModelFileError

from .atomic import is_special, write_atomically
from .checks import check_layers
from .plain import Arrays, NotPlainError, pack, unpack

FORMAT = 1
_ENTRY = "chainrule"
# safetensors itself refuses longer headers.
_LONGEST_HEADER = 100_000_000

# Every class that a model file may hold, and the module to import when a file holds it.
_CLASSES = {
    "MLPClassifier": "chainrule.estimators",
    "MLPRegressor": "chainrule.estimators",
    "Autoencoder": "chainrule.estimators.autoencoder",
    "GraphModel": "chainrule.training.graph_model",
    "TableClassifier": "chainrule.tables.classifier",
    "TableEncoder": "chainrule.tables.encoding.encoder",
    "TableModel": "chainrule.tables.model",
    "TableRegressor": "chainrule.tables.regressor",
}


def save(model: Any, path: str | os.PathLike[str], *, replace: bool = True) -> None:
    """Write `model` to the file `path`, replacing what is there in one step.

    Raises `ModelFileError` when the model holds what a file cannot, or the file cannot be
    written; the old file is then as it was. Without `replace` a file that is there is refused too.
    """
    data = _to_bytes(model)
    try:
        if is_special(path):
            raise ModelFileError(
                f"path must be a regular file, got {os.fspath(path)!r}, which is a device or a "
                "pipe. Choose another place."
            )
        write_atomically(path, data, replace=replace)
    except FileExistsError as error:
        raise ModelFileError(
            f"path must not name a file that exists, got {os.fspath(path)!r}. Choose another name."
        ) from error
    except OSError as error:
        raise ModelFileError(
            f"path must be a file that can be written, got {os.fspath(path)!r} "
            f"({error.strerror or error}). Nothing was changed; choose another place."
        ) from error


def load(path: str | os.PathLike[str]) -> Any:
    """Read the model that `save` wrote to `path`.

    Raises `ModelFileError` when there is none, or it is damaged, or of a newer format. Loading
    executes nothing from the file.
    """
    shown = os.fspath(path)
    header, data = _read(path)
    document = _document(header, shown)
    arrays = _arrays(data, shown)
    try:
        if document.get("sha256") != _digest(document, arrays):
            raise ModelFileError(_damaged(shown, "its checksum does not match"))
        return unpack(document["model"], arrays, _make)
    except ModelFileError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ModelFileError(_damaged(shown, str(error) or type(error).__name__)) from error
    except RecursionError as error:
        raise ModelFileError(_damaged(shown, "it is nested too deeply")) from error


def is_model_file(path: str | os.PathLike[str]) -> bool:
    """Tell whether `path` holds a chainrule model, of any version, damaged or not."""
    try:
        header, _ = _read(path)
    except ModelFileError:
        return False
    return _ENTRY in header


def _to_bytes(model: Any) -> bytes:
    from safetensors.numpy import save as to_safetensors

    arrays: Arrays = {}
    if _stored_name(model) is None:
        raise ModelFileError(
            f"model must be one of {', '.join(_CLASSES)}, got {type(model).__name__}. "
            "Other models are saved with their own library's tools."
        )
    try:
        state = pack(model, arrays, _stored_name)
    except NotPlainError as error:
        raise ModelFileError(
            f"{error}. A model file holds numbers, text and arrays only; "
            "set that parameter to such a value before saving."
        ) from error
    document = {"format": FORMAT, "chainrule": version("chainrule"), "model": state}
    document["sha256"] = _digest(document, arrays)
    # One entry only: safetensors writes several in an order that changes from run to run.
    return to_safetensors(arrays, metadata={_ENTRY: _text(document)})


def _stored_name(value: Any) -> str | None:
    """Name the class of `value` when it is one of the table's, not a namesake or a subclass."""
    name = type(value).__name__
    return name if name in _CLASSES and type(value) is _class(name) else None


def _class(name: str) -> Any:
    return getattr(importlib.import_module(_CLASSES[name]), name)


def _make(name: str, state: dict[str, Any]) -> Any:
    if name not in _CLASSES:
        raise ValueError(f"it holds a {name!r}, which this chainrule does not know")
    model = _class(name)._from_state(state)
    if hasattr(model, "coefs_"):
        check_layers(model)
    return model


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, str], bytes]:
    """Return the metadata and the whole file."""
    shown = os.fspath(path)
    try:
        if is_special(path):
            # It would be waited for, and can be read only once.
            raise ModelFileError(
                f"path must be a regular file, got {shown!r}, which is a device or a pipe. "
                "Save the model to a file first, and name that."
            )
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(
            f"path must be a model file, got {shown!r}, which does not exist. "
            "Check the name, or make one with `chainrule fit` or `model.save`."
        ) from error
    except IsADirectoryError as error:
        raise ModelFileError(
            f"path must be a model file, got {shown!r}, which is a folder. Name a file in it."
        ) from error
    except PermissionError as error:
        raise ModelFileError(
            f"path must be a file that you may read, got {shown!r}. Change its permissions."
        ) from error
    except OSError as error:
        raise ModelFileError(
            f"path must be a file that can be read, got {shown!r} ({error.strerror}). "
            "Check the disk or the network drive."
        ) from error
    return _metadata(data, shown), data


def _metadata(data: bytes, shown: str) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > _LONGEST_HEADER or data[8:9] != b"{":
        raise ModelFileError(_not_a_model(shown))
    if len(data) < 8 + length:
        raise ModelFileError(_damaged(shown, "it ends too early"))
    try:
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    except (ValueError, RecursionError) as error:
        raise ModelFileError(_damaged(shown, "its header cannot be read")) from error
    return metadata if isinstance(metadata, dict) else {}


def _document(metadata: dict[str, str], shown: str) -> dict[str, Any]:
    if _ENTRY not in metadata:
        raise ModelFileError(_not_a_model(shown))
    try:
        document = json.loads(metadata[_ENTRY])
        form = document["format"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelFileError(_damaged(shown, "its description cannot be read")) from error
    if type(form) is not int or form < 1:
        raise ModelFileError(_damaged(shown, f"its format is {form!r}"))
    if form > FORMAT:
        raise ModelFileError(
            f"format must be at most {FORMAT} for this chainrule, got {form} in {shown!r}, "
            f"written by chainrule {document.get('chainrule')}. "
            "Upgrade with `pip install --upgrade chainrule`."
        )
    return dict(document)


def _arrays(data: bytes, shown: str) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_safetensors

    try:
        arrays = from_safetensors(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelFileError(_damaged(shown, str(error))) from error
    # The arrays share the file's read-only bytes; a model that trains on must own them.
    return {name: np.array(array) for name, array in arrays.items()}


def _digest(document: dict[str, Any], arrays: Arrays) -> str:
    digest = hashlib.sha256()
    digest.update(_text({k: v for k, v in document.items() if k != "sha256"}).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.name} {array.shape}".encode("utf-8", "replace"))
        digest.update(array.tobytes())
    return digest.hexdigest()


def _text(document: dict[str, Any]) -> str:
    # ASCII, so that text with unpaired surrogates survives safetensors' UTF-8.
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def _damaged(shown: str, why: str) -> str:
    return (
        f"path must be an undamaged model file, got {shown!r}: {why}. "
        "Copy it again from where it came from, or train the model again."
    )


def _not_a_model(shown: str) -> str:
    return (
        f"path must be a chainrule model file, got {shown!r}, which is something else. "
        "Name a file made by `chainrule fit` or `model.save`."
    )
