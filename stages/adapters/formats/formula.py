"""Adapter `formula`: no raw images, but a specification of fractals that are drawn when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stages.adapters.case import AdapterOptions, Decoded, RawCase, RawFacts, UnreadableError
from stages.adapters.formats.fractal import Fractal, Maps, category, instance, render
from stages.adapters.raw.raw_files import inside
from stages.adapters.raw.yaml_file import read_yaml
from stages.contracts.artifact import Record
from stages.contracts.errors import DataError

SPECIFICATION = "formula.yaml"
TRIAL_POINTS = 64 * 64
MOST_IMAGES = 10_000_000


class FormulaOptions(AdapterOptions):
    """Options of the adapter `formula`; what it draws stands in the raw data."""

    format: Literal["formula"] = "formula"
    """Name of the adapter."""


class FormulaSpecification(Record):
    """The file `formula.yaml`: raw data that are a recipe."""

    classes: Annotated[int, Field(ge=2, le=10_000)]
    """Number of categories, each an iterated function system."""
    images_per_class: Annotated[int, Field(ge=1, le=100_000)]
    """Instances of each; after 100 only the random walk differs."""
    size: Annotated[int, Field(ge=8, le=1024)]
    """Height and width in pixels."""
    points: Annotated[int, Field(ge=100, le=10_000_000)]
    """Points per image."""
    coverage: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    """Least share of pixels hit, else a category is dropped."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the categories and of the walks."""

    @model_validator(mode="after")
    def _can_be_listed(self) -> Self:
        if self.classes * self.images_per_class > MOST_IMAGES:
            raise ValueError(f"classes times images_per_class is over {MOST_IMAGES}")
        return self


class FormulaAdapter:
    """Lists and draws the fractals of a specification."""

    def __init__(self, root: Path, options: FormulaOptions) -> None:
        self._options = options
        self._file = inside(root, SPECIFICATION)
        self._specification = _read(self._file)

    @property
    def facts(self) -> RawFacts:
        """One class per category."""
        return RawFacts(classes=self._names)

    def cases(self) -> Sequence[RawCase]:
        """Lists the instances of all categories."""
        spec = self._specification
        return [
            RawCase(f"{name}/{number:05d}", f"{name}/{number:05d}", name)
            for name in self._names
            for number in range(spec.images_per_class)
        ]

    def files(self, path: str) -> tuple[str, ...]:  # noqa: ARG002 - no case is a file
        """Names none: a fractal is drawn."""
        return ()

    def identity(self, path: str) -> str:
        """Gives the hash of what the drawing depends on, so that ingestion need not draw."""
        return self._fractal(path).content_sha256()

    def decode(self, path: str) -> Decoded:
        """Draws an instance.

        Raises:
            UnreadableError: If the specification holds no such instance.
        """
        return Decoded(render(self._fractal(path)))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(_class_name(number) for number in range(self._specification.classes))

    @cached_property
    def _categories(self) -> tuple[Maps, ...]:
        spec = self._specification
        try:
            return tuple(category((spec.seed, i), TRIAL_POINTS, spec.coverage) for i in range(spec.classes))
        except ValueError as error:
            raise _not_usable(self._file, str(error), "lower 'coverage'") from error

    def _fractal(self, path: str) -> Fractal:
        spec, categories = self._specification, self._categories
        try:
            number, instance_number = (int(part.removeprefix("class-")) for part in path.split("/"))
            maps, flip = instance(categories[number], instance_number)
        except (ValueError, IndexError) as error:
            raise UnreadableError("the specification holds no such instance") from error
        return Fractal(maps, flip, (spec.seed, number, instance_number), spec.points, spec.size)


def _class_name(number: int) -> str:
    return f"class-{number:04d}"


def _read(file: Path) -> FormulaSpecification:
    try:
        return read_yaml(file, FormulaSpecification)
    except UnreadableError as error:
        remedy = "write classes, images_per_class, size, points and seed"
        raise _not_usable(file, str(error), remedy) from error


def _not_usable(file: Path, why: str, remedy: str) -> DataError:
    return DataError("a formula specification cannot be used", where=str(file), why=why, remedy=remedy)
