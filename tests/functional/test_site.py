"""The site in a real browser: on a phone, on a desk, in print, in the dark; nothing is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from pipeline.site import write_site
from tests.functional.browsing import asked_for, complaints, fits, show
from tests.unit.pipeline.site.recorded import HOSTILE, build_history

KINDS = ("index", "models", "decisions", "model")


WIDE = """
return [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > innerWidth).map(e => e.outerHTML)
"""
CONTRAST = """
const linear = x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => linear(x / 255));
  return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
const paper = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (!c.endsWith(', 0)')) return c; } return 'rgb(255, 255, 255)' };
return [...document.querySelectorAll('body *:not(svg, svg *)')]
  .filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) && e.getClientRects().length)
  .map(e => { const [a, b] = [light(getComputedStyle(e).color), light(paper(e))];
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName + ' ' + e.className] })
  .filter(([ratio]) => ratio < 4.5).map(([ratio, name]) => name + ' ' + ratio.toFixed(2));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose model has a name without a gap, and with markup in it."""
    root = tmp_path_factory.mktemp("workspace")
    build_history(root, f"{'W' * 90}{HOSTILE}")
    return write_site(root, root / "site").parent


def page(site: Path, kind: str) -> Path:
    return min((site / "models").iterdir()) if kind == "model" else site / f"{kind}.html"


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_opens_without_an_error_fits_every_screen_and_asks_for_nothing(
    browser: webdriver.Chrome, site: Path, kind: str
) -> None:
    for width in (360, 1280):
        show(browser, page(site, kind), width)
        assert complaints(browser) == []
        assert asked_for(browser) == [page(site, kind).as_uri()]
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert fits(browser), width
    assert browser.execute_script("return window.hit === undefined")


def test_no_table_has_to_be_scrolled_on_a_phone(browser: webdriver.Chrome, site: Path) -> None:
    for kind in KINDS:
        show(browser, page(site, kind), 360)
        wide = (
            "return [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > innerWidth).length"
        )
        assert browser.execute_script(wide) == 0, kind


def test_links_lead_to_pages_that_are_there(browser: webdriver.Chrome, site: Path) -> None:
    (champion,) = [file for file in (site / "models").iterdir() if "champion</span>" in file.read_text()]
    show(browser, site / "index.html", 360)
    for link, there in (
        ("#champion a", champion),
        ("nav li:nth-child(3) a", site / "decisions.html"),
        ("nav li:nth-child(1) a", site / "index.html"),
    ):
        browser.execute_script("arguments[0].click()", browser.find_element(By.CSS_SELECTOR, link))
        assert browser.current_url == there.as_uri()


def test_a_phone_shows_one_drawing_of_the_models_and_a_desk_another(
    browser: webdriver.Chrome, site: Path
) -> None:
    for width, seen in ((360, "narrow"), (1280, "wide")):
        show(browser, site / "index.html", width)
        figures = browser.find_elements(By.CSS_SELECTOR, "#models figure")
        assert [f.get_attribute("class") for f in figures if f.is_displayed()] == [seen]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_told_from_its_ground(browser: webdriver.Chrome, site: Path, scheme: str) -> None:
    for kind in KINDS:
        show(browser, page(site, kind), scheme=scheme)
        assert browser.execute_script(CONTRAST) == [], kind


def test_it_prints(browser: webdriver.Chrome, site: Path) -> None:
    show(browser, site / "index.html")
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert len(printed["data"]) > 20_000
