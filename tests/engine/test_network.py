"""A network's records: what compiled code reads by address, and Python writes."""

import threading

import numpy as np
import pytest

from chainrule.engine import network as network_module
from chainrule.engine.network import Job

from .networks import network, one_hidden


def test_two_threads_that_come_at_once_get_the_same_instructions(monkeypatch):
    """Each keeps their address for good; those of the one that came last must not replace them."""
    net = network(one_hidden("tanh"), "squared_error")
    make, both = network_module.instructions, threading.Barrier(2)

    def slowly(*arguments, **options):
        made = make(*arguments, **options)
        both.wait(60.0)
        return made

    monkeypatch.setattr(network_module, "instructions", slowly)
    found = []
    threads = [threading.Thread(target=lambda: found.append(net.forward_records)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1] is net.forward_records


def test_a_structure_writes_into_the_record_and_takes_nothing_that_does_not_fit():
    job = Job(5, 4, np.int64(3))
    assert [int(job._memory[0][name]) for name in ("n_rows", "batch_rows", "chunk_rows")] == [
        *(5, 4, 3)
    ]
    with pytest.raises(AttributeError):
        job.record.rows = 1
    for wrong in (None, 1.5, np.bool_(True)):
        with pytest.raises(TypeError):
            job.record.n_rows = wrong
