"""All kinds of bad input, by heading."""

from __future__ import annotations

from tests.unit.stages.bad_input import images, later, names, sets, tables, volumes
from tests.unit.stages.bad_input.kind import Kind

HEADINGS: dict[str, tuple[Kind, ...]] = {
    "Images": images.KINDS,
    "Volumes and arrays": volumes.KINDS,
    "Names and places": names.KINDS,
    "Tables": tables.KINDS,
    "Whole data sets": sets.KINDS,
    "Params, and what happens between two runs": later.KINDS,
}
KINDS = tuple(kind for kinds in HEADINGS.values() for kind in kinds)
