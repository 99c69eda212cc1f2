"""The file as a whole: what it says, what it never says, and what it does where something is missing."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.report import write_report
from stages.contracts.errors import DataError, MedgraftError, UsageError
from stages.contracts.findings import Finding
from tests.unit.pipeline.report.built_workspace import (
    SECTIONS,
    Built,
    build_all,
    build_data,
    build_params,
    build_transfers,
)


class Text(HTMLParser):
    """Collects what a reader sees, and the start tags."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def parse(file: Path) -> Text:
    parsed = Text()
    parsed.feed(file.read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    build_all(Built(root))
    return write_report(root, root / "report.html")


BOOSTING = {
    "settings": {"trees": 30, "smallest_leaf": 5},
    "seed": 0,
    "threshold": None,
    "training_cases": 77,
    "scores": {"auroc": {"value": 0.912, "low": 0.9, "high": 0.92}},
    "difference": {"auroc": {"value": -0.052, "low": -0.06, "high": -0.04}},
    "seeds": {"0": {"auroc": 0.912}},
}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("several")
    build_all(Built(root, classes=("normal", "bacterial", "viral"), patients=True, verdict="negative"))
    metrics = root / "artifacts" / "metrics.json"
    scores = json.loads(metrics.read_text(encoding="utf-8"))
    metrics.write_text(json.dumps(scores | {"boosting": BOOSTING}), encoding="utf-8")
    return parse(write_report(root, root / "r.html")).text


def test_a_finished_run_has_every_section_and_nothing_left_to_compute(finished: Path) -> None:
    page = parse(finished)
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section"] == list(SECTIONS)
    assert "Not yet computed" not in page.text


def test_the_verdict_stands_in_plain_words_before_anything_else(finished: Path) -> None:
    text = parse(finished).text
    assert "Transfer helped" in text
    assert text.index("Transfer helped") < text.index("Every metric")
    assert "0.960 95% interval 0.930 to 0.985" in text
    assert "+0.100 95% interval +0.070 to +0.125" in text
    assert "Research software, not a medical device." in text


def test_the_file_loads_nothing_and_is_small(finished: Path) -> None:
    text = finished.read_text(encoding="utf-8")
    assert finished.stat().st_size < 3_000_000
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert not re.search(
        r"<script|<link[^>]+href=\"(?!data:,)|\bsrc=\"(?!data:image/png;base64,)|@import|url\((?!#)", text
    )
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_only_the_last_line_depends_on_the_time(tmp_path: Path, finished: Path) -> None:
    again = write_report(finished.parent, tmp_path / "again.html")

    def stable(file: Path) -> str:
        return re.sub(r'<p class="generated">.*?</p>', "", file.read_text(encoding="utf-8"))

    assert stable(again) == stable(finished)
    assert finished.read_text(encoding="utf-8").rstrip().endswith("</p>\n</footer>\n</body>\n</html>")


def test_no_path_of_this_machine_is_in_it(finished: Path) -> None:
    assert str(finished.parent) not in finished.read_text(encoding="utf-8")


def test_ids_are_unique_and_every_reference_has_its_target(finished: Path) -> None:
    tags = parse(finished).tags
    ids = [attrs["id"] for _, attrs in tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    text = finished.read_text(encoding="utf-8")
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', text)) <= set(ids)


def test_each_figure_has_a_label_and_a_caption(finished: Path) -> None:
    tags = parse(finished).tags
    figures = [attrs for tag, attrs in tags if tag == "figure"]
    drawings = [attrs for tag, attrs in tags if tag == "svg"]
    assert len(figures) == len(drawings) == sum(tag == "figcaption" for tag, _ in tags) > 10
    assert all(attrs["role"] in ("img", "group") and attrs["aria-label"] for attrs in drawings)


def test_hints_are_said_to_decide_nothing_and_stand_beside_what_happened(finished: Path) -> None:
    text = parse(finished).text
    assert "A hint never decides." in text
    assert "arXiv 2308.07444" in text
    assert "imagenet −0.598 #1 0.034 #2 n/a lp_ft 0.965 #1 0.810" in text


def test_several_classes_are_shown_without_a_threshold(several: str) -> None:
    assert "Tell 3 classes apart: normal, bacterial, viral" in several
    assert "the most probable class is called" in several
    assert "micro-average" in several
    assert "597 test cases of 210 patients" in several


def test_gradient_boosting_is_shown_where_there_is_one(several: str, finished: Path) -> None:
    assert "on the same 77 labelled cases, tuned on validation: 30 trees" in several
    told = several.partition("Gradient boosting beside it")[2]
    assert "AUROC 0.912 0.900 to 0.920 \u22120.052" in told
    assert "Gradient boosting" not in parse(finished).text


def test_a_negative_verdict_says_so_in_plain_words(several: str) -> None:
    assert "Transfer did harm" in several


def test_an_output_that_is_not_the_recorded_one_is_pointed_out(several: str, finished: Path) -> None:
    assert "Not what was recorded: the bytes of artifacts/metrics.json" in several
    assert "Not what was recorded" not in parse(finished).text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script>"
    finding = Finding(
        kind="<img src=x>",
        severity="severe",
        message="\"><svg onload='alert(1)'>",
        cases=("</code><iframe>", "{{ 7 * 7 }}"),
        remedy="<b>none</b>",
    )
    pictured = ("</code><iframe>", "{{ 7 * 7 }}")
    build_all(Built(tmp_path, classes=(nasty, "$\\frac{1}{0}$"), findings=(finding,), pictured=pictured))
    page = parse(write_report(tmp_path, tmp_path / "r.html"))
    assert not {tag for tag, _ in page.tags} & {"script", "iframe"}
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert [attrs["alt"] for attrs in images] == [f"Thumbnail of {case}" for case in pictured]
    assert all((attrs["src"] or "").startswith("data:image/png;base64,") for attrs in images)
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert nasty in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "The target data have 1 severe finding" in page.text


def test_patient_identifiers_never_appear(tmp_path: Path) -> None:
    finding = Finding(
        kind="patient-in-two-splits",
        severity="severe",
        message="patient PAT-train-0001 is in train and test",
        cases=(*(f"{number}.png" for number in range(5)), "PAT-train-0002/scan.png"),
        remedy="give PAT-train-0001 one split",
    )
    build_all(Built(tmp_path, patients=True, findings=(finding,), pictured=finding.cases))
    out = write_report(tmp_path, tmp_path / "r.html")
    text = out.read_text(encoding="utf-8")
    assert "PAT-" not in text
    assert "patient [patient] is in train and test" in text
    assert 'alt="Thumbnail of [patient]/scan.png"' in text


def test_thumbnails_are_shown_once_and_said_to_be_images_of_patients(tmp_path: Path, finished: Path) -> None:
    page = parse(finished)
    assert sum(tag == "img" for tag, _ in page.tags) == 4
    assert "images of patients : keep this file where the raw data may be kept" in page.text
    assert "no patient identifiers, but small images of patients" in page.text
    build_all(Built(tmp_path, pictured=()))
    plain = write_report(tmp_path, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<img" not in plain
    assert "images of patients" not in plain


def test_a_report_has_room_for_so_many_thumbnails(tmp_path: Path) -> None:
    cases = tuple(f"c{number:03d}.png" for number in range(70))
    findings = tuple(
        Finding(kind=f"k{start:02d}", severity="note", message="m", cases=cases[start:], remedy="r")
        for start in range(0, 70, 7)
    )
    build_all(Built(tmp_path, findings=findings, pictured=cases))
    images = [attrs for tag, attrs in parse(write_report(tmp_path, tmp_path / "r.html")).tags if tag == "img"]
    assert len(images) == len({attrs["alt"] for attrs in images}) == 48
    assert [attrs["alt"] for attrs in images[5:7]] == ["Thumbnail of c005.png", "Thumbnail of c007.png"]


def test_what_is_not_computed_is_named_with_its_command(tmp_path: Path) -> None:
    built = Built(tmp_path)
    build_params(built)
    build_data(built)
    text = parse(write_report(tmp_path, tmp_path / "r.html")).text
    for command in ("evaluate", "transfer", "select", "finetune"):
        assert f"Run medgraft run {command}" in text
    assert "near duplicates" in text


def test_one_source_may_be_ahead_of_the_other(tmp_path: Path) -> None:
    built = Built(tmp_path)
    build_params(built)
    build_transfers(built)
    for file in (tmp_path / "artifacts" / "transferred" / "formula").iterdir():
        file.unlink()
    (tmp_path / "artifacts" / "transferred" / "formula").rmdir()
    text = parse(write_report(tmp_path, tmp_path / "r.html")).text
    assert "were summed" in text
    assert "Run medgraft run transfer" in text


def test_an_empty_workspace_is_an_error_that_says_what_to_run(tmp_path: Path) -> None:
    build_params(Built(tmp_path))
    (tmp_path / "artifacts" / "finetuned").mkdir(parents=True)
    (tmp_path / "artifacts" / "report.html").write_text("an earlier one", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        write_report(tmp_path, tmp_path / "r.html")
    assert len(str(caught.value).splitlines()) == 4
    assert "medgraft run" in caught.value.remedy
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    ("damaged", "content"),
    [
        ("artifacts/metrics.json", b""),
        ("artifacts/selected/selection.json", b"{}"),
        ("artifacts/selected/selected/2/checkpoint.json", b"[]"),
        ("artifacts/selected/selected/2/changes.json", b"{"),
        ("artifacts/evaluation/roc.csv", b"model,false_positive_rate\nselected,0\n"),
        ("artifacts/evaluation/calibration.csv", b""),
        ("artifacts/evaluation/confusion.csv", b"model,true,called,cases\nselected,a,a,many\n"),
        ("artifacts/ingested/target/findings.json", b"\xff\x00"),
        ("artifacts/ingested/target/domain.json", b"null"),
        ("artifacts/ingested/target/thumbnails/index.json", b"{}"),
        ("artifacts/ingested/target/manifest.parquet", b"PAR1 no more"),
        ("artifacts/transferred/imagenet/ledger.json", b"{}"),
        ("artifacts/hints/formula.json", b"{}"),
        ("artifacts/histories/imagenet-full-1.csv", b"\x00\xff"),
        ("artifacts/model/medgraft.json", b"{}"),
        ("dvc.lock", b"stages: [\n"),
        ("dvc.lock", b"\xff\xfe"),
    ],
)
def test_a_damaged_artifact_is_named(tmp_path: Path, finished: Path, damaged: str, content: bytes) -> None:
    root = tmp_path / "copy"
    shutil.copytree(finished.parent, root)
    (root / damaged).write_bytes(content)
    with pytest.raises(MedgraftError) as caught:
        write_report(root, root / "report.html")
    assert caught.value.where == str(root / damaged)
    assert len(str(caught.value).splitlines()) == 4
    assert (root / "report.html").read_bytes() == finished.read_bytes()


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path: Path, finished: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(UsageError):
        write_report(finished.parent, tmp_path / "taken" / "report.html")
