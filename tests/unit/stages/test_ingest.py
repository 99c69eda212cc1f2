import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stages.adapters.case import Decoded, RawCase, RawFacts
from stages.contracts.artifact import read_json
from stages.contracts.drift import Drift
from stages.contracts.findings import Findings
from stages.contracts.manifest import COLUMNS, Domain
from stages.contracts.split import SplitParams
from stages.contracts.thumbnails import read_thumbnails
from stages.ingestion.assessment import ingest
from stages.ingestion.params import IngestParams
from stages.ingestion.survey import look_at
from tests.unit.stages.raw_images import class_folders, picture, save, shared_data
from tests.unit.stages.runs import Workspace
from tests.unit.stages.volumes import save_volume, volume


def test_intact_data_become_a_manifest_and_facts(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    class_folders(workspace.raw)
    assert workspace.ingest() == 0
    manifest = workspace.manifest()
    assert len(manifest) == 40
    assert manifest["excluded_because"].isna().all()
    assert set(manifest["split"]) == {"train", "val", "test"}
    domain = read_json(Domain, workspace.root / "ingested" / "domain.json")
    assert (domain.classes, domain.patients_known, domain.given_splits) == (("no", "yes"), False, False)
    assert sum(sum(counts.values()) for counts in domain.counts.values()) == 40
    assert set(workspace.findings()) == {"class-counts", "patients-unknown"}
    assert capsys.readouterr().err == ""


def test_the_same_data_give_the_same_bytes(workspace: Workspace) -> None:
    class_folders(workspace.raw)
    workspace.ingest(threads=1)
    first = workspace.bytes_of("ingested")
    workspace.ingest(threads=3)
    assert workspace.bytes_of("ingested") == first


def test_a_missing_raw_folder_ends_the_run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    workspace.raw.rmdir()
    assert workspace.ingest() == 11
    assert "the raw folder is missing" in capsys.readouterr().err


def test_an_empty_folder_ends_the_run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert workspace.ingest() == 11
    assert "there is no case" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [
        {"adapter": "foldr"}, {"adapter": {"format": "folder", "sheet": 1}}, {"split": {"val": 1.0}},
        {"stop_at": "note"}, {"near_duplicate_bits": 65}, {"typo": 1},
    ],
)  # fmt: skip
def test_bad_params_end_the_run(workspace: Workspace, changes: dict[str, object]) -> None:
    class_folders(workspace.raw)
    assert workspace.ingest(**changes) == 10


def damage(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def nan_pixels(file: Path) -> None:
    pixels = picture(77).astype(np.float32)
    pixels[0, 0] = np.nan
    save(pixels, file, "TIFF")


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (damage, "unreadable"),
        (lambda file: file.write_text("hello"), "unreadable"),
        (lambda file: file.write_bytes(b""), "unreadable"),
        (nan_pixels, "not-finite"),
        (lambda file: save(np.full((9, 9), 3, dtype=np.uint8), file), "constant"),
    ],
)
def test_a_spoilt_image_is_left_out_and_named(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], spoil: object, kind: str
) -> None:
    spoil(class_folders(workspace.raw) / "no" / "003.png")  # type: ignore[operator]
    assert workspace.ingest() == 0
    assert workspace.findings()[kind].cases == ("no/003.png",)
    row = workspace.manifest().loc["no/003.png"]
    assert row["excluded_because"] == kind
    assert pd.isna(row["split"])
    warning = capsys.readouterr().err.splitlines()
    assert warning[0].startswith("warning: 'no/003.png'")
    assert len(warning) == 4


def test_strict_data_end_the_run_and_keep_the_findings(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    class_folders(workspace.raw)
    workspace.ingest()
    before = workspace.bytes_of("ingested")
    damage(workspace.raw / "no" / "003.png")
    assert workspace.ingest(stop_at="warning") == 11
    block = capsys.readouterr().err
    assert len(block.splitlines()) == 4
    assert ".medgraft/findings-d.json" in block
    assert workspace.findings(".medgraft/findings-d.json")["unreadable"].cases == ("no/003.png",)
    assert workspace.bytes_of("ingested") == before
    assert workspace.ingest(stop_at="severe") == 0
    assert not (workspace.root / ".medgraft" / "findings-d.json").exists()


def test_a_wrong_extension_is_a_note(workspace: Workspace) -> None:
    root = class_folders(workspace.raw)
    (root / "no" / "003.png").rename(root / "no" / "003.jpg")
    assert workspace.ingest() == 0
    assert workspace.findings()["wrong-extension"].cases == ("no/003.jpg",)
    assert workspace.manifest()["excluded_because"].isna()["no/003.jpg"]


def test_a_reencoded_copy_is_the_same_case(workspace: Workspace) -> None:
    root = class_folders(workspace.raw)
    Image.fromarray(picture(3)).convert("RGB").save(root / "no" / "zzz.bmp")
    assert workspace.ingest() == 0
    assert workspace.findings()["exact-duplicate"].cases == ("no/zzz.bmp",)
    hashes = workspace.manifest()["content_sha256"]
    assert hashes["no/zzz.bmp"] == hashes["no/003.png"]


def test_the_same_image_under_two_labels_is_left_out(workspace: Workspace) -> None:
    root = class_folders(workspace.raw)
    save(picture(3), root / "yes" / "copy.png")
    assert workspace.ingest() == 0
    assert workspace.findings()["label-conflict"].cases == ("no/003.png", "yes/copy.png")


def test_a_loose_image_has_no_label(workspace: Workspace) -> None:
    save(picture(99), class_folders(workspace.raw) / "loose.png")
    assert workspace.ingest() == 0
    assert workspace.findings()["missing-label"].cases == ("loose.png",)


def test_a_label_that_is_no_class_is_left_out(workspace: Workspace) -> None:
    class_folders(workspace.raw, classes=("no", "yes", "maybe"))
    assert workspace.ingest(adapter={"format": "folder", "classes": ["yes", "no"]}) == 0
    assert len(workspace.findings()["unknown-label"].cases) == 20
    assert read_json(Domain, workspace.root / "ingested" / "domain.json").classes == ("yes", "no")


def test_a_class_with_one_case_ends_the_run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    save(picture(99), class_folders(workspace.raw) / "rare" / "a.png")
    assert workspace.ingest() == 11
    assert "class 'rare' has 1 case; 2 are asked for" in capsys.readouterr().err


def test_a_class_of_one_patient_ends_the_run(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    table(workspace, [(f"p{n}", "ab"[n == 0], None) for n in [*range(30), 0, 0]])
    assert workspace.ingest() == 11
    assert "class 'b' has 3 cases, none of them in" in capsys.readouterr().err


def test_a_single_class_ends_the_run(workspace: Workspace) -> None:
    class_folders(workspace.raw, classes=("no",))
    assert workspace.ingest() == 11


def test_near_duplicates_stay_together(workspace: Workspace) -> None:
    root = class_folders(workspace.raw, cases=30)
    for case in range(30):
        pixels = picture(case).copy()
        pixels[0, 0] ^= 1
        save(pixels, root / "no" / f"near-{case:03d}.png")
    assert workspace.ingest() == 0
    manifest = workspace.manifest()
    for case in range(30):
        pair = manifest.loc[[f"no/{case:03d}.png", f"no/near-{case:03d}.png"]]
        assert pair["group_id"].nunique() == 1
        assert pair["split"].nunique() == 1


def table(workspace: Workspace, rows: Sequence[tuple[str | None, str | None, str | None]]) -> None:
    """Makes images with a table of patient, label and split, and the params to read it."""
    lines = ["path,who,dx,set"]
    for number, (patient, label, split) in enumerate(rows):
        save(picture(number), workspace.raw / f"{number:03d}.png")
        lines.append(f"{number:03d}.png,{patient or ''},{label or ''},{split or ''}")
    (workspace.raw / "cases.csv").write_text("\n".join(lines))
    split = "set" if any(row[2] for row in rows) else None
    options = {"format": "table", "file": "cases.csv", "label": "dx", "patient": "who", "split": split}
    workspace.ingest_params |= {"adapter": options}


def test_patients_are_never_torn_and_never_named(workspace: Workspace) -> None:
    table(workspace, [(f"patient-{n // 3}", "ab"[n % 2], None) for n in range(90)])
    assert workspace.ingest() == 0
    manifest = workspace.manifest()
    assert manifest.groupby("patient_id")["split"].nunique().max() == 1
    assert manifest["group_id"].nunique() == 30
    assert not set(manifest["group_id"]) & set(manifest["patient_id"])


def test_an_old_patient_never_moves(workspace: Workspace) -> None:
    rows = [(f"p{n // 2}", "ab"[n % 2], None) for n in range(60)]
    table(workspace, rows)
    workspace.ingest()
    before = workspace.manifest()["split"]
    table(workspace, [*rows, *((f"q{n}", "ab"[n % 2], None) for n in range(30))])
    workspace.ingest()
    pd.testing.assert_series_equal(workspace.manifest()["split"][before.index], before)


def given_rows() -> list[tuple[str | None, str | None, str | None]]:
    sizes = {"train": 10, "val": 6, "test": 6}
    return [(f"{s}-{n}", "ab"[n % 2], s) for s, size in sizes.items() for n in range(size)]


def test_given_splits_are_kept(workspace: Workspace) -> None:
    table(workspace, given_rows())
    assert workspace.ingest() == 0
    assert workspace.manifest()["split"].value_counts().to_dict() == {"train": 10, "val": 6, "test": 6}


def test_a_patient_in_two_given_splits_ends_the_run(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        ("same" if n in (0, 20) else patient, label, split)
        for n, (patient, label, split) in enumerate(given_rows())
    ]
    table(workspace, rows)
    assert workspace.ingest() == 11
    assert "1 patient in more than one split" in capsys.readouterr().err
    found = workspace.findings(".medgraft/findings-d.json")["patient-in-two-splits"]
    assert found.cases == ("000.png", "020.png")


def test_a_training_copy_of_a_test_image_is_left_out(workspace: Workspace) -> None:
    table(workspace, given_rows())
    save(picture(20), workspace.raw / "000.png")
    assert workspace.ingest() == 0
    found = workspace.findings()
    assert (found["exact-duplicate"].cases, found["exact-duplicate"].severity) == (("000.png",), "warning")
    assert workspace.manifest().loc["020.png", "split"] == "test"


def test_copies_within_a_given_test_are_kept(workspace: Workspace) -> None:
    table(workspace, given_rows())
    save(picture(19), workspace.raw / "021.png")
    assert workspace.ingest() == 0
    assert workspace.findings()["repeated"].cases == ("021.png",)
    assert workspace.manifest()["excluded_because"].isna()["021.png"]


def test_near_duplicates_across_given_splits_are_reported(workspace: Workspace) -> None:
    table(workspace, [(None, label, split) for _, label, split in given_rows()])
    pixels = picture(20).copy()
    pixels[0, 0] ^= 1
    save(pixels, workspace.raw / "000.png")
    assert workspace.ingest() == 0
    found = workspace.findings()["near-duplicates"]
    assert (found.cases, found.severity) == (("020.png",), "warning")


def test_a_case_without_a_split_is_left_out(workspace: Workspace) -> None:
    table(workspace, [*given_rows(), ("x", "a", None)])
    assert workspace.ingest() == 0
    assert workspace.findings()["missing-split"].cases == ("022.png",)


def test_a_missing_validation_is_taken_from_training_by_patient(workspace: Workspace) -> None:
    rows = [(f"p{n // 2}", "ab"[n % 2], "train" if n < 60 else "test") for n in range(80)]
    table(workspace, rows)
    assert workspace.ingest() == 0
    manifest = workspace.manifest()
    counts = manifest["split"].value_counts()
    assert counts["test"] == 20
    assert counts["val"] > 0
    assert manifest.groupby("patient_id")["split"].nunique().max() == 1


def test_one_huge_group_is_reported(workspace: Workspace) -> None:
    table(workspace, [("p0" if n < 20 else f"p{n}", "ab"[n % 2], None) for n in range(60)])
    assert workspace.ingest() == 0
    assert len(workspace.findings()["large-group"].cases) == 20


@pytest.mark.parametrize(
    "rows",
    ["x.png,a\nx.png,a\n", "../x.png,a\n", "x.png,a,b,c\n"],
    ids=["twice", "traversal", "ragged"],
)
def test_bad_tables_end_the_run(workspace: Workspace, rows: str) -> None:
    save(picture(1), workspace.raw / "x.png")
    (workspace.raw / "cases.csv").write_text("path,label\n" + rows)
    assert workspace.ingest(adapter={"format": "table", "file": "cases.csv"}) == 11


@pytest.mark.parametrize("name", ["split", "mean"])
def test_a_covariate_must_not_take_a_reserved_name(workspace: Workspace, name: str) -> None:
    save(picture(1), workspace.raw / "x.png")
    (workspace.raw / "cases.csv").write_text(f"path,label,{name}\nx.png,a,1\n")
    assert workspace.ingest(adapter={"format": "table", "file": "cases.csv", "covariates": [name]}) == 11


def test_the_manifest_holds_its_own_columns_and_covariates_only(workspace: Workspace) -> None:
    rows = ["a,3" if number % 2 else "b,4" for number in range(60)]
    assert labelled(workspace, "label,age", rows, covariates=["age"]) == 0
    assert set(workspace.manifest().columns) == {*COLUMNS, "age"} - {"case_id"}


def test_a_file_name_with_a_newline_is_shown_on_one_line(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (class_folders(workspace.raw) / "no" / "a\nb.png").write_text("no image")
    assert workspace.ingest() == 0
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_cases_of_findings_are_drawn_and_only_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = class_folders(workspace.raw)
    save(picture(3), root / "no" / "copy.png")
    damage(root / "no" / "007.png")
    assert workspace.ingest() == 0
    _, images = read_thumbnails(workspace.root / "ingested" / "thumbnails")
    assert list(images) == ["no/copy.png"]
    before = workspace.bytes_of("ingested")
    monkeypatch.setenv("MEDGRAFT_PREVIOUS", str(workspace.root))
    monkeypatch.setattr("stages.ingestion.illustration._draw", pytest.fail)
    assert workspace.ingest() == 0
    assert workspace.bytes_of("ingested") == before
    assert workspace.ingest(thumbnails=0) == 0
    assert not (workspace.root / "ingested" / "thumbnails").exists()


def test_drift_is_told_and_written_beside_the_artifact(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = class_folders(workspace.raw, cases=30)
    workspace.ingest()
    (workspace.root / "before").mkdir()
    (workspace.root / "ingested").rename(workspace.root / "before" / "ingested")
    for case in range(25):
        save(picture(9000 + case) // 4, root / "no" / f"dark-{case:03d}.png")
    monkeypatch.setenv("MEDGRAFT_PREVIOUS", str(workspace.root / "before"))
    capsys.readouterr()
    assert workspace.ingest() == 0
    assert "d: drift: mean intensity of 25 new cases: not as in 60 others" in capsys.readouterr().out
    told = read_json(Drift, workspace.root / ".medgraft" / "drift-d.json")
    assert {shift.measure for shift in told.shifts} >= {"mean", "high_percentile", "classes"}
    incremental = workspace.bytes_of("ingested")
    monkeypatch.delenv("MEDGRAFT_PREVIOUS")
    assert workspace.ingest() == 0
    assert workspace.bytes_of("ingested") == incremental
    assert not (workspace.root / ".medgraft" / "drift-d.json").exists()


class Drawn:
    """An adapter of images in memory: (picture number, label, patient)."""

    facts = RawFacts(classes=("a", "b"))

    def __init__(self, rows: list[tuple[int, str, str | None]]) -> None:
        self._rows = rows

    def cases(self) -> list[RawCase]:
        return [
            RawCase(f"{i:03d}", str(p), label, patient) for i, (p, label, patient) in enumerate(self._rows)
        ]

    def files(self, path: str) -> tuple[str, ...]:
        return ()

    def identity(self, path: str) -> None:
        return None

    def decode(self, path: str) -> Decoded:
        return Decoded(picture(int(path), 8, 8))


ROWS = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from(["a", "b"]), st.sampled_from([None, "p", "q", "r"])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, salt=st.text(max_size=3), bits=st.sampled_from([None, 0, 8, 14]))
def test_no_group_and_no_pixels_are_in_two_splits(
    rows: list[tuple[int, str, str | None]], salt: str, bits: int | None
) -> None:
    params = IngestParams(adapter="folder", near_duplicate_bits=bits, split=SplitParams(salt=salt), threads=1)
    drawn = Drawn(rows)
    cases = look_at("d", drawn, Path("raw"), {}, params, None).cases
    ingested = ingest("d", drawn.facts, cases, params)
    manifest = ingested.table
    assert ingested.splits.shared == ()
    used = manifest[manifest["excluded_because"].isna()]
    assert used["split"].notna().all()
    for unit in ("group_id", "patient_id", "content_sha256"):
        assert (
            used.dropna(subset=[unit]).groupby(unit)["split"].nunique().max() in (1, float("nan"))
            or used[unit].isna().all()
        )
    assert used["content_sha256"].is_unique


def test_a_name_that_may_identify_a_patient_is_kept_out_of_the_log(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = class_folders(workspace.raw)
    (root / "no" / "003.png").rename(root / "no" / "DOE^JANE.png")
    assert workspace.ingest() == 0
    assert workspace.findings()["identifier-in-name"].cases == ("no/DOE^JANE.png",)
    said = capsys.readouterr()
    assert "1 name of cases may identify a patient" in said.err
    assert "DOE" not in said.err + said.out


def test_ingestion_starts_without_torch_and_monai() -> None:
    code = "import sys, stages.ingest; sys.exit(bool({'torch', 'monai'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_breastmnist_has_a_test_image_under_another_label_in_training(workspace: Workspace) -> None:
    workspace.raw.rmdir()
    workspace.raw.symlink_to(shared_data("breastmnist"))
    assert workspace.ingest(adapter={"format": "medmnist", "classes": ["malignant", "other"]}) == 0
    assert workspace.findings()["label-conflict"].cases == ("test/000076", "train/000115")


def test_hannover_is_split_by_its_patients_and_its_confounders_are_found(workspace: Workspace) -> None:
    workspace.raw.rmdir()
    workspace.raw.symlink_to(shared_data("hannover_covid_cxr"))
    options = {
        "format": "table", "file": "data.csv", "path": "image_id", "prefix": "png/", "suffix": ".png",
        "label": "icu_admission_offset", "label_means": "presence", "patient": "patient_id",
        "covariates": ["sex", "age", "size", "weight", "projection", "crp_val", "d-dimer_val", "po2_val"],
    }  # fmt: skip
    assert workspace.ingest(adapter=options) == 0
    manifest = workspace.manifest()
    assert (len(manifest), manifest["patient_id"].nunique()) == (243, 71)
    assert manifest.groupby("patient_id")["split"].nunique().max() == 1
    found = read_json(Findings, workspace.root / "ingested" / "findings.json").findings
    confounders = " ".join(finding.message for finding in found if finding.kind == "confounder")
    assert "the covariate 'projection' alone tells 'no' from 'yes'" in confounders
    assert "the size of the image alone" in confounders  # it follows the projection
    assert "sex" not in confounders
    by_kind = workspace.findings()
    assert by_kind["empty-covariate"].message.endswith("age, size, weight")
    assert by_kind["infinite-covariate"].message.startswith("12 infinite values")
    assert len(by_kind["infinite-covariate"].cases) == 12


def domain_of(workspace: Workspace) -> Domain:
    return read_json(Domain, workspace.root / "ingested" / "domain.json")


def labelled(workspace: Workspace, header: str, rows: list[str], **options: object) -> int:
    """Ingests images with a table of a header and rows, each without its path."""
    lines = [f"path,{header}"]
    for number, row in enumerate(rows):
        save(picture(number), workspace.raw / f"{number:03d}.png")
        lines.append(f"{number:03d}.png,{row}")
    (workspace.raw / "cases.csv").write_text("\n".join(lines))
    return workspace.ingest(adapter={"format": "table", "file": "cases.csv", **options})


def test_numbers_have_no_classes_and_a_row_without_one_is_left_out(workspace: Workspace) -> None:
    rows = [f"{number / 2}" for number in range(40)] + ["unknown", "inf"]
    assert labelled(workspace, "label", rows, task="regression") == 0
    domain = domain_of(workspace)
    assert (domain.task, domain.classes) == ("regression", ())
    assert sum(counts["all"] for counts in domain.counts.values()) == 40
    assert workspace.findings()["missing-label"].cases == ("040.png", "041.png")
    assert workspace.manifest().loc["001.png", "label"] == "0.5"


def test_a_case_may_be_of_several_classes_or_of_none(workspace: Workspace) -> None:
    rows = ["1,0", "0,1", "1,1", "0,0"] * 12 + [",", "1,perhaps"]
    assert labelled(workspace, "nodule,effusion", rows, task="multilabel", label=["nodule", "effusion"]) == 0
    domain = domain_of(workspace)
    assert (domain.task, domain.classes) == ("multilabel", ("nodule", "effusion"))
    assert sum(counts["nodule"] for counts in domain.counts.values()) == 24
    assert workspace.findings()["missing-label"].cases == ("048.png", "049.png")
    labels = workspace.manifest()["label"]
    assert list(labels[:4]) == ["nodule", "effusion", "effusion|nodule", ""]


def test_ordered_classes_keep_their_order(workspace: Workspace) -> None:
    rows = ["10", "9", "8"] * 15
    assert labelled(workspace, "label", rows, task="ordinal", classes=["8", "9", "10"]) == 0
    assert (domain_of(workspace).task, domain_of(workspace).classes) == ("ordinal", ("8", "9", "10"))


def segmented(root: Path, cases: int = 12) -> Path:
    for number in range(cases):
        save_volume(volume(number), root / "images" / f"{number:02d}.nii.gz")
        save_volume((volume(number) % 3).astype(np.uint8), root / "labels" / f"{number:02d}.nii.gz")
    return root


SEGMENTATION = {"adapter": "decathlon", "near_duplicate_bits": None}


def test_images_and_masks_are_ingested_without_a_word_on_labels(workspace: Workspace) -> None:
    segmented(workspace.raw, 30)
    assert workspace.ingest(**SEGMENTATION) == 0
    assert set(workspace.findings()) == {"case-counts", "patients-unknown"}
    domain = domain_of(workspace)
    assert (domain.task, domain.classes) == ("segmentation", ("0", "1", "2"))
    assert sum(counts["all"] for counts in domain.counts.values()) == 30
    manifest = workspace.manifest()
    assert manifest["mask_sha256"].nunique() == 30
    assert manifest["label"].isna().all()


def test_spoilt_masks_are_left_out_each_for_its_reason(workspace: Workspace) -> None:
    images, masks = (segmented(workspace.raw, 30) / folder for folder in ("images", "labels"))
    (masks / "00.nii.gz").unlink()
    save_volume(volume(1)[:-1] % 3, masks / "01.nii.gz")
    save_volume((volume(2) % 3) / np.float32(2), masks / "02.nii.gz")
    save_volume(volume(3) % 5, masks / "03.nii.gz")
    save_volume(volume(4) - 500, masks / "04.nii.gz")
    (masks / "05.nii.gz").write_bytes(b"")
    save_volume(volume(7), images / "06.nii.gz")
    adapter = {"format": "decathlon", "classes": ["a", "b", "c"]}
    assert workspace.ingest(adapter=adapter, near_duplicate_bits=None) == 0
    why = workspace.manifest()["excluded_because"].dropna()
    assert set(why) == {
        "missing-mask", "mask-mismatch", "mask-values", "unreadable", "label-conflict",
    }  # fmt: skip
    assert list(why[why == "mask-values"].index) == [f"images/{number:02d}.nii.gz" for number in (2, 3, 4)]
    assert list(why[why == "label-conflict"].index) == ["images/06.nii.gz", "images/07.nii.gz"]


def test_only_a_pair_whose_image_or_mask_changed_is_looked_at_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    segmented(workspace.raw, 30)
    workspace.ingest(**SEGMENTATION)
    kept = workspace.root / "kept"
    kept.mkdir()
    (workspace.root / "ingested").rename(kept / "ingested")
    monkeypatch.setenv("MEDGRAFT_PREVIOUS", str(kept))
    save_volume((volume(99) % 3).astype(np.uint8), workspace.raw / "labels" / "03.nii.gz")
    assert workspace.ingest(**SEGMENTATION) == 0
    assert "d: 1 looked at, 29 recalled" in capsys.readouterr().out
    incremental = workspace.bytes_of("ingested")
    monkeypatch.delenv("MEDGRAFT_PREVIOUS")
    workspace.ingest(**SEGMENTATION)
    assert workspace.bytes_of("ingested") == incremental


def test_a_dozen_of_the_hippocampus_are_ingested(workspace: Workspace) -> None:
    root = shared_data("hippocampus")
    names = sorted(file.name for file in (root / "images").iterdir())[::8]
    for folder in ("images", "labels"):
        (workspace.raw / folder).mkdir()
        for name in names:
            (workspace.raw / folder / name).write_bytes((root / folder / name).read_bytes())
    assert workspace.ingest(**SEGMENTATION) == 0
    seen = pd.read_parquet(workspace.root / "ingested" / "examinations.parquet")
    assert len(seen) == len(names)
    assert set(seen["spacing"]) == {"1x1x1"}
    assert set(seen["mask_labels"]) == {"0 1 2"}
    assert seen["flaw"].isna().all()


def kept(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves the output aside and names it to the stage, as the broker does."""
    aside = workspace.root / "kept"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    shutil.move(workspace.root / "ingested", aside / "ingested")
    monkeypatch.setenv("MEDGRAFT_PREVIOUS", str(aside))


def test_only_a_changed_case_is_looked_at_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class_folders(workspace.raw)
    assert workspace.ingest() == 0
    kept(workspace, monkeypatch)
    save(picture(999), workspace.raw / "no" / "000.png")
    capsys.readouterr()
    assert workspace.ingest() == 0
    assert "d: 1 looked at, 39 recalled" in capsys.readouterr().out


@pytest.mark.parametrize("changed", [{"salt": "another"}, {"val": 0.1}, {"folds": 4}])
def test_another_way_to_split_leaves_nothing_of_the_earlier_splits(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    class_folders(workspace.raw, 30)
    assert workspace.ingest() == 0
    before = workspace.manifest()["split"]
    kept(workspace, monkeypatch)
    assert workspace.ingest(split=changed) == 0
    recalled = workspace.bytes_of("ingested")
    assert not workspace.manifest()["split"].equals(before)
    monkeypatch.delenv("MEDGRAFT_PREVIOUS")
    assert workspace.ingest(split=changed) == 0
    assert workspace.bytes_of("ingested") == recalled


EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "modify", "rename", "damage"]), st.integers(0, 30)),
    max_size=6,
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_ingesting_a_change_gives_the_bytes_of_ingesting_from_scratch_and_moves_no_old_case(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        workspace = Workspace(tmp_path_factory.mktemp("w"), patch)
        split = {"val": 0.2, "test": 0.0}
        class_folders(workspace.raw, 16)
        assert workspace.ingest(split=split, near_duplicate_bits=None, min_cases_per_class=1) == 0
        before = workspace.manifest()
        kept(workspace, patch)
        for number, (edit, place) in enumerate(edits):
            _edit(workspace, edit, place, 7000 + number)
        code = workspace.ingest()
        if code == 0:
            changed, after = workspace.bytes_of("ingested"), workspace.manifest()
            patch.delenv("MEDGRAFT_PREVIOUS")
            assert workspace.ingest() == 0
            assert workspace.bytes_of("ingested") == changed
            both = before.merge(after, left_index=True, right_index=True, suffixes=("_old", "_new"))
            both = both.dropna(subset=["split_new"])
            same = both[both["content_sha256_old"] == both["content_sha256_new"]]
            assert (same["split_old"] == same["split_new"]).all()


def _edit(workspace: Workspace, edit: str, place: int, seed: int) -> None:
    files = sorted(workspace.raw.rglob("*.png"))
    file = files[place % len(files)]
    if edit == "add":
        save(picture(seed), workspace.raw / "yes" / f"new-{seed}.png")
    elif edit == "remove":
        file.unlink()
    elif edit == "modify":
        save(picture(seed), file)
    elif edit == "rename":
        file.rename(file.with_name(f"renamed-{seed}.png"))
    else:
        damage(file)
