"""Draws thumbnails of the cases that findings name, once for each content."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.errors import DataError
from stages.contracts.findings import Findings
from stages.contracts.thumbnails import PER_FINDING, SIDE, file_of, read_thumbnails, write_thumbnails

Pixels = NDArray[np.generic]

LOOKED_AT = 64
"""Of a finding's cases so many are looked at for some that can be drawn."""
SAMPLED = 1 << 16
"""The range of intensities is that of about so many values."""


def choose(findings: Findings, table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Chooses cases to draw: the first of each finding, the most severe finding first.

    Args:
        findings: In their order.
        table: All cases, as ingestion knows them.
        most: How many at most.

    Returns:
        `path` and `content_sha256` of the cases, which are images or volumes that can be read.
    """
    chosen: dict[str, None] = {}
    for finding in findings.findings:
        if len(chosen) >= most:
            break
        if not finding.printable:
            continue
        cases = table.loc[list(finding.printable[:LOOKED_AT])]
        picture = cases["shape"].str.contains("x").fillna(True).astype(bool)
        drawable = cases.index[cases["content_sha256"].notna() & picture].tolist()
        chosen |= dict.fromkeys(drawable[:PER_FINDING])
    return table.loc[list(chosen)[:most], ["path", "content_sha256"]]


def add_thumbnails(
    folder: Path,
    chosen: pd.DataFrame,
    draw: Callable[[str], bytes | None],
    fingerprint: str,
    earlier: Path | None,
    threads: int,
) -> None:
    """Writes thumbnails, and draws those only that an earlier folder does not hold.

    Args:
        folder: To be made.
        chosen: As `choose` gives it.
        draw: Gives the PNG of the case at a path, or None; called from several threads.
        fingerprint: Of how cases are read and drawn.
        earlier: Thumbnails of an earlier ingestion, if there is one.
        threads: How many; 0 for one per core.
    """
    known = _recall(earlier, fingerprint)
    files = chosen["content_sha256"].map(file_of)
    new = chosen["path"][~files.isin(list(known))]
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        made = dict(zip(new.index, pool.map(draw, new), strict=True))
    images = {}
    for case, content, file in zip(chosen.index, chosen["content_sha256"], files, strict=True):
        data = made.get(case) or known.get(file)
        if data:
            images[case] = (content, data)
    write_thumbnails(folder, fingerprint, images)


def thumbnail(pixels: Pixels, colour: bool) -> bytes:
    """Draws an image, or the middle slice of a volume with x to the right and y upwards, as a PNG."""
    from PIL import Image

    planes = pixels.ndim - colour
    picture = np.rot90(pixels[:, :, pixels.shape[2] // 2]) if planes == 3 else pixels
    image = Image.fromarray(np.ascontiguousarray(_eight_bit(picture)))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    written = io.BytesIO()
    image.save(written, format="PNG", optimize=True)
    return written.getvalue()


def _recall(earlier: Path | None, fingerprint: str) -> dict[str, bytes]:
    """Gives the earlier images by file, if they were drawn in the same way and are undamaged."""
    try:
        mark, images = read_thumbnails(earlier) if earlier else ("", {})
    except DataError:
        return {}
    return dict(images.values()) if mark == fingerprint else {}


def _eight_bit(picture: Pixels) -> NDArray[np.uint8]:
    """Scales the range without its extreme half percents to 0-255; 8-bit values stay as they are."""
    if picture.dtype == np.uint8:
        return picture.view(np.uint8)
    values = picture.astype(np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros(picture.shape, dtype=np.uint8)
    low, high = np.percentile(finite[:: -(-finite.size // SAMPLED)], (0.5, 99.5))
    with np.errstate(all="ignore"):
        scaled: NDArray[np.float64] = np.clip((values - low) / max(high - low, 1e-300) * 255, 0, 255)
    return np.nan_to_num(scaled).astype(np.uint8)
