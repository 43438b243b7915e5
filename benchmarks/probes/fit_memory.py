"""Peak memory of fits in this process: `fit_memory LIBRARY ROWS COLUMNS`.

Two fits: of a few rows, which loads what the library loads late, and of the whole table.
"""

import gc
import json
import resource
import sys
import warnings
from pathlib import Path

import numpy as np

from ..estimators import classifier
from ..sizes import make_rows

CLASSES, FEW_ROWS = 7, 2_000
STATUS = Path("/proc/self/status")


def _status(field: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return 1024.0 * int(line.split()[1])


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in bytes.

    Linux keeps it as VmHWM. getrusage gives the same number, but a child may inherit its
    parent's, so it serves only where there is no /proc; macOS counts it in bytes.
    """
    if STATUS.exists():
        return _status("VmHWM")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) if sys.platform == "darwin" else 1024.0 * peak


def _fit(library: str, X: np.ndarray, y: np.ndarray) -> None:
    estimator = classifier(
        library, hidden_layer_sizes=(100,), batch_size=1000, max_iter=1, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one epoch does not converge
        estimator.fit(X, y)


def main() -> None:
    """Print the peaks before any fit, after the small one and after the large one."""
    library, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    classifier(library)
    X = make_rows(rows, columns, "float32")
    y = np.random.default_rng(1).integers(CLASSES, size=rows)
    gc.collect()
    peaks = {"data": float(X.nbytes + y.nbytes), "before": peak_memory()}
    _fit(library, X[:FEW_ROWS], y[:FEW_ROWS])
    peaks["small fit"] = peak_memory()
    _fit(library, X, y)
    peaks["fit"] = peak_memory()
    print(json.dumps(peaks))


if __name__ == "__main__":
    main()
