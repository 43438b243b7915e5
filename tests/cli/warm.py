"""Run the program in forks of one process that has imported the libraries.

Importing them takes seconds, which a hundred runs need not spend a hundred times. A fork is a
process like any other: it has arguments, a folder, an environment, streams and an end of its own,
and imports all of chainrule itself.
"""

import atexit
import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path


def run(args, folder, environment):
    """As `subprocess.run([python, "-m", "chainrule", *args], capture_output=True)`."""
    server = _server()
    with tempfile.TemporaryDirectory() as streams:
        out, err = Path(streams, "out"), Path(streams, "err")
        order = [list(map(str, args)), str(folder), environment, str(out), str(err)]
        print(json.dumps(order), file=server.stdin, flush=True)
        status = int(server.stdout.readline())
        written = (stream.read_text(encoding="utf-8") for stream in (out, err))
        return subprocess.CompletedProcess(args, status, *written)


@cache
def _server():
    """The process that forks; one for each process of the test runner."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-X", "utf8", __file__]
    server = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8")
    atexit.register(server.communicate)
    return server


def serve():
    """Fork for each order that comes in, and answer with the status at the end."""
    import numba  # noqa: F401
    import polars  # noqa: F401
    import rich  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import typer  # noqa: F401

    gc.freeze()  # or each fork would copy the libraries' objects when it ends and looks at them
    for line in sys.stdin:
        with warnings.catch_warnings():
            # The libraries have threads, which look after forks themselves.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if not process:
            _become_the_program(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def _become_the_program(args, folder, environment, out, err):
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate((os.devnull, out, err)):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["chainrule", *args]
    sys.path[0] = folder
    runpy.run_module("chainrule", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    serve()
