"""The share of each class over the versions of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.site.panel import new_panel

MOST = 5
"""Classes with a line of their own, those with the most cases; the others share one."""
_LOOKS = (
    (drawing.BLUE, "o", "-"),
    (drawing.VERMILLION, "s", "--"),
    ("#009E73", "^", "-."),
    (drawing.ORANGE, "D", ":"),
    ("#CC79A7", "v", "-"),
    (drawing.INK, "x", "--"),
)
LETTERS = 18
"""Of a class's name in the legend; the table has all of it."""


def draw_balance(key: str, days: Sequence[str], balances: Sequence[Mapping[str, int]]) -> Drawing:
    """Draws it.

    Args:
        key: Unique in the page.
        days: Of the versions, the oldest first.
        balances: Cases in use by class, of each version; empty where it is not known.
    """
    totals: Counter[str] = Counter()
    for balance in balances:
        totals.update(balance)
    named = [label for label, _ in totals.most_common(MOST if len(totals) > MOST + 1 else MOST + 1)]
    places = [place for place, balance in enumerate(balances) if sum(balance.values())]
    with drawing.drawn():
        figure, axes = new_panel(days)
        for label, (colour, marker, dash) in zip([*named, None], _LOOKS, strict=False):
            if label is None and len(named) == len(totals):
                break
            shares = [_share(balances[place], label, named) for place in places]
            name = "others" if label is None else _short(label)
            axes.plot(places, shares, color=colour, marker=marker, linestyle=dash, markersize=4, label=name)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("share in %", labelpad=1)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, borderpad=0, columnspacing=1.2)
        svg = drawing.as_svg(figure, key, "Share of each class over the versions of the data; see the table.")
    return Drawing(svg, "Class balance", "Share of the cases in use, in all splits.", width=400)


def _share(balance: Mapping[str, int], label: str | None, named: Sequence[str]) -> float:
    cases = (
        balance.get(label, 0)
        if label is not None
        else sum(balance.values()) - sum(balance.get(one, 0) for one in named)
    )
    return 100 * cases / sum(balance.values())


def _short(label: str) -> str:
    return label if len(label) <= LETTERS else f"{label[: LETTERS - 1]}…"
