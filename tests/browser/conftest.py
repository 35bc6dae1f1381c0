from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.render import render
from tests.browser.webdriver import Browser, browser
from tests.conftest import PROGRAMS
from tests.render.sample import clean, large, sample, with_history


def _programs() -> tuple[str, str]:
    found = next(filter(None, map(shutil.which, PROGRAMS["browser"])), None)
    driver = shutil.which("chromedriver")
    if not found or not driver:
        pytest.skip("needs Chromium and chromedriver on the PATH")
    return driver, found


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(*_programs(), str(tmp_path_factory.mktemp("profile"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def without_scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(*_programs(), str(tmp_path_factory.mktemp("profile")), scripts=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of reports, by name."""
    folder = tmp_path_factory.mktemp("pages")
    written: dict[str, Path] = {}
    documents = {"sample": sample(), "clean": clean(), "large": large(2000), "history": with_history()}
    for name, document in documents.items():
        written[name] = folder / f"{name}.html"
        written[name].write_text(render(document, "html"), encoding="utf-8")
    return {name: path.as_uri() for name, path in written.items()}
