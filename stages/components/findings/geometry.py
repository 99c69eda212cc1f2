"""Checks whether the images of a domain are of one kind: axes, colour, type, size and spacing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.findings.screening import find, some
from stages.contracts.findings import Finding, Severity

NAMED = 4
"""So many kinds are counted in a message, the commonest first."""
FACTOR = 2.0
"""A spacing further from the median than by this factor is worth a warning."""


def dimensions(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds images among volumes, or volumes among images."""
    shapes = table["shape"].dropna()
    names = {shape: f"{shape.count('x') + 1}D" for shape in shapes.unique()}
    if len(set(names.values())) < 2:
        return
    axes = shapes.map(names)
    remedy = "take images and volumes in as two domains, or leave the odd ones out"
    yield from _mixed("mixed-dimensions", "warning", "images and volumes are mixed", axes, remedy)


def colours(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds coloured images among grey ones, or the other way round."""
    coloured = table.loc[table["shape"].notna(), "colour"]
    if coloured.nunique() < 2:
        return
    words = coloured.map({False: "grey", True: "in colour"})
    remedy = "look for annotations or screenshots; `prepare` makes all of them grey or all of them RGB"
    yield from _mixed("mixed-colour", "warning", "grey and coloured images are mixed", words, remedy)


def types(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds values stored in several types: their ranges are hardly the same."""
    remedy = "scale each case with `intensity` of `prepare`, unless the ranges are the same"
    yield from _mixed("mixed-types", "note", "values are stored in several types", table["dtype"], remedy)


def sizes(table: pd.DataFrame) -> Iterator[Finding]:
    """Says which sizes there are, where there are several."""
    remedy = "nothing: `prepare` resizes; `crop` keeps the proportions"
    yield from _mixed("mixed-sizes", "note", "images have several sizes", table["shape"], remedy)


def spacings(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds cases whose spacing is missing though others have one, or is far from the median."""
    known = table["spacing"].dropna()
    if not len(known):
        return
    missing = table.index[table["shape"].notna() & table["spacing"].isna()]
    if len(missing):
        message = f"{some(len(missing))} without a spacing, {len(known)} with one"
        remedy = "export them with their headers, or take them in as another domain"
        yield find("missing-spacing", "warning", message, list(missing), remedy)
    for axes, same in known.groupby(known.str.count("x")):
        median, odd = _far_from_median(same, int(str(axes)) + 1)
        if odd.any():
            shown = " x ".join(f"{step:g}" for step in median)
            message = (
                f"{some(int(odd.sum()))} of {len(same)} with a spacing off the median of {shown} mm by more "
                f"than a factor of {FACTOR:g}"
            )
            remedy = "check the headers, and leave out what is another protocol"
            yield find("mixed-spacing", "warning", message, list(same.index[odd]), remedy)


def _mixed(
    kind: str, severity: Severity, what: str, values: pd.Series[str], remedy: str
) -> Iterator[Finding]:
    """Counts the kinds of images, and names the cases that are not of the prevailing one."""
    counts = values.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if len(counts) > 1:
        shown = ", ".join(f"{name} ({count})" for name, count in counts.head(NAMED).items())
        more = f" and {len(counts) - NAMED} more" if len(counts) > NAMED else ""
        # Where no kind prevails, nobody is an outlier, unless the kinds should not meet at all.
        prevails = severity == "warning" or counts.iloc[0] > len(values) / 2
        odd = values.index[values.notna() & (values != counts.index[0])] if prevails else ()
        yield find(kind, severity, f"{what}: {shown}{more}", list(odd), remedy)


def _far_from_median(spacings: pd.Series[str], axes: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Gives the median spacing [axes], and for each case whether it is further off than `FACTOR`."""
    codes, different = spacings.factorize()
    steps = np.array("x".join(different).split("x"), dtype=np.float64).reshape(-1, axes)[codes]
    median = np.nanmedian(steps, axis=0)
    near = (steps <= FACTOR * median) & (steps * FACTOR >= median)
    return median, ~near.all(axis=1)
