from __future__ import annotations

import copy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.render import FORMATS, render
from tests.render.sample import clean, large, sample

HEAVY = ("jinja2", "jsonschema", "boto3", "yaml")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_shows_every_document_and_changes_none(format: str) -> None:
    for document in (sample(), clean()):
        before = copy.deepcopy(document)
        text = render(document, format)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert document == before
        assert render(document, format) == text
        text.encode()


@pytest.mark.parametrize("format", FORMATS)
def test_half_a_surrogate_pair_can_be_written(format: str) -> None:
    document = sample()
    document["results"][0]["message"] = "broken \ud83d text"
    document["results"][0]["location"]["excerpt"][0]["text"] = "\udc00"
    render(document, format).encode()


@pytest.mark.parametrize("format", FORMATS)
def test_a_result_without_source_or_file_text_is_shown(format: str) -> None:
    document = sample()
    for result in document["results"]:
        result["location"] |= {"excerpt": [], "line_hash": ""}
        result["way"] = [hop | {"location": None} for hop in result["way"]]
    assert "HostGroup does not accept tcp 61001-65535" in " ".join(render(document, format).split())


@pytest.mark.parametrize("format", FORMATS)
def test_a_rule_that_the_document_does_not_describe_is_no_error(format: str) -> None:
    document = sample()
    document["rules"] = []
    assert "NET002" in render(document, format)


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="no format is named 'pdf': the formats are text, json"):
        render(sample(), "pdf")


def test_text_and_json_load_nothing_heavy(root: Path) -> None:
    code = (
        "import sys; from tests.render.sample import sample; from scanner.render import render\n"
        "render(sample(), 'text'); render(sample(), 'json')\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_ten_thousand_findings() -> None:
    document = large(10_000)
    begin = time.perf_counter()
    render(document, "text")
    assert time.perf_counter() - begin < 2 * 2  # the budget is 2 s; a busy machine may take twice that
    assert len(render(document, "html").encode()) < 5_000_000
