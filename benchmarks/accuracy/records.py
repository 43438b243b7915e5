"""Cached results: one JSON-lines file a model, one line a table and seed."""

import json
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Key = tuple[str, int]

CACHE = Path(__file__).parents[1] / "results" / "accuracy"


class Records:
    """The results of one model, kept in a file that is written after every fit."""

    def __init__(self, folder: Path, model: str) -> None:
        self._file = folder / f"{model}.jsonl"
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        records = [json.loads(line) for line in lines if line]
        self._records: dict[Key, Record] = {(r["table"], r["seed"]): r for r in records}

    def get(self, table: str, seed: int, version: str = "") -> Record | None:
        """Return the result if there is one, of this version unless none is named."""
        record = self._records.get((table, seed))
        if record is None or (version and record["version"] != version):
            return None
        return record

    def sizes(self) -> dict[str, int]:
        """Return table -> rows of the tables with a finished fit."""
        return {r["table"]: sum(r["rows"]) for r in self._records.values() if "rows" in r}

    def add(self, record: Record) -> None:
        """Keep a result in place of an older one."""
        self._records[record["table"], record["seed"]] = record
        lines = [json.dumps(self._records[key]) for key in sorted(self._records)]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text("\n".join(lines) + "\n")
        fresh.replace(self._file)
