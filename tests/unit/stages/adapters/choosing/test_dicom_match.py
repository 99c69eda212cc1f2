"""A table of labels finds its cases among DICOM files."""

from __future__ import annotations

from pathlib import Path

import pytest

from stages.adapters.choosing.choice import choose
from stages.adapters.dicom.labels import DicomLabels
from stages.adapters.formats.dicom import DicomOptions
from stages.adapters.opened import open_adapter
from stages.adapters.raw.place import find_place
from stages.contracts.errors import DataError, UsageError
from stages.contracts.inspection import Columns, InspectionRequest
from tests.unit.stages.adapters.dicom_files import series


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(4):
        uid, accession = f"1.2.{number + 1}", f"A{number}"
        series(tmp_path / "dicom" / f"scan{number}", uid=uid, AccessionNumber=accession)
    return tmp_path / "dicom"


def chosen(root: Path, text: str, **columns: object) -> tuple[DicomOptions, tuple[str, ...]]:
    table = root.parent / "read.csv"
    table.write_text(text)
    request = InspectionRequest(path=str(root), columns=Columns.model_validate(columns))
    options, notes = choose(find_place(root, table), request)
    assert isinstance(options, DicomOptions)
    return options, notes


@pytest.mark.parametrize(
    ("cell", "match"), [("scan{}", "folder"), ("1.2.{one}", "series"), ("A{}", "accession")]
)
def test_the_column_that_tells_the_cases_apart_is_found(root: Path, cell: str, match: str) -> None:
    rows = "".join(f"{n},{cell.format(n, one=n + 1)},{'ab'[n % 2]}\n" for n in range(4))
    options, notes = chosen(root, "row,which,dx\n" + rows, label=("dx",))
    assert options.labels == DicomLabels(file="labels.csv", key="which", match=match, label="dx")
    assert notes == (f"labels.csv: 'which' is the {match} of 4 of 4 cases",)


def test_the_options_give_each_case_its_row(root: Path) -> None:
    lines = "".join(f"scan{n},{'ab'[n % 2]},p{n},{n}\n" for n in range(4))
    columns = {"label": ("dx",), "patient": "who", "covariates": ("age",)}
    options, _ = chosen(root, "which,dx,who,age\n" + lines, **columns)
    (root.parent / "read.csv").rename(root / "labels.csv")
    cases = open_adapter(root, options).cases()
    assert [(case.label, case.patient_id) for case in cases] == [(x, f"p{n}") for n, x in enumerate("abab")]
    assert cases[3].covariates == (("age", 3.0),)


def test_cases_without_a_row_are_counted(root: Path) -> None:
    _, notes = chosen(root, "which,label\nscan0,a\nscan1,b\nscan2,a\n")
    assert notes == ("labels.csv: 'which' is the folder of 3 of 4 cases",)


def test_a_table_of_other_cases_is_refused(root: Path) -> None:
    with pytest.raises(DataError, match="does not name the files"):
        chosen(root, "which,label\nx,a\ny,b\n")


def test_a_named_column_is_not_replaced_by_a_better_one(root: Path) -> None:
    with pytest.raises(DataError) as caught:
        chosen(root, "which,other,label\nscan0,x,a\nscan1,y,b\n", id="other")
    assert "'other' is the path of 0 of 4 cases" in caught.value.why


def test_a_label_has_to_be_named(root: Path) -> None:
    with pytest.raises(UsageError, match="column of the labels"):
        chosen(root, "which,dx\nscan0,a\n")
    with pytest.raises(DataError, match="no column 'dz'"):
        chosen(root, "which,dx\nscan0,a\n", label=("dz",))


def test_what_dicom_does_not_take_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="one column of labels"):
        chosen(root, "which,a,b\nscan0,1,0\n", label=("a", "b"))
