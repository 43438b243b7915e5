"""A picture of matplotlib as SVG inside a page: its colours and fonts are the page's own."""

import io
import re
import warnings
from collections.abc import Callable, Iterable
from xml.etree import ElementTree

import matplotlib.style
from cycler import cycler
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from ..words import number

# A picture is drawn in these colours, each of which the page replaces by its own of that name, so
# that it can be light or dark. The three of the data (Okabe and Ito's) differ for the colour-blind.
INK, MUTED, GRID, ON_STRONG = "#1f2328", "#59636e", "#d1d9e0", "#fefefe"
FIRST, SECOND, THIRD = "#0072b2", "#d55e00", "#009e73"
VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    ON_STRONG: "on-strong",
    FIRST: "first",
    SECOND: "second",
    THIRD: "third",
}
STYLE = {
    "svg.fonttype": "none",
    "font.size": 9,
    "text.color": INK,
    "axes.prop_cycle": cycler(color=[FIRST, SECOND, THIRD]),
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.color": GRID,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
}
# Of the page, for each point of matplotlib: makes its 9 points the size of the page's tables.
PIXELS = 1.4
_REFERENCE = re.compile(r"#(?=[A-Za-z])")


def picture(draw: Callable[[], Figure], name: str, alt: str) -> str:
    """Draw, and return an `<svg>` element; `name` keeps its ids apart from other pictures'."""
    stream = io.BytesIO()
    style = {**STYLE, "svg.hashsalt": name}
    with matplotlib.style.context(["default", style]), warnings.catch_warnings():
        # A name in letters that matplotlib's font lacks: the page's font has them.
        warnings.simplefilter("ignore")
        draw().savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(stream.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    _adapt(root, name)
    box = root.get("viewBox", "")
    # The same text size in all pictures where there is room, and never larger.
    widest = f"max-width: {float(box.split()[2]) * PIXELS:.0f}px"
    root.attrib.clear()
    root.attrib.update({"viewBox": box, "role": "img", "aria-label": alt, "style": widest})
    return ElementTree.tostring(root, encoding="unicode")


def _adapt(root: ElementTree.Element, name: str) -> None:
    """Take namespaces and fonts away, give colours by name, and make ids the picture's own."""
    text = " ".join(value for element in root.iter() for value in element.attrib.values())
    for element in root.iter():
        element.tag = element.tag.partition("}")[2]
        attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        element.attrib.clear()
        for key, value in attributes.items():
            if key == "id":
                if f"#{value}" in text:
                    element.set(key, f"{name}-{value}")
            elif key == "style":
                element.set(key, _style(value, name))
            else:
                element.set(key, _REFERENCE.sub(f"#{name}-", value))


def _style(style: str, name: str) -> str:
    parts = [part for part in style.split("; ") if not part.startswith("font-family")]
    return "; ".join(_coloured(part, name) for part in parts)


def _coloured(part: str, name: str) -> str:
    key, _, value = part.partition(": ")
    if value in VARIABLES:
        return f"{key}: var(--{VARIABLES[value]})"
    return f"{key}: {value.replace('url(#', f'url(#{name}-')}"


def write_numbers(*axes: Axis) -> None:
    """Write the numbers of the axes as the tables do."""
    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, place: number(value)))


def plain(texts: Iterable[Text]) -> None:
    """Keep `$` in a user's names from being read as a formula."""
    for text in texts:
        text.set_parse_math(False)
