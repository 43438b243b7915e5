"""Values of options that need reading or checking before work begins."""

import logging
import os
from pathlib import Path

from chainrule.exceptions import DataError
from chainrule.formulas import ACTIVATIONS, LEARNED_ACTIVATIONS, lookup

# As in chainrule.tables, whose import would take a second.
TASKS = ("auto", "classification", "regression")
EMBEDDINGS = ("none", "pbld", "plr", "ple")
TRANSFORMS = ("power",)
PRESETS = ("fast", "default", "best", "realmlp-td", "realmlp-td-s", "tabm", "mlp")
# Streams of the program, though a file be behind one.
_STREAMS = ("/dev/std", "/dev/fd/", "/proc/")


def complete_task(incomplete: str) -> list[str]:
    """Give the shell the tasks that begin so."""
    return [name for name in TASKS if name.startswith(incomplete)]


def complete_preset(incomplete: str) -> list[str]:
    """Give the shell the presets that begin so."""
    return [name for name in PRESETS if name.startswith(incomplete)]


def complete_embeddings(incomplete: str) -> list[str]:
    """Give the shell the embeddings that begin so."""
    return [name for name in EMBEDDINGS if name.startswith(incomplete)]


def complete_transform(incomplete: str) -> list[str]:
    """Give the shell the transforms of a target that begin so."""
    return [name for name in TRANSFORMS if name.startswith(incomplete)]


def complete_activation(incomplete: str) -> list[str]:
    """Give the shell the activations that begin so."""
    return [name for name in _activations() if name.startswith(incomplete)]


def _activations() -> dict[str, None]:
    return dict.fromkeys([*ACTIVATIONS, *LEARNED_ACTIVATIONS])


def check_choices(
    *,
    task: str,
    preset: str,
    activation: str | None = None,
    embeddings: str | None = None,
    target_transform: str | None = None,
) -> None:
    """Refuse a misspelt name, before anything slow is imported."""
    try:
        lookup(dict.fromkeys(TASKS), "task", task)
        lookup(dict.fromkeys(PRESETS), "preset", preset)
        if activation is not None:
            lookup(_activations(), "activation", activation)
        if embeddings is not None:
            lookup(dict.fromkeys(EMBEDDINGS), "embeddings", embeddings)
        if target_transform is not None:
            lookup(dict.fromkeys(TRANSFORMS), "target_transform", target_transform)
    except ValueError as error:
        raise DataError(str(error)) from error


def mute(quiet: bool) -> None:
    """With `quiet`, keep back what the package tells of itself, such as that it compiles."""
    if quiet:
        logging.getLogger("chainrule").setLevel(logging.WARNING)


def hidden_sizes(text: str) -> tuple[int, ...]:
    """Read "64,64" as (64, 64), and "none" as no hidden layer."""
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise DataError(
            f"hidden must be whole numbers with commas between them, got {text!r}. "
            "For two layers of 64 units: --hidden 64,64; for no hidden layer: --hidden none."
        ) from error


def check_page(page: Path, *, force: bool, **others: Path) -> None:
    """Refuse, before any work, a report as a page that could not or should not be written."""
    check_not_input(page, "report", **others)
    check_place(page, "report", force=force)
    if not page.name.lower().endswith((".html", ".htm")):
        raise DataError(
            f"report must end in .html, got {str(page)!r}. Name it so; as text the report is "
            "printed, and `> report.txt` keeps it."
        )
    from chainrule.reports.extras import require

    require(("matplotlib", "jinja2"), "report", "a report as a page")


def check_place(out: Path, role: str = "out", *, force: bool) -> None:
    """Refuse, before any work, a place that cannot be written, or is taken unless with `force`."""
    check_folder(out, role)
    if out.exists() and not force:
        raise DataError(
            f"{role} must not name a file that exists, got {str(out)!r}. "
            "Choose another name, or pass --force to replace it."
        )


def check_folder(out: Path, role: str = "out") -> None:
    """Refuse a folder, a device, or a file in a folder that is not there or not writable."""
    if str(out) == "-":
        raise DataError(
            f"{role} must be a file, got '-': it is not written to the screen. Name a file; one "
            "called so is ./-"
        )
    if out.is_dir():
        raise DataError(f"{role} must be a file, got the folder {str(out)!r}. Name a file in it.")
    if out.exists() and (not out.is_file() or str(out).startswith(_STREAMS)):
        raise DataError(
            f"{role} must be a regular file, got {str(out)!r}, which is a device or a pipe. "
            "Choose another name."
        )
    folder = out.resolve().parent
    # Resolved, no/../m is m, but nothing can be opened under the longer name.
    for parent in (folder, out.parent):
        if not parent.is_dir():
            raise DataError(
                f"{role} must be in an existing folder, got {str(out)!r}. Make {parent} first."
            )
    if not os.access(folder, os.W_OK):
        raise DataError(
            f"{role} must be in a folder that you may write to, got {str(out)!r}. Choose another."
        )


def check_not_input(out: Path, name: str = "out", **others: Path) -> None:
    """Refuse to write over a file that is read, or written too."""
    for role, path in others.items():
        if out.resolve() == path.resolve() or (
            out.exists() and path.exists() and out.samefile(path)
        ):
            raise DataError(
                f"{name} must not be the {role} itself, got {str(out)!r}. Choose another name."
            )


def check_model(path: Path) -> None:
    """Refuse at once, before anything slow is imported, a file that is no model."""
    from chainrule.files import is_model_file, load

    if not is_model_file(path):
        load(path)
