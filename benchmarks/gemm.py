"""The machine's peak: how fast one large matrix product runs through SciPy's BLAS."""

import time

import numpy as np
from scipy.linalg import blas
from threadpoolctl import threadpool_limits

# Large enough to run at the peak (17 GFLOP in float32), small enough to take 0.1 s.
ORDER = 2048


class GemmPeak:
    """Times a square sgemm or dgemm."""

    def measure(self, dtype: str, threads: int) -> float:
        """Return the best of three products, in floating-point operations a second."""
        gemm = {"float32": blas.sgemm, "float64": blas.dgemm}[dtype]
        rng = np.random.default_rng(0)
        a, b, c = (np.asfortranarray(rng.random((ORDER, ORDER), dtype=dtype)) for _ in range(3))
        seconds = []
        with threadpool_limits(threads):
            for _ in range(3):
                start = time.perf_counter()
                gemm(1.0, a, b, beta=0.0, c=c, overwrite_c=True)
                seconds.append(time.perf_counter() - start)
        return 2.0 * ORDER**3 / min(seconds)
