"""Fits networks in places named on the command line; prints a digest of every bit they learn.

A script of its own, so that thread settings of the environment hold from the process's first
import and a deadlock ends at the caller's time limit. Places: main, again, thread, two_threads,
fork, loky, one_thread, three_threads.
"""

import hashlib
import json
import multiprocessing
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from chainrule import MLPClassifier

# Inputs, hidden layers, classes; rows, rows a batch, epochs. The last batch is a short one. The
# first is too small for threads to pay, the last large enough for matrix products to be split.
NETWORKS = {
    "small": ((10, 32, 2), 300, 32, 4),
    "middle": ((54, 100, 7), 1500, 200, 3),
    "large": ((200, 256, 256, 10), 1800, 512, 2),
}


def digest(name: str, dtype: str, seed: int = 0) -> str:
    (n_columns, *hidden, n_classes), n_rows, batch_size, epochs = NETWORKS[name]
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, n_columns)).astype(dtype)
    y = (X[:, :n_classes] ** 2).argmax(axis=1)
    settings = {"batch_size": batch_size, "max_iter": epochs, "random_state": seed}
    model = MLPClassifier(hidden_layer_sizes=hidden, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    learnt = [*model.coefs_, *model.intercepts_, np.array(model.loss_curve_)]
    learnt.append(model.predict_proba(X))
    return hashlib.sha256(b"".join(array.tobytes() for array in learnt)).hexdigest()


def digests(seed: int = 0) -> dict[str, str]:
    pairs = [(name, dtype) for name in NETWORKS for dtype in ("float32", "float64")]
    return {f"{name}-{dtype}": digest(name, dtype, seed) for name, dtype in pairs}


def in_two_threads() -> dict[str, str]:
    """Two fits at once; both have to agree."""
    with ThreadPoolExecutor(2) as pool:
        first, second = (future.result() for future in [pool.submit(digests) for _ in range(2)])
    return first if first == second else {}


def in_thread() -> dict[str, str]:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(digests).result()


def in_fork() -> dict[str, str]:
    """A child forked from a process that has trained, and whose threads it does not have."""
    digests()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(digests)


def in_loky() -> dict[str, str]:
    results = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(digests)() for _ in range(2))
    return results[0] if results[0] == results[1] else {}


def limited(threads: int) -> dict[str, str]:
    with threadpool_limits(threads):
        return digests()


PLACES = {
    "main": digests,
    "again": digests,
    "other_seed": lambda: digests(seed=1),
    "thread": in_thread,
    "two_threads": in_two_threads,
    "fork": in_fork,
    "loky": in_loky,
    "one_thread": lambda: limited(1),
    "three_threads": lambda: limited(3),
}

if __name__ == "__main__":
    print(json.dumps({place: PLACES[place]() for place in sys.argv[1:]}))
