"""One seed, one answer to the bit: for any number of threads and wherever the fit runs."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

NETWORKS = [f"{n}-{d}" for n in ("small", "middle", "large") for d in ("float32", "float64")]
PLACES = ("thread", "two_threads", "fork", "loky", "one_thread", "three_threads")
# A place takes a few seconds; a deadlock lasts for ever. The first run on a machine compiles.
SECONDS = 180


@cache
def run(threads: int, *places: str) -> dict[str, dict[str, str]]:
    """Digests by place and network, from a new process that may use so many threads."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    script = Path(__file__).with_name("fitted_bits.py")
    done = subprocess.run(
        [sys.executable, str(script), *places],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def reference() -> dict[str, str]:
    return run(2, "main", "other_seed")["main"]


@pytest.mark.parametrize("threads", [1, 3, 8])
@pytest.mark.parametrize("network", NETWORKS)
def test_number_of_threads_does_not_change_a_bit(network, threads):
    assert run(threads, "main")["main"][network] == reference()[network]


@pytest.mark.parametrize("place", PLACES)
def test_place_does_not_change_a_bit(place):
    """A thread, two at once, a forked child, a loky worker, and under threadpool_limits."""
    assert run(2, place)[place] == reference()


def test_twice_in_a_row_does_not_change_a_bit():
    assert run(2, "main", "again")["again"] == reference()


@pytest.mark.parametrize("network", NETWORKS)
def test_another_seed_changes_the_answer(network):
    """The digests above would also agree if they saw nothing."""
    assert run(2, "main", "other_seed")["other_seed"][network] != reference()[network]
