"""Peak memory of an encoding in this process: `encoding_memory LIBRARY ROWS CONTAINER`."""

import gc
import json
import sys
from pathlib import Path

from ..mixed_tables import make_encoder, make_table
from .fit_memory import peak_memory

CLEAR = Path("/proc/self/clear_refs")


def forget_peak() -> None:
    """Let the peak begin anew: that of making the table is not the encoding's (Linux only)."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def main() -> None:
    """Print the peak before and after `fit_transform`, and the bytes of the float32 matrix."""
    library, rows, container = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    table = make_table(rows, container)
    encoder = make_encoder(library, "robust", table)
    # Once on a few rows: what the library loads late is not the encoding's.
    encoder.fit_transform(table[:1000])
    gc.collect()
    forget_peak()
    before = peak_memory()
    matrix = encoder.fit_transform(table)
    peaks = {"before": before, "matrix": 4.0 * matrix.size, "after": peak_memory()}
    print(json.dumps(peaks))


if __name__ == "__main__":
    main()
