"""What the figures were measured on: processor, cores, load, versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# How the environment sets the libraries' arithmetic and threads: OPENBLAS_CORETYPE alone can halve
# the speed of scikit-learn.
SETTINGS = ("OPENBLAS_", "OMP_", "GOMP_", "MKL_", "BLIS_", "XLA_", "NUMBA_", "NPY_")
LIBRARIES = ("chainrule", "scikit-learn", "numpy", "scipy", "numba", "torch", "jax")


def cores() -> int:
    """Return the cores that this process may use: its affinity, lowered by OMP_NUM_THREADS."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(allowed, int(limit)) if limit.isdigit() and int(limit) > 0 else allowed


def processor() -> str:
    """Return the processor's name, as Linux gives it or as Python knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def settings() -> str:
    """Return the variables of the environment that make libraries faster or slower."""
    found = sorted(name for name in os.environ if name.startswith(SETTINGS))
    return ", ".join(f"{name}={os.environ[name]}" for name in found) or "none"


def describe() -> dict[str, str]:
    """Return the header of a report, one line a fact."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "processor": processor(),
        "cores used": str(cores()),
        "load before the run": f"{load:.2f}",
        "settings in the environment": settings(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{library: _installed(library) for library in LIBRARIES},
    }
