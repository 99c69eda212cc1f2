"""A headless Chromium, and what tests of pages ask of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, cast

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class LogEntry(TypedDict):
    """What the browser logged, as far as it is read here."""

    level: str
    message: str


def start_browser(profile: Path) -> webdriver.Chrome:
    """Starts it, or skips the test where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("there is no Chromium with a chromedriver here")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        return webdriver.Chrome(options=options, service=Service(driver))
    except WebDriverException as error:
        pytest.skip(f"Chromium does not start here: {error.msg}")


def show(browser: webdriver.Chrome, file: Path, width: int = 1280, scheme: str = "light") -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    for kind in ("browser", "performance"):
        read_log(browser, kind)
    browser.get(file.as_uri())


def read_log(browser: webdriver.Chrome, kind: str) -> list[LogEntry]:
    """Gives what was logged since the last call."""
    return cast(Callable[[str], list[LogEntry]], browser.get_log)(kind)


def complaints(browser: webdriver.Chrome) -> list[LogEntry]:
    """Gives the errors that the page made."""
    return read_log(browser, "browser")


def asked_for(browser: webdriver.Chrome) -> list[str]:
    """Gives every address that the page was loaded from or asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in read_log(browser, "performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in asked if not url.startswith("data:")]


def fits(browser: webdriver.Chrome) -> bool:
    """Tells whether nothing has to be scrolled sideways."""
    return bool(browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"))
