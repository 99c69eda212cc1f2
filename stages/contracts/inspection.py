"""What `medgraft data` asks about raw data that are not taken yet, and what it is told."""

from __future__ import annotations

from typing import Any, Literal

from stages.contracts.artifact import Record
from stages.contracts.findings import Finding, Findings, Severity
from stages.contracts.task import Task


class Columns(Record):
    """A table of labels and what its columns are, as far as the user says it."""

    labels: str | None = None
    """The table: a .csv, .tsv or .parquet file, in the data or elsewhere."""
    id: str | None = None
    """Column that names the case; by default the one whose cells match the files."""
    label: tuple[str, ...] = ()
    """Column with the label; several where each says whether the case is of the class of its name."""
    label_means: Literal["value", "presence"] | None = None
    """`presence`: the class is `yes` where the cell holds anything."""
    patient: str | None = None
    """Column with the patient."""
    split: str | None = None
    """Column with the split."""
    covariates: tuple[str, ...] = ()
    """Further columns to keep."""
    mask: str | None = None
    """Column with the file of the mask."""
    names: tuple[str, ...] = ()
    """Of all columns of a clinical table whose first row is a case already."""
    missing: tuple[str, ...] = ()
    """Cells of a clinical table that hold no value, such as ?."""
    above: float | None = None
    """Where the label of a clinical table is a number: the class is `yes` above this one."""

    @property
    def given(self) -> dict[str, Any]:
        """What the user said, but for the table itself and its column of identifiers."""
        said = self.model_dump(exclude={"labels", "id"}, exclude_defaults=True)
        headless = {"header": False} if self.names else {}
        return said | headless | ({"label": self.label[0]} if len(self.label) == 1 else {})


class InspectionRequest(Record):
    """Raw data to look at."""

    path: str
    """A folder or a single file."""
    domain: str = "target"
    """The domain they are meant for: its section `ingest.<domain>` decides, where there is one."""
    format: str | None = None
    """Name of the adapter; by default it is detected."""
    task: str | None = None
    """What the labels are; by default the adapter knows."""
    columns: Columns = Columns()
    """A table of labels."""
    earlier: str | None = None
    """What an earlier ingestion of the domain wrote: files that it saw are not looked at again."""


class Inspection(Record):
    """What is there, and what ingestion would find in it."""

    format: str
    """Name of the adapter."""
    section: dict[str, Any]
    """The section `ingest.<domain>`, in plain values, with which the data can be read."""
    notes: tuple[str, ...]
    """What was chosen on the user's behalf, one sentence each."""
    task: Task
    """What the labels are."""
    classes: tuple[str, ...]
    """Names in the order of their indices."""
    cases: int
    """How many there are."""
    used: int
    """How many of them can be used."""
    patients: int | None
    """Of the cases in use; None where not all are known."""
    given_splits: bool
    """Whether the splits come with the data."""
    counts: dict[str, dict[str, int]]
    """Cases in use, by split and class."""
    stop_at: Severity
    """Findings of this severity and above would end the run."""
    findings: Findings
    """The very findings that ingestion would make."""
    base: str
    """The folder in which the files lie."""
    files: dict[str, str | None]
    """MD5 of each raw file by its path below `base`; None where it is no regular file."""
    borrowed: dict[str, str]
    """Files from elsewhere that become raw files, by the name that they get; `files` has them too."""

    @property
    def known_files(self) -> dict[str, str]:
        """MD5 of each regular file."""
        return {name: md5 for name, md5 in self.files.items() if md5 is not None}

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings that would end a run."""
        return self.findings.at_least(self.stop_at)
