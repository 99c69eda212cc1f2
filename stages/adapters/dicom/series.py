"""Groups DICOM files into cases: the slices of a volume are one, every other file is one."""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stages.adapters.case import UnreadableError
from stages.adapters.dicom.file import LARGEST, check_claim
from stages.adapters.dicom.header import Header
from stages.adapters.dicom.stack import depths

SECTIONAL = {"CT", "MR", "PT"}
"""Modalities whose series are slices of a volume, even where their position is not told."""


@dataclass(frozen=True)
class DicomCase:
    """Files that are one case.

    Attributes:
        path: Of the file; of a series its folder and a hash in place of its identifier.
        headers: Of the files, sorted by path.
    """

    path: str
    headers: tuple[Header, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files, sorted."""
        return tuple(header.path for header in self.headers)

    @property
    def folder(self) -> str:
        """The folder that holds all files; empty for the root."""
        return posixpath.commonpath([posixpath.dirname(name) for name in self.files])

    def check(self) -> None:
        """Makes sure that no image is there twice, and that the volume fits into memory.

        Raises:
            UnreadableError: If not.
        """
        first: dict[str, str] = {}
        for header in self.headers:
            if header.instance and first.setdefault(header.instance, header.path) != header.path:
                same = f"'{first[header.instance]}' and '{header.path}' are the same image"
                raise UnreadableError(same, "repeated-slice")
        values = [header.plane.size[0] * header.plane.size[1] for header in self.headers if header.plane]
        check_claim(2 * sum(values), LARGEST)


def group(headers: Iterable[Header]) -> list[DicomCase]:
    """Makes one case of the slices of a volume, and of every other file.

    Slices are of one series, patient, size and direction, and do not all lie at the same place.
    """
    by_series: dict[str | None, list[Header]] = defaultdict(list)
    for header in sorted(headers, key=lambda header: header.path):
        by_series[header.series if header.plane else None].append(header)
    cases = [DicomCase(header.path, (header,)) for header in by_series.pop(None, [])]
    for series, members in by_series.items():
        cases += _cases_of_series(series or "", members)
    return cases


def _cases_of_series(series: str, members: Sequence[Header]) -> Iterator[DicomCase]:
    digest, volumes = hashlib.sha256(series.encode()).hexdigest()[:12], 0
    for slices in _parallel(members):
        if _is_volume(slices):
            volumes += 1
            unnamed = DicomCase("", slices)
            number = f"-{volumes}" if volumes > 1 else ""
            yield DicomCase(posixpath.join(unnamed.folder, f"series-{digest}{number}"), slices)
        else:
            yield from (DicomCase(header.path, (header,)) for header in slices)


def _parallel(members: Sequence[Header]) -> list[tuple[Header, ...]]:
    """Parts the images of a series, so that a scout does not spoil the volume it was taken for."""
    parts: list[list[Header]] = []
    for header in members:
        for part in parts:
            first = part[0]
            together = header.plane and first.plane and header.plane.is_parallel(first.plane)
            if together and header.patient == first.patient:
                part.append(header)
                break
        else:
            parts.append([header])
    return [tuple(part) for part in parts]


def _is_volume(slices: Sequence[Header]) -> bool:
    planes = [header.plane for header in slices if header.plane]
    placed = all(plane.position and plane.orientation for plane in planes)
    sectional = placed or all(header.modality in SECTIONAL for header in slices)
    return len(slices) > 1 and sectional and depths(planes) is not None
