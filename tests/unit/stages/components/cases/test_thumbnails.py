from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.components.cases.thumbnails import add_thumbnails, choose, thumbnail
from stages.contracts.findings import Finding, Findings, Severity
from stages.contracts.thumbnails import FOLDER, INDEX, LARGEST, read_thumbnails
from tests.unit.stages.checked_table import examined
from tests.unit.stages.raw_images import picture


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png), formats=["PNG"])


def found(kind: str, cases: list[str], severity: Severity = "note") -> Finding:
    return Finding(kind=kind, severity=severity, message="m", cases=tuple(cases), remedy="r")


def chosen(findings: list[Finding], most: int = 48, **columns: object) -> list[str]:
    table = examined(20, path="p", **columns)
    return list(choose(Findings.of("d", findings), table, most).index)


NAMES = [f"{case:04d}.png" for case in range(20)]


def test_the_first_cases_of_the_most_severe_finding_come_first() -> None:
    findings = [found("a", NAMES[:3]), found("b", NAMES[2:], "warning"), found("c", [])]
    assert chosen(findings) == [*NAMES[2:8], *NAMES[:2]]
    assert chosen(findings, most=7) == [*NAMES[2:8], NAMES[0]]
    assert chosen(findings, most=0) == []


def test_what_has_no_picture_is_passed_over() -> None:
    shapes = ["13"] * 4 + ["8x8x8"] * 4 + [None] * 12
    contents = ["0"] * 10 + [None] * 10
    assert chosen([found("a", NAMES)], shape=shapes, content_sha256=contents) == NAMES[4:10]


def test_cases_whose_names_are_the_finding_are_not_drawn() -> None:
    assert chosen([found("identifier-in-name", NAMES)]) == []


@pytest.mark.parametrize(
    ("shape", "colour", "size", "mode"),
    [
        ((200, 100), False, (48, 96), "L"),
        ((10, 20), False, (20, 10), "L"),
        ((50, 300, 3), True, (96, 16), "RGB"),
        ((30, 60, 9), False, (30, 60), "L"),
        ((30, 60, 9, 3), True, (30, 60), "RGB"),
        ((1, 5000), False, (96, 1), "L"),
    ],
)
def test_every_kind_of_image_is_drawn_small_and_in_proportion(
    shape: tuple[int, ...], colour: bool, size: tuple[int, int], mode: str
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for pixels in (noise, noise.astype(np.float32), noise.astype(np.uint16) * 200):
        drawn = opened(thumbnail(pixels, colour))
        assert (drawn.size, drawn.mode) == (size, mode)
        assert len(thumbnail(pixels, colour)) < LARGEST


def test_a_volume_is_shown_by_its_middle_slice_with_y_upwards() -> None:
    volume = np.zeros((4, 6, 5), dtype=np.uint8)
    volume[3, 5, 2] = 255  # right, front
    assert np.argwhere(np.asarray(opened(thumbnail(volume, False)))).tolist() == [[0, 3]]


def test_a_wide_range_is_scaled_and_eight_bits_stay_as_they_are() -> None:
    dim = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    assert np.asarray(opened(thumbnail(dim, False))).max() == 63
    assert np.asarray(opened(thumbnail(dim.astype(np.int16), False))).max() == 255


@pytest.mark.parametrize("value", [np.nan, np.inf, 7.0, 1e308])
def test_values_that_cannot_be_scaled_are_drawn_all_the_same(value: float) -> None:
    assert opened(thumbnail(np.full((8, 8), value), False)).size == (8, 8)
    mixed = np.where(np.eye(8, dtype=bool), value, -1e308)
    assert opened(thumbnail(mixed, False)).size == (8, 8)


def test_only_new_contents_are_drawn_and_the_bytes_are_the_same(tmp_path: Path) -> None:
    asked: list[str] = []

    def draw(path: str) -> bytes | None:
        asked.append(path)
        return None if path == "gone" else thumbnail(picture(int(path)), False)

    def add(name: str, paths: list[str], mark: str, earlier: str | None) -> dict[str, bytes]:
        table = examined(len(paths), path=paths, content_sha256=[f"{len(p)}{p * 40}" for p in paths])
        previous = tmp_path / earlier / FOLDER if earlier else None
        asked.clear()
        add_thumbnails(tmp_path / name / FOLDER, table[["path", "content_sha256"]], draw, mark, previous, 1)
        return {file.name: file.read_bytes() for file in (tmp_path / name / FOLDER).iterdir()}

    add("first", ["1", "2", "gone"], "m", None)
    assert asked == ["1", "2", "gone"]
    scratch = add("scratch", ["2", "3"], "m", None)
    assert add("second", ["2", "3"], "m", "first") == scratch
    assert asked == ["3"]
    add("other", ["2", "3"], "another mark", "first")
    assert asked == ["2", "3"]
    (tmp_path / "first" / FOLDER / INDEX).write_text("{")
    assert add("third", ["2", "3"], "m", "first") == scratch
    assert asked == ["2", "3"]
    assert list(read_thumbnails(tmp_path / "second" / FOLDER)[1]) == ["0000.png", "0001.png"]
