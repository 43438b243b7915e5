"""The command line of the accuracy benchmark."""

import argparse
import sys
from pathlib import Path

from .data import LEAST_ROWS, VARIABLE
from .peers import MODELS
from .records import CACHE


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Errors and times on real tables; Markdown to stdout. Results are cached.",
    )
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--tables", nargs="+", help=f"default: all of {LEAST_ROWS} rows and more")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="of the splits")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help=f"the tables; also in {VARIABLE}"
    )
    parser.add_argument(
        "--peer-python",
        default=sys.executable,
        metavar="FILE",
        help="the interpreter that has the peers' libraries; chainrule always runs in this one",
    )
    parser.add_argument("--time-limit", type=float, default=900.0, help="seconds a fit")
    parser.add_argument(
        "--results", type=Path, default=CACHE, metavar="FOLDER", help="the cache of results"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--cached", action="store_true", help="fit nothing, only show the cache")
    how.add_argument(
        "--fresh",
        type=Path,
        metavar="FOLDER",
        help="fit everything anew, warmed up, for times; results go to this folder",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the raw numbers")
    return parser
