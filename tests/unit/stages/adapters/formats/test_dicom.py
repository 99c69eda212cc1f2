from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.pixels import pixel_array

from stages.adapters.case import Decoded, UnreadableError
from stages.adapters.formats.dicom import DicomAdapter, DicomOptions, recognise
from stages.contracts.errors import DataError
from tests.unit.stages.adapters.dicom_files import dicom, series, write
from tests.unit.stages.raw_images import shared_data
from tests.unit.stages.runs import Workspace

GREY = np.arange(48, dtype=np.uint16).reshape(6, 8)
SYNTAXES = {
    "CT_small.dcm": "Explicit VR Little Endian",
    "MR_small_implicit.dcm": "Implicit VR Little Endian",
    "MR_small_bigendian.dcm": "Explicit VR Big Endian",
    "image_dfl.dcm": "Deflated Explicit VR Little Endian",
    "MR_small_RLE.dcm": "RLE Lossless",
    "SC_rgb_jpeg_dcmtk.dcm": "JPEG Baseline (Process 1)",
    "SC_rgb_jpeg_gdcm.dcm": "JPEG Lossless",
    "MR_small_jpeg_ls_lossless.dcm": "JPEG-LS Lossless",
    "MR_small_jp2klossless.dcm": "JPEG 2000 Image Compression (Lossless Only)",
    "JPGExtended.dcm": "JPEG Extended (Process 2 and 4)",
    "JPEG2000.dcm": "JPEG 2000 Image Compression",
    "693_J2KR.dcm": "JPEG 2000 Image Compression (Lossless Only)",
    "SC_rgb_rle.dcm": "RLE Lossless",
}


def adapter(root: Path, **options: object) -> DicomAdapter:
    return DicomAdapter(root, DicomOptions.model_validate(options))


def only(root: Path, **options: object) -> Decoded:
    """Decodes the only case."""
    opened = adapter(root, **options)
    (case,) = opened.cases()
    return opened.decode(case.path)


def test_slices_of_a_series_are_one_volume_ordered_along_their_normal(tmp_path: Path) -> None:
    series(tmp_path / "scan")
    decoded = only(tmp_path)
    assert decoded.pixels.shape == (8, 6, 5)
    assert decoded.spacing == (0.75, 0.5, 2.5)
    assert decoded.pixels.dtype == np.int16
    means = decoded.pixels.mean(axis=(0, 1))
    assert (np.diff(means) > 90).all()


def test_x_runs_along_columns_and_y_along_rows(tmp_path: Path) -> None:
    series(tmp_path, 2)
    first = np.random.default_rng(0).integers(0, 50, (6, 8)).astype(np.int16)
    np.testing.assert_array_equal(only(tmp_path).pixels[:, :, 0], first.T)


def test_slices_without_positions_are_ordered_by_their_numbers(tmp_path: Path) -> None:
    for file in series(tmp_path):
        made = pydicom.dcmread(file)
        del made.ImagePositionPatient
        made.save_as(file)
    assert (np.diff(only(tmp_path).pixels.mean(axis=(0, 1))) < -90).all()


def test_files_without_a_place_are_cases_of_their_own(tmp_path: Path) -> None:
    for number in range(3):
        write(dicom(GREY + number, SeriesInstanceUID="1.2", Modality="CR"), tmp_path / f"{number}.dcm")
    assert [case.case_id for case in adapter(tmp_path).cases()] == ["0.dcm", "1.dcm", "2.dcm"]


@pytest.mark.parametrize(("spoil", "kind"), [("gap", "irregular-spacing"), ("twice", "repeated-slice")])
def test_a_volume_that_is_not_whole_is_left_out_for_its_reason(tmp_path: Path, spoil: str, kind: str) -> None:
    files = series(tmp_path)
    if spoil == "gap":
        files[2].unlink()
    else:
        shutil.copy(files[2], tmp_path / "copy")
    with pytest.raises(UnreadableError) as caught:
        only(tmp_path)
    assert caught.value.kind == kind


def test_values_are_rescaled_and_stay_whole_where_slope_and_intercept_are(tmp_path: Path) -> None:
    write(dicom(GREY, RescaleSlope=2, RescaleIntercept=-1024), tmp_path / "whole")
    decoded = only(tmp_path)
    np.testing.assert_array_equal(decoded.pixels, GREY.astype(np.int64) * 2 - 1024)
    assert decoded.pixels.dtype == np.int16


def test_values_of_a_broken_slope_are_floats(tmp_path: Path) -> None:
    write(dicom(GREY, RescaleSlope=0.5, RescaleIntercept=0), tmp_path / "broken")
    assert only(tmp_path).pixels.dtype == np.float32
    np.testing.assert_allclose(only(tmp_path).pixels.astype(np.float64), GREY / 2)


def test_monochrome1_is_inverted_so_that_more_is_brighter(tmp_path: Path) -> None:
    made = dicom(GREY.astype(np.uint8), PhotometricInterpretation="MONOCHROME1")
    write(made, tmp_path / "x")
    np.testing.assert_array_equal(only(tmp_path).pixels, 255 - GREY)


def test_a_window_cuts_values_off(tmp_path: Path) -> None:
    write(dicom(GREY, WindowCenter=20, WindowWidth=10), tmp_path / "x")
    assert only(tmp_path, window=[10, 30]).pixels.max() == 30
    assert only(tmp_path).pixels.max() == 47
    shown = only(tmp_path, window="file").pixels
    assert (shown[GREY <= 15] == shown.min()).all() and (shown[GREY >= 25] == shown.max()).all()


@pytest.mark.parametrize(("name", "syntax"), SYNTAXES.items())
def test_every_transfer_syntax_is_decoded_as_pydicom_does(tmp_path: Path, name: str, syntax: str) -> None:
    file = get_testdata_file(name)
    if file is None:
        pytest.skip(f"this pydicom ships no {name}")
    shutil.copy(str(file), tmp_path / "case")
    dataset = pydicom.dcmread(tmp_path / "case")
    assert dataset.file_meta.TransferSyntaxUID.name.startswith(syntax)
    decoded = only(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = pixel_array(dataset)
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    if decoded.pixels.ndim == expected.ndim:
        np.testing.assert_allclose(decoded.pixels.astype(np.float64), expected * slope + intercept)
    else:
        np.testing.assert_array_equal(decoded.pixels, expected[..., 0])


@pytest.mark.parametrize(
    "name", ["color3d_jpeg_baseline.dcm", "examples_palette.dcm", "SC_ybr_full_422_uncompressed.dcm"]
)
def test_colours_come_as_rgb(tmp_path: Path, name: str) -> None:
    file = get_testdata_file(name)
    if file is None:
        pytest.skip(f"this pydicom ships no {name}")
    shutil.copy(str(file), tmp_path / "case")
    decoded = only(tmp_path)
    assert decoded.colour and decoded.pixels.shape[-1] == 3


def test_a_transfer_syntax_that_no_decoder_reads_is_named(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(str(get_testdata_file("JPGExtended.dcm")))
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    dataset.save_as(tmp_path / "case")
    with pytest.raises(UnreadableError, match=r"MPEG2 Main Profile / Main Level cannot be decoded"):
        only(tmp_path)


def test_frames_are_the_slices_of_a_volume(tmp_path: Path) -> None:
    frames = np.stack([GREY, GREY + 1, GREY + 2])
    write(dicom(frames, NumberOfFrames=3), tmp_path / "x")
    np.testing.assert_array_equal(only(tmp_path).pixels, frames.swapaxes(0, 2))


def test_header_fields_that_identify_are_named_and_their_values_are_not(tmp_path: Path) -> None:
    write(dicom(GREY, PatientName="Doe^Jane", PatientID="MRN-1", PatientBirthDate="19700101"), tmp_path / "x")
    found = only(tmp_path).identifiers
    assert {"PatientName", "PatientID", "PatientBirthDate"} <= set(found)
    assert not {"Doe^Jane", "MRN-1", "19700101"} & set(found)


def test_case_ids_name_neither_the_patient_nor_the_series(tmp_path: Path) -> None:
    series(tmp_path / "scan", uid="1.2.826.0.1.99")
    (case,) = adapter(tmp_path).cases()
    assert case.patient_id == "MRN-7654321"
    assert "7654321" not in case.case_id and "1.2.826" not in case.case_id
    assert case.case_id.startswith("scan/series-")
    assert adapter(tmp_path, patient="none").cases()[0].patient_id is None


def test_all_files_of_a_series_decide_its_case(tmp_path: Path) -> None:
    files = series(tmp_path / "scan")
    opened = adapter(tmp_path)
    (case,) = opened.cases()
    assert opened.files(case.path) == tuple(sorted(f"scan/{file.name}" for file in files))


@pytest.mark.parametrize(
    ("match", "key"),
    [
        ("folder", "a"),
        ("series", "1.2.3"),
        ("patient", "MRN-7654321"),
        ("accession", "ACC9"),
        ("path", "a/00"),
    ],
)
def test_labels_come_from_a_table(tmp_path: Path, match: str, key: str) -> None:
    series(tmp_path / "a", AccessionNumber="ACC9")
    (tmp_path / "labels.csv").write_text(f"id,dx,age\n{key},ill,50\n")
    labels = {"file": "labels.csv", "key": "id", "match": match, "label": "dx", "covariates": ["age"]}
    (case,) = adapter(tmp_path, labels=labels).cases()
    assert (case.label, case.covariates) == ("ill", (("age", 50.0),))


def test_a_table_that_knows_no_case_or_contradicts_itself_is_refused(tmp_path: Path) -> None:
    series(tmp_path / "a")
    table = tmp_path / "labels.csv"
    labels = {"file": "labels.csv", "key": "id", "match": "folder"}
    table.write_text("id,label\nb,ill\n")
    with pytest.raises(DataError, match="knows none of the cases"):
        adapter(tmp_path, labels=labels).cases()
    table.write_text("id,label\na,ill\na,well\n")
    with pytest.raises(DataError, match="contradicts itself"):
        adapter(tmp_path, labels=labels).cases()


@pytest.mark.parametrize("fields", [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 2_000_000_000}])
def test_a_claim_that_the_file_cannot_hold_is_refused_before_memory_is_taken(
    tmp_path: Path, fields: dict[str, int]
) -> None:
    write(dicom(GREY, **fields), tmp_path / "x")
    with pytest.raises(UnreadableError, match="claims to hold"):
        only(tmp_path)


def test_a_truncated_file_is_unreadable(tmp_path: Path) -> None:
    file = write(dicom(GREY), tmp_path / "x")
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(UnreadableError):
        only(tmp_path)


def test_other_files_are_no_cases(tmp_path: Path) -> None:
    write(dicom(GREY), tmp_path / "x.dcm")
    (tmp_path / "readme.txt").write_text("not DICOM")
    assert [case.case_id for case in adapter(tmp_path).cases()] == ["x.dcm"]


def test_dicom_is_recognised_by_content(tmp_path: Path) -> None:
    write(dicom(GREY), tmp_path / "a" / "image.png")
    assert recognise(tmp_path)
    assert only(tmp_path).misnamed == "DICOM"
    (tmp_path / "b").mkdir()
    for number in range(3):
        (tmp_path / "b" / f"{number}.png").write_bytes(b"\x89PNG")
    assert not recognise(tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        {"label": "folder", "labels": {"file": "a.csv", "key": "id"}},
        {"patient": "table"},
        {"window": [3, 1]},
    ],
)
def test_options_that_contradict_each_other_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"either|need each other|lower"):
        adapter(tmp_path, **options)


def test_a_real_series_is_one_volume_and_its_identifiers_stay_out_of_all_artifacts(
    workspace: Workspace,
) -> None:
    shutil.copytree(shared_data("dicom_t1w"), workspace.raw / "t1w")
    for number in range(2):
        write(dicom(GREY + number, Modality="CR"), workspace.raw / "other" / f"{number}.dcm")
    options = {"format": "dicom", "label": "folder"}
    split = {"val": 0.0, "test": 0.0}
    assert workspace.ingest(adapter=options, split=split, min_cases_per_class=1, thumbnails=0) == 0
    manifest = workspace.manifest()
    volumes = manifest[manifest["label"] == "t1w"]
    assert len(volumes) == 1
    assert "PatientName" in workspace.findings()["identifiers"].message
    for name, data in workspace.bytes_of("ingested").items():
        assert b"Jane" not in data or name == "manifest.parquet"


def test_a_folder_of_all_kinds_of_dicom_files_is_ingested_without_a_traceback(workspace: Workspace) -> None:
    kinds = [*SYNTAXES, "rtplan.dcm", "rtdose.dcm", "no_meta.dcm", "emri_small.dcm", "reportsi.dcm"]
    files = [file for name in kinds if (file := get_testdata_file(name))]
    for number, file in enumerate(files):
        folder = workspace.raw / ("a" if number % 2 else "b")
        folder.mkdir(exist_ok=True)
        shutil.copy(str(file), folder)
    options = {"format": "dicom", "label": "folder", "patient": "none"}
    split = {"val": 0.0, "test": 0.0}
    assert workspace.ingest(adapter=options, split=split, min_cases_per_class=1) == 0
    manifest = workspace.manifest()
    assert manifest["excluded_because"].isna().sum() >= 7
    assert "no-image" in set(manifest["excluded_because"].dropna())
