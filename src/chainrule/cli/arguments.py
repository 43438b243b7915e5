"""Arguments and options that several commands take, each described once."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .options import (
    PRESETS,
    complete_embeddings,
    complete_preset,
    complete_task,
    complete_transform,
)

NETWORK = "The network, where the preset's is not wanted"


def preset_option(purpose: str) -> Any:
    """The option --preset; `purpose` says what the command does with it."""
    return typer.Option(
        "--preset",
        "-p",
        metavar="NAME",
        autocompletion=complete_preset,
        help=f"{purpose}: {', '.join(PRESETS)}.",
    )


TableFile = Annotated[
    Path,
    typer.Argument(
        help="Table: .csv .tsv .jsonl, these also as .gz or .zst; .parquet .arrow .feather"
    ),
]
ModelFile = Annotated[Path, typer.Argument(help="Model file, made by chainrule fit.")]
Target = Annotated[str, typer.Option("--target", "-t", metavar="COLUMN", help="Column to learn.")]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", help="Where to save the model; no file that exists, unless with --force."
    ),
]
Page = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="PAGE.html", help="Also write the report as a page, opens offline."
    ),
]
Task = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        autocompletion=complete_task,
        help="auto, classification or regression; auto goes by the column.",
    ),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="COLUMN=KIND",
        help="What a column is, where it looks like something else: zip=categorical; may be given "
        "several times.",
    ),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="COLUMN", help="Column to leave out; may be given several times."
    ),
]
Embeddings = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=complete_embeddings,
        help="Of numeric columns: none, pbld (cosines), plr (waves and a layer), ple (bins).",
        rich_help_panel=NETWORK,
    ),
]
TargetTransform = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=complete_transform,
        help="power: train on a power of the numbers that makes a skewed target more normal.",
    ),
]
TestFraction = Annotated[float, typer.Option(help="Rows held out to score the model; 0 for none.")]
ReplaceAny = Annotated[
    bool, typer.Option("--force", help="Replace --out and --report if they exist.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
