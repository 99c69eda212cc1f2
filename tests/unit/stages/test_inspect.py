from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from stages import inspect as module
from stages.adapters.raw.raw_files import inside
from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import DataError, UsageError
from stages.contracts.findings import Findings
from stages.contracts.inspection import Columns, Inspection, InspectionRequest
from stages.ingestion.survey import Looked, look_at
from tests.unit.stages.adapters.dicom_files import series
from tests.unit.stages.raw_images import class_folders, picture, save, save_arrays, shared_data
from tests.unit.stages.runs import Workspace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_params(**ingest: Any) -> None:
    with Path("params.yaml").open("w") as file:
        YAML().dump({"ingest": ingest}, file)


def inspect(path: Path, columns: dict[str, Any] | None = None, **request: Any) -> Inspection:
    """Runs the tool as `medgraft data` does, but in this process."""
    asked = InspectionRequest(path=str(path.absolute()), columns=Columns(**(columns or {})), **request)
    write_json(asked, Path("asked.json"))
    argv = ["inspect", "--request", "asked.json", "--out", "answer.json", "--ingested", "ingested"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", argv)
        module.main()
    return read_json(Inspection, Path("answer.json"))


def labelled(root: Path, cases: int = 40, name: str = "cases.csv") -> Path:
    """Images with a table of identifier, patient and diagnosis."""
    lines = ["scan,who,dx"]
    for number in range(cases):
        save(picture(number), root / "png" / f"s{number:03d}.png")
        lines.append(f"s{number:03d},p{number // 2},{'ab'[number % 2]}")
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("\n".join(lines))
    return root


def test_it_finds_what_ingestion_finds_and_writes_what_it_writes(workspace: Workspace) -> None:
    root = class_folders(workspace.raw)
    (root / "no" / "003.png").write_text("no image")
    assert workspace.ingest() == 0
    ingested, params = workspace.bytes_of("ingested"), workspace.root / "params.yaml"
    before = params.read_bytes()
    seen = inspect(root, domain="d")
    assert workspace.bytes_of("ingested") == ingested
    assert seen.findings == read_json(Findings, workspace.root / "ingested" / "findings.json")
    assert (seen.cases, seen.used, seen.classes, seen.patients) == (40, 39, ("no", "yes"), None)
    assert seen.section == {"adapter": "folder", "min_cases_per_class": 2}
    assert params.read_bytes() == before


def test_a_severe_finding_does_not_keep_the_facts_back(place: Path) -> None:
    seen = inspect(class_folders(place / "raw", cases=3))
    assert [finding.kind for finding in seen.stopping] == ["class-too-small", "class-too-small"]
    assert seen.cases == 6


def test_an_earlier_ingestion_saves_looking_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = class_folders(place / "raw")
    first = inspect(root)
    shutil.copytree("ingested", "earlier")
    save(picture(999), root / "no" / "000.png")
    anew: list[int] = []

    def watched(*arguments: Any) -> Looked:
        looked = look_at(*arguments)
        anew.append(looked.anew)
        return looked

    monkeypatch.setattr("stages.inspect.look_at", watched)
    second = inspect(root, earlier="earlier")
    assert anew == [1]
    changed = {name for name, md5 in second.files.items() if first.files[name] != md5}
    assert changed == {"no/000.png"}


def test_identifiers_are_matched_to_files_without_being_told_how(place: Path) -> None:
    root = labelled(place / "raw")
    columns = {"labels": str(root / "cases.csv"), "label": ("dx",), "patient": "who"}
    seen = inspect(root, columns)
    assert seen.section["adapter"] == {
        "format": "table", "file": "cases.csv", "path": "scan", "prefix": "png/", "suffix": ".png",
        "label": "dx", "patient": "who",
    }  # fmt: skip
    assert seen.notes == ("cases.csv: `png/<scan>.png` is a file for 40 of 40 rows",)
    assert (seen.cases, seen.patients, seen.borrowed) == (40, 20, {})


def test_a_table_from_elsewhere_is_lent_to_data_that_nobody_writes_to(place: Path) -> None:
    root = labelled(place / "raw")
    (root / "cases.csv").rename(place / "table.csv")
    before = sorted(root.rglob("*"))
    seen = inspect(root, {"labels": str(place / "table.csv"), "id": "scan", "label": ("dx",)})
    assert seen.section["adapter"]["file"] == "labels.csv"
    assert seen.borrowed == {"labels.csv": str(place / "table.csv")}
    assert seen.files["labels.csv"] and seen.cases == 40
    assert sorted(root.rglob("*")) == before
    assert inside(root, "labels.csv") == root / "labels.csv", "it is lent no longer"


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"id": "who"}, "does not name the files"),
        ({"id": "scna"}, "no column 'scna'"),
        ({"label": ("dxx",)}, "no column 'dxx'"),
        ({"label": ()}, "column of the labels is not named"),
        ({"label": ("dx", "who")}, "does not go with the format 'table'"),
        ({"mask": "seg"}, "no column 'seg'"),
    ],
)
def test_what_the_user_says_wrong_of_the_table_is_named(
    place: Path, columns: dict[str, Any], what: str
) -> None:
    root = labelled(place / "raw")
    with pytest.raises((DataError, UsageError), match=what):
        inspect(root, {"labels": str(root / "cases.csv"), "label": ("dx",), **columns})


def test_images_that_no_row_names_are_counted(place: Path) -> None:
    root = labelled(place / "raw")
    save(picture(99), root / "png" / "other.png")
    seen = inspect(root, {"labels": str(root / "cases.csv"), "label": ("dx",)})
    assert seen.notes[1] == "cases.csv: 1 images are named by no row and left out"


def test_a_single_file_is_data(place: Path) -> None:
    arrays: dict[str, np.ndarray] = {}
    for split in ("train", "val", "test"):
        arrays[f"{split}_images"] = np.stack([picture(n, 28, 28) for n in range(20)])
        arrays[f"{split}_labels"] = np.arange(20)[:, None] % 2
    save_arrays(arrays, place / "mine.npz")
    (place / "beside.txt").write_text("not taken")
    seen = inspect(place / "mine.npz")
    assert (seen.format, seen.cases, list(seen.files)) == ("medmnist", 60, ["mine.npz"])
    assert seen.base == str(place)


def test_options_added_by_hand_are_kept_where_they_still_fit(place: Path) -> None:
    adapter = {"format": "folder", "classes": ["yes", "no"]}
    write_params(target={"adapter": adapter, "near_duplicate_bits": None})
    fitting = inspect(class_folders(place / "raw"))
    assert fitting.section == {"adapter": adapter, "near_duplicate_bits": None}
    assert fitting.classes == ("yes", "no")
    other = inspect(class_folders(place / "others", classes=("benign", "malignant")))
    assert other.section == {"adapter": "folder", "near_duplicate_bits": None}


def test_a_new_source_has_no_test_split(place: Path) -> None:
    write_params(target={"adapter": "folder"})
    seen = inspect(class_folders(place / "raw"), domain="mine")
    assert seen.section == {"adapter": "folder", "split": module.SOURCE_SPLIT}
    assert seen.counts.keys() == {"train", "val"}


@pytest.mark.parametrize(
    ("request_of", "what"),
    [
        ({"format": "nothing"}, "there is no format 'nothing'"),
        ({"format": "folder", "columns": {"label": ("dx",)}}, "takes no 'label'"),
        ({"task": "regression"}, "takes no 'task'"),
        ({"format": "table"}, "table of labels is not named"),
        ({"columns": {"labels": "/nowhere.csv"}}, "cannot be looked at"),
    ],
)
def test_a_wrong_request_is_an_error_of_usage(place: Path, request_of: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        inspect(class_folders(place / "raw", cases=1), **request_of)


def test_nothing_is_an_error_of_usage(place: Path) -> None:
    with pytest.raises(UsageError) as caught:
        inspect(place / "nowhere")
    assert caught.value.why == "there is no such file or folder"


def test_a_link_out_of_the_data_is_refused(place: Path) -> None:
    root = class_folders(place / "raw", cases=2)
    (root / "no" / "passwd.png").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match="a path in the raw data is refused"):
        inspect(root)


def test_a_table_does_not_take_the_place_of_a_file(place: Path) -> None:
    root = labelled(place / "raw", name="labels.csv")
    (place / "table.csv").write_text("scan,dx\n")
    with pytest.raises(UsageError, match="cannot be looked at"):
        inspect(root, {"labels": str(place / "table.csv")})


def test_hannover_needs_no_more_than_its_columns(place: Path) -> None:
    root = shared_data("hannover_covid_cxr")
    columns = {
        "labels": str(root / "data.csv"), "label": ("icu_admission_offset",), "label_means": "presence",
        "patient": "patient_id", "covariates": ("projection",),
    }  # fmt: skip
    seen = inspect(root, columns)
    assert seen.notes == ("data.csv: `png/<image_id>.png` is a file for 243 of 243 rows",)
    assert (seen.cases, seen.patients, seen.classes, seen.stopping) == (243, 71, ("no", "yes"), ())


def test_a_clinical_table_needs_no_more_than_its_label(place: Path) -> None:
    rows = "".join(f"{20 + number},{'fm'[number % 2]},{number % 3 // 2}\n" for number in range(60))
    (place / "heart.csv").write_text(f"age,sex,disease\n{rows}")
    seen = inspect(place / "heart.csv", {"label": ("disease",)})
    assert seen.section == {"adapter": {"format": "tabular", "label": "disease"}}
    assert (seen.cases, seen.used, seen.classes) == (60, 60, ("0", "1"))
    assert inspect(place / "heart.csv", {"label": ("age",)}, task="regression").task == "regression"
    with pytest.raises(UsageError, match="needs 'label'"):
        inspect(place / "heart.csv")


def test_a_clinical_table_without_a_header_needs_no_params(place: Path) -> None:
    rows = [f"{30 + n},{'?' if n == 3 else n % 4},{n % 3}" for n in range(40)]
    (place / "heart.data").write_text("\n".join(rows) + "\n")
    columns = {"names": ["age", "vessels", "grade"], "missing": ["?"], "label": ["grade"], "above": 0}
    seen = inspect(place / "heart.data", columns)
    assert (seen.cases, seen.classes) == (40, ("no", "yes"))
    adapter = seen.section["adapter"]
    assert (adapter["header"], adapter["names"]) == (False, ["age", "vessels", "grade"])
    again = inspect(place / "heart.data", columns)
    assert again.section == seen.section


@pytest.mark.parametrize("said", [{"names": ["a", "b"]}, {"missing": ["?"]}, {"above": 1.0}])
def test_what_is_said_of_a_clinical_table_does_not_go_with_images(place: Path, said: dict[str, Any]) -> None:
    labelled(place / "data")
    with pytest.raises(UsageError, match="takes no"):
        inspect(place / "data", {"labels": "data/cases.csv", "label": ["dx"], **said})


def test_a_table_of_the_data_before_is_not_asked_for_in_others(place: Path) -> None:
    for number in range(2):
        series(place / "scans" / str(number), uid=f"1.2.{number}")
    before = {"format": "dicom", "labels": {"file": "read.csv", "key": "id"}}
    write_params(target={"adapter": before})
    assert inspect(place / "scans").section["adapter"] == "dicom"
    (place / "scans" / "read.csv").write_text("id,label\n0,a\n1,b\n")
    before["labels"] |= {"match": "folder"}  # type: ignore[operator]
    write_params(target={"adapter": before})
    assert inspect(place / "scans").section["adapter"] == before
