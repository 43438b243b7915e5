"""Command-line options, the same for every benchmark."""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import describe
from .peers import PEERS
from .report import Table
from .sizes import SIZES


@dataclass(frozen=True)
class Options:
    """What to measure and how often."""

    sizes: tuple[str, ...]
    peers: tuple[str, ...]
    dtypes: tuple[str, ...]
    repeats: int
    quick: bool


Benchmark = Callable[[Options], list[Table]]


def _names(known: list[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of comma-separated names out of `known`."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(","))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(
                f"must be names out of {', '.join(known)}, got {', '.join(unknown)}"
            )
        return names

    return read


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text}")
    return int(text)


def _parser(program: str, benchmarks: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="Measure; Markdown to stdout.")
    sizes, peers, dtypes = list(SIZES), list(PEERS), ["float32", "float64"]

    def add_names(flag: str, known: list[str]) -> None:
        shown = "comma-separated, out of: " + ", ".join(known)
        parser.add_argument(flag, type=_names(known), default=tuple(known), help=shown)

    add_names("--sizes", sizes)
    add_names("--peers", peers)
    add_names("--dtypes", dtypes)
    if len(benchmarks) > 1:
        add_names("--only", benchmarks)
    parser.add_argument("--repeats", type=_positive, help="default 7, with --quick 2")
    parser.add_argument("--quick", action="store_true", help="little work: a check, not a result")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the raw numbers")
    return parser


def main(program: str, benchmarks: dict[str, Benchmark]) -> None:
    """Run the chosen benchmarks and print each one's tables as soon as it ends."""
    arguments = _parser(program, list(benchmarks)).parse_args()
    repeats = arguments.repeats or (2 if arguments.quick else 7)
    options = Options(arguments.sizes, arguments.peers, arguments.dtypes, repeats, arguments.quick)
    header = describe() | {"repeats": str(repeats), "quick": "yes" if options.quick else "no"}
    print("".join(f"- {name}: {value}\n" for name, value in header.items()), flush=True)
    report: dict[str, Any] = {"header": header, "tables": []}
    for name in getattr(arguments, "only", benchmarks):
        tables = benchmarks[name](options)
        for table in tables:
            print(table.markdown(), flush=True)
        report["tables"] += [{"benchmark": name, **table.plain()} for table in tables]
        if arguments.json:
            arguments.json.write_text(json.dumps(report, indent=1))
