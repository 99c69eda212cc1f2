"""Figures as inline SVG: the same data give the same bytes, and text stays text."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markupsafe import Markup

# Okabe & Ito 2008: told apart by colour-blind readers.
BLUE, VERMILLION, ORANGE = "#0072B2", "#D55E00", "#E69F00"
INK, FAINT = "#222222", "#8a8a8a"
COLOURS = {"selected": BLUE, "scratch": VERMILLION}
MARKERS = {"selected": "D", "scratch": "s"}
DASHES = {"selected": "-", "scratch": (0, (5, 2))}

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "medgraft",
    "text.parse_math": False,  # A class may be called "$x$".
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
}
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_FONT = re.compile(r"'DejaVu Sans'[^;]*")


@dataclass(frozen=True)
class Drawing:
    """A figure of the report.

    Attributes:
        svg: The drawing.
        title: What it shows.
        caption: How to read it.
        width: How wide it may grow, in pixels.
        screen: `all`, or the screens it is drawn for: `wide` or `narrow`.
    """

    svg: Markup
    title: str
    caption: str
    width: int = 400
    screen: str = "all"


@contextmanager
def drawn(style: dict[str, object] | None = None) -> Iterator[None]:
    """Sets our style for the figures made inside, whatever the user's own matplotlibrc says."""
    from matplotlib.style import context

    with warnings.catch_warnings(), context(["default", _STYLE | (style or {})]):
        # The browser has its own fonts for what matplotlib's lacks.
        warnings.filterwarnings("ignore", message="Glyph")
        yield


def as_svg(figure: object, key: str, label: str) -> Markup:
    """Turns a matplotlib figure into SVG that can stand in a page beside others.

    Args:
        figure: A `matplotlib.figure.Figure`, finished.
        key: Unique in the page; keeps the ids of several drawings apart.
        label: What a screen reader says.
    """
    from matplotlib.figure import Figure

    assert isinstance(figure, Figure)  # noqa: S101 - matplotlib is imported late
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    root = ET.fromstring(file.getvalue())  # noqa: S314 - written just above
    _cleaned(root, key)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("style", "stroke-linejoin:round;stroke-linecap:butt")
    ET.register_namespace("", _SVG)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - serialised XML, escaped by ElementTree


def _cleaned(root: ET.Element, key: str) -> None:
    """Drops metadata and the global style, and keeps only the ids that are referred to, made unique."""
    for parent in list(root.iter()):
        for child in list(parent):
            name = child.tag.rpartition("}")[2]
            if name in ("metadata", "style") or (name == "defs" and not len(child)):
                parent.remove(child)
    for element in root.iter():
        name = element.attrib.pop("id", "")
        if name and element.tag != f"{{{_SVG}}}g":
            element.set("id", f"{key}-{name}")
        for attribute, value in list(element.attrib.items()):
            if attribute == _LINK:
                element.attrib.pop(attribute)
                element.set("href", value.replace("#", f"#{key}-", 1))
            elif "url(#" in value:
                element.set(attribute, value.replace("url(#", f"url(#{key}-"))
            elif attribute == "style":
                element.set(attribute, _FONT.sub("system-ui,sans-serif", value))
