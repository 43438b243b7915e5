"""Accuracy beside the peers: `python -m benchmarks.accuracy --help`."""

import argparse
import json
import sys
from pathlib import Path

from ..machine import describe
from ..report import progress
from ..worker import UnavailableError
from . import data
from .options import parser
from .records import Records
from .results import Results
from .runs import Runner
from .summary import compared, report


def main() -> None:
    """Fit what is missing, then print the tables."""
    options = parser().parse_args()
    cache = options.fresh or options.results
    records = {model: Records(cache, model) for model in compared(options.models)}
    if options.cached:
        tables = options.tables or _known(records)
        notes = []
    else:
        folder, tables = _folder_and_tables(options)
        notes = _fill(options, tables, folder, records)
    header = describe()
    print("".join(f"- {name}: {value}\n" for name, value in header.items()))
    results, unfinished = _collect(records, tables, options.seeds)
    shown = report(results)
    shown[-1].notes += notes + unfinished
    text = "\n".join(table.markdown() for table in shown)
    print(text, flush=True)
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        plain = {"header": header, "tables": [table.plain() for table in shown]}
        options.json.write_text(json.dumps(plain, indent=1))


def _known(records: dict[str, Records]) -> list[str]:
    """Return the cached tables that are large enough, the smallest first."""
    sizes: dict[str, int] = {}
    for kept in records.values():
        sizes |= kept.sizes()
    return sorted((name for name in sizes if sizes[name] >= data.LEAST_ROWS), key=sizes.__getitem__)


def _folder_and_tables(options: argparse.Namespace) -> tuple[Path, list[str]]:
    try:
        folder = data.folder(options.data)
    except data.NoTablesError as error:
        sys.exit(str(error))
    known = data.names(folder)
    if unknown := [name for name in options.tables or [] if name not in known]:
        sys.exit(f"--tables must be out of {', '.join(known)}, got {', '.join(unknown)}.")
    return folder, options.tables or data.names(folder, data.LEAST_ROWS)


def _fill(
    options: argparse.Namespace, tables: list[str], folder: Path, records: dict[str, Records]
) -> list[str]:
    """Fit what the caches lack, all models on one split before the next; return notes."""
    runner = Runner(options.peer_python, folder, options.time_limit, warm=bool(options.fresh))
    versions, notes = {}, []
    for model in options.models:
        try:
            versions[model] = runner.version(model)
        except UnavailableError as error:
            notes.append(f"{model}: from the cache only: {error}")
    for seed in options.seeds:
        for table in tables:
            for model, version in versions.items():
                cached = None if options.fresh else records[model].get(table, seed, version)
                if not runner.settles(cached):
                    progress(f"{table}, seed {seed}: {model}")
                    records[model].add(runner.fit(model, table, seed, version))
    return notes


def _collect(
    records: dict[str, Records], tables: list[str], seeds: list[int]
) -> tuple[Results, list[str]]:
    """Return the finished fits, and a line on each that was not."""
    results, unfinished = Results(tables, seeds, {}), []
    for model, kept in records.items():
        found = {(t, s): r for t in tables for s in seeds if (r := kept.get(t, s))}
        done = {key: record for key, record in found.items() if record["status"] == "done"}
        if done:
            results.done[model] = done
        for (table, seed), record in found.items():
            if record["status"] != "done":
                why = record.get("reason") or f"not done in {record['seconds']:.0f} s"
                unfinished.append(f"{model} on {table}, seed {seed}: {why}")
    return results, unfinished


if __name__ == "__main__":
    main()
