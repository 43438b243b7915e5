"""Run all benchmarks: `python -m benchmarks --help`."""

from . import encoding, fit_speed, formulas, memory, predict_speed, solvers, startup
from .options import main

if __name__ == "__main__":
    main(
        "python -m benchmarks",
        {
            "fit_speed": fit_speed.run,
            "predict_speed": predict_speed.run,
            "startup": startup.run,
            "memory": memory.run,
            "encoding": encoding.run,
            "solvers": solvers.run,
            "formulas": formulas.run,
        },
    )
