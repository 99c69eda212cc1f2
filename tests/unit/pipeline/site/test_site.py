"""What the site's pages say, what they never say, and where their links lead."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.lineage.log import LOG
from pipeline.site import write_site
from stages.contracts.artifact import write_json
from stages.contracts.errors import AuditError, DataError
from stages.contracts.findings import Findings
from tests.flow.projects import clean_environment
from tests.unit.pipeline.report.test_report import Text, parse
from tests.unit.pipeline.site.recorded import FINDING, HOSTILE, build_history, record_models


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    build_history(root)
    return write_site(root, root / "site").parent


def pages(site: Path) -> dict[str, Text]:
    return {file.relative_to(site).as_posix(): parse(file) for file in sorted(site.rglob("*.html"))}


def test_the_first_page_tells_the_champion_its_figures_and_the_last_decisions(site: Path) -> None:
    text = parse(site / "index.html").text
    assert "model v2" in text
    assert "AUROC on the test split of its run 0.720 0.670 to 0.770" in text
    assert "v2 is champion again, in place of v1" in text
    assert (
        text.index("A patient withdrew") < text.index("Nothing was judged") < text.index("The gate refused")
    )


def test_decisions_say_the_figures_the_criteria_and_the_reasons(site: Path) -> None:
    text = parse(site / "decisions.html").text
    assert "The first champion: there was none to compare with." in text
    assert "v2 became champion against the gate" in text
    assert (
        "AUROC 0.912 against 0.900 of the champion: +0.012, 95% interval −0.004 to +0.030, on the same 321"
        in text
    )
    assert "Caution: the split changed since." in text
    assert "Not met: negative transfer." in text
    assert "the champion's files are not to be had" in text
    assert "Due: schedule: drift in target" in text
    assert "2 models had seen the patient." in text
    assert "by A Tester, entry 1 of the log" in text


def test_findings_and_drift_of_the_data_are_told(site: Path) -> None:
    text = parse(site / "index.html").text
    assert "severe header identifiers · 1 case" in text
    assert "mean intensity of 40 new cases: not as in 300 others (distance 0.41, p 1e-06)" in text
    assert "198 cases in use of 2 classes; patients known" in text


def test_data_over_time_are_drawn_and_every_number_is_in_a_table(site: Path) -> None:
    page = parse(site / "index.html")
    assert "2 versions, from the oldest to the newest." in page.text
    labels = [attrs["aria-label"] or "" for tag, attrs in page.tags if tag == "svg"]
    assert [label.split(" over")[0] for label in labels[2:]] == [
        "Share of each class",
        "Mean intensity",
        "Contrast",
    ]
    assert "no model 200, yes 80 120 91 to 132" in page.text
    assert "no model 120, yes 80 110 90 to 131" in page.text


def test_how_the_champion_does_on_newer_cases_is_told_while_it_is_champion(tmp_path: Path) -> None:
    build_history(tmp_path)
    text = parse(write_site(tmp_path, tmp_path / "site")).text
    assert "77 new cases, held against 321 test cases of its own" in text
    assert "AUROC 0.810 0.700 to 0.900 on 60 newly labelled cases" in text
    assert "Drift: classes that cases are called, distance 0.30" in text
    assert "Not measured: calibration: too few cases" in text
    os.utime(tmp_path / ".medgraft" / "monitoring-0.json", (1, 1))
    assert "On cases that came after it" not in parse(write_site(tmp_path, tmp_path / "site")).text


def test_every_model_has_a_page_of_its_lineage(site: Path) -> None:
    found = [page.text for name, page in pages(site).items() if name.startswith("models/")]
    assert len(found) == 4
    for text in found:
        assert "python -m stages.package" in text
        assert "20 cases of 10 patients" in text
    assert sum("The gate refused; the champion stays" in text for text in found) == 1


def test_nothing_names_a_patient_and_everything_stays_text(site: Path) -> None:
    for name, page in pages(site).items():
        html = (site / name).read_text(encoding="utf-8")
        assert "PAT-" not in html
        assert "a letter" not in html
        assert "example.org" not in html
        assert str(site.parent) not in html
        assert not {tag for tag, _ in page.tags} & {"script", "iframe", "img", "object", "form"}
        assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert f"Reason given: {HOSTILE} for [patient]" in parse(site / "decisions.html").text


def test_links_stay_in_the_site_and_lead_somewhere(site: Path) -> None:
    found = pages(site)
    ids = {name: {attrs.get("id") for _, attrs in page.tags} for name, page in found.items()}
    reached: set[str] = set()
    for name, page in found.items():
        assert len([attrs["id"] for _, attrs in page.tags if "id" in attrs]) == len(ids[name] - {None})
        for _, attrs in page.tags:
            href = attrs.get("href")
            if href is None or href == "data:,":
                continue
            file, _, anchor = href.partition("#")
            target = (site / name).parent.joinpath(file).resolve() if file else site.resolve() / name
            there = target.relative_to(site.resolve()).as_posix()
            reached.add(there)
            assert not anchor or anchor in ids[there], (name, href)
    assert reached == set(found)
    assert all("default-src 'none'" in (site / name).read_text(encoding="utf-8") for name in found)


def test_headings_go_down_by_single_steps_and_every_drawing_has_a_label(site: Path) -> None:
    for name, page in pages(site).items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name
        assert all(attrs.get("aria-label") for tag, attrs in page.tags if tag == "svg")


def test_only_the_footers_depend_on_the_time(site: Path, tmp_path: Path) -> None:
    again = write_site(site.parent, tmp_path / "again").parent

    def stable(folder: Path) -> dict[str, str]:
        return {
            file.name: re.sub(r'<p class="generated">.*?</p>', "", file.read_text(encoding="utf-8"))
            for file in folder.rglob("*")
            if file.is_file()
        }

    assert stable(again) == stable(site)


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    found = pages(write_site(tmp_path, tmp_path / "site").parent)
    assert sorted(found) == ["decisions.html", "index.html", "models.html"]
    for command in ("medgraft run", "medgraft promote", "medgraft data use"):
        assert command in found["index.html"].text


def test_one_model_that_nobody_promoted_is_enough(tmp_path: Path) -> None:
    (record,) = record_models(tmp_path, 1)
    text = parse(write_site(tmp_path, tmp_path / "site")).text
    assert "No model is champion yet" in text
    assert record.identity[:8] in text


def test_an_ingestion_that_stopped_is_told_before_an_earlier_one(tmp_path: Path) -> None:
    write_json(
        Findings(domain="target", findings=(FINDING,)), tmp_path / ".medgraft" / "findings-target.json"
    )
    text = parse(write_site(tmp_path, tmp_path / "site")).text
    assert "severe header identifiers" in text


@pytest.mark.parametrize("damaged", ["log", "record", "findings", "manifest"])
def test_where_something_is_damaged_the_older_site_stays(tmp_path: Path, damaged: str) -> None:
    record, *_ = build_history(tmp_path)
    index = write_site(tmp_path, tmp_path / "site")
    before = index.read_bytes()
    file = {
        "log": tmp_path / LOG,
        "record": tmp_path / "lineage" / "records" / f"{record.identity[:16]}.json",
        "findings": tmp_path / "artifacts" / "ingested" / "target" / "findings.json",
        "manifest": tmp_path / "artifacts" / "ingested" / "target" / "manifest.parquet",
    }[damaged]
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises((AuditError, DataError)):
        write_site(tmp_path, tmp_path / "site")
    assert index.read_bytes() == before


SCRIPT = """
import sys
from pipeline.__main__ import app
app(["report", "--site", "site"], standalone_mode=False)
print(sorted({"torch", "monai", "prefect", "dvc", "sklearn"} & set(sys.modules)))
"""


def test_two_hundred_models_need_no_torch_and_are_all_on_one_page(tmp_path: Path) -> None:
    record_models(tmp_path, 200)
    (tmp_path / ".dvc").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=clean_environment({"PYTHONPATH": str(Path(__file__).parents[4])}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["site/index.html", "[]"]
    table = parse(tmp_path / "site" / "models.html")
    assert len({attrs["href"] for _, attrs in table.tags if "models/" in (attrs.get("href") or "")}) == 200
    assert "All 200 models" in parse(tmp_path / "site" / "index.html").text
