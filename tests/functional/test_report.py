"""The report in a real browser: nothing is loaded, nothing overflows, and the verdict can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pipeline.report import write_report
from stages.contracts.findings import Finding
from tests.functional.browsing import asked_for, complaints, fits, show
from tests.unit.pipeline.report.built_workspace import SECTIONS, Built, build_all, build_data, build_params

HOSTILE = ("<script>window.hit = 1</script>", "W" * 90)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("workspaces")
    begun = Built(root / "begun")
    build_params(begun)
    build_data(begun)
    build_all(Built(root / "finished"))
    build_all(Built(root / "hostile", HOSTILE, patients=True, verdict="negative", **illustrated()))
    return {
        folder.name: write_report(folder, root / f"{folder.name}.html") for folder in sorted(root.iterdir())
    }


def illustrated() -> dict[str, Any]:
    """Gives many findings with thumbnails, some of them of cases with long names."""
    cases = tuple(f"{'W' * (90 * (number % 2))}{number:02d}.png" for number in range(48))
    findings = tuple(
        Finding(kind=f"k{start}", severity="warning", message="m", cases=cases[start : start + 6], remedy="r")
        for start in range(0, 48, 6)
    )
    return {"findings": findings, "pictured": cases}


@pytest.mark.parametrize("name", ["begun", "finished", "hostile"])
def test_it_opens_without_an_error_and_asks_for_nothing(
    browser: webdriver.Chrome, reports: dict[str, Path], name: str
) -> None:
    show(browser, reports[name])
    assert complaints(browser) == []
    assert asked_for(browser) == [reports[name].as_uri()]
    assert browser.execute_script("return window.hit === undefined")


@pytest.mark.parametrize("name", ["begun", "finished", "hostile"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_screen_has_to_be_scrolled_sideways(
    browser: webdriver.Chrome, reports: dict[str, Path], name: str, width: int
) -> None:
    show(browser, reports[name], width)
    assert fits(browser)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert fits(browser)


def test_every_section_is_there_and_can_be_reached(
    browser: webdriver.Chrome, reports: dict[str, Path]
) -> None:
    show(browser, reports["finished"])
    links = [link.get_attribute("href") or "" for link in browser.find_elements(By.CSS_SELECTOR, "nav a")]
    assert [link.partition("#")[2] for link in links] == list(SECTIONS)
    for name in SECTIONS:
        assert browser.find_element(By.ID, name).find_element(By.TAG_NAME, "h2").is_displayed()


def test_the_verdict_can_be_read_without_scrolling(
    browser: webdriver.Chrome, reports: dict[str, Path]
) -> None:
    for width in (360, 1280):
        show(browser, reports["finished"], width)
        word = browser.find_element(By.CLASS_NAME, "word")
        assert word.is_displayed()
        assert "Transfer helped" in word.text
        assert word.rect["y"] + word.rect["height"] < 800


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_stand_on_white_in_every_scheme(
    browser: webdriver.Chrome, reports: dict[str, Path], scheme: str
) -> None:
    show(browser, reports["finished"], scheme=scheme)
    papers = browser.find_elements(By.CLASS_NAME, "paper")
    assert len(papers) > 10
    assert {paper.value_of_css_property("background-color") for paper in papers} == {"rgba(255, 255, 255, 1)"}
    page = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert (page == "rgba(246, 247, 248, 1)") == (scheme == "light")


def test_each_width_shows_its_own_drawing_of_the_layers(
    browser: webdriver.Chrome, reports: dict[str, Path]
) -> None:
    for width, seen in ((360, "narrow"), (1280, "wide")):
        show(browser, reports["finished"], width)
        figures = browser.find_elements(By.CSS_SELECTOR, "#layers figure")
        assert [f.get_attribute("class") for f in figures if f.is_displayed()] == [seen]


def test_thumbnails_are_seen_at_every_width_and_have_a_text(
    browser: webdriver.Chrome, reports: dict[str, Path]
) -> None:
    for width in (360, 1280):
        show(browser, reports["hostile"], width)
        images = browser.find_elements(By.CSS_SELECTOR, "#data img")
        assert len(images) == 48
        assert all(image.is_displayed() and image.get_attribute("alt") for image in images)
        loaded = "return [...document.images].every(i => i.complete && i.naturalWidth == 32)"
        assert browser.execute_script(loaded)
        assert all(80 <= image.size["width"] == image.size["height"] <= 97 for image in images)


def test_it_prints(browser: webdriver.Chrome, reports: dict[str, Path]) -> None:
    show(browser, reports["finished"])
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert len(printed["data"]) > 50_000


def test_a_box_of_the_graph_unfolds_what_is_known_of_its_stage(
    browser: webdriver.Chrome, reports: dict[str, Path]
) -> None:
    show(browser, reports["finished"])
    box = browser.find_element(By.CSS_SELECTOR, "#lineage svg.pedigree a")
    target = (box.get_dom_attribute("href") or "").removeprefix("#")
    assert not browser.find_element(By.ID, target).is_displayed()
    browser.execute_script("arguments[0].focus()", box)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.find_element(By.ID, target).is_displayed()
