"""Time an import and a first fit: `first_fit MODULE [DATA.npz]`.

Nothing but Python itself is loaded before the clock starts.
"""

import json
import sys
import time
from importlib import import_module


def main() -> None:
    start = time.perf_counter()
    classifier = import_module(sys.argv[1]).MLPClassifier  # chainrule loads it when asked for
    seconds = {"import": time.perf_counter() - start}
    if len(sys.argv) > 2:
        import numpy as np

        with np.load(sys.argv[2]) as data:
            X, y = data["X"], data["y"]
        begin = time.perf_counter()
        classifier(random_state=0).fit(X, y)
        end = time.perf_counter()
        seconds |= {"fit": end - begin, "import to end of fit": end - start}
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
