"""One fit in a process of its own: `fit_one MODEL TABLE SEED FOLDER [warm]`.

It runs in whichever Python has the peer's library, so it uses nothing of chainrule's own. With
`warm` a small fit comes before the clock starts. `fit_one MODEL` only tells the versions.
"""

import json
import os
import platform
import sys
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..machine import cores, processor
from .peers import MODELS


def describe(model: str) -> dict[str, str]:
    """Return the versions of the libraries that the model uses."""
    return {library: _version(library) for library in MODELS[model].libraries}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def measure(model: str, table: str, seed: int, folder: Path, warm: bool) -> dict[str, Any]:
    """Return the scores and times of one fit."""
    from . import data, scores

    split = data.split(folder, table, seed)
    if warm:
        MODELS[model].make(split.task, seed).fit(*data.few(split))
    estimator = MODELS[model].make(split.task, seed)
    load = os.getloadavg()[0]
    start = time.perf_counter()
    estimator.fit(split.X_train, split.y_train)
    fitted = time.perf_counter()
    predicted = estimator.predict(split.X_test)
    end = time.perf_counter()
    if split.task == "regression":
        measured = scores.of_numbers(split.y_test, predicted)
    else:
        probabilities = estimator.predict_proba(split.X_test)
        measured = scores.of_probabilities(split.y_test, predicted, probabilities)
    return {
        "task": split.task,
        **{name: None if x is None else float(f"{x:.6g}") for name, x in measured.items()},
        "seconds": round(fitted - start, 3),
        "predict_seconds": round(end - fitted, 3),
        "rows": [len(split.X_train), len(split.X_test)],
        "split": split.fingerprint,
        "load": [round(load, 2), round(os.getloadavg()[0], 2)],
    }


def machine() -> dict[str, Any]:
    """Return where it ran."""
    return {"processor": processor(), "cores": cores(), "python": platform.python_version()}


def main() -> None:
    """Print the answer as JSON on the last line."""
    warnings.simplefilter("ignore")
    model, *task = sys.argv[1:]
    answer: dict[str, Any] = {"versions": describe(model)}
    if task:
        table, seed, folder, *how = task
        answer |= measure(model, table, int(seed), Path(folder), how == ["warm"])
        answer["machine"] = machine()
    print("\n" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
