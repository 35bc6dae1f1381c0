from __future__ import annotations

from typing import Any

import pytest

from scanner.render.changes import HEIGHT, WIDTH, changes_view, summary_of, time_text
from tests.render.sample import sample, with_history

NONE = dict.fromkeys(("new", "changed", "persisting", "fixed", "gone", "not_seen"), 0)


def history(**more: Any) -> dict[str, Any]:
    whole: dict[str, Any] = with_history()["history"]
    return whole | more


@pytest.mark.parametrize(
    ("failed", "undecided", "line"),
    [
        (
            {"new": 3, "fixed": 1, "persisting": 12, "not_seen": 2},
            {},
            "3 new, 1 fixed, 12 persisting, 2 not seen since 2026-01-30 03:00 UTC",
        ),
        ({}, {}, "0 new, 0 fixed, 0 persisting since 2026-01-30 03:00 UTC"),
        (
            {"persisting": 1200},
            {"new": 1, "fixed": 2},
            "0 new, 0 fixed, 1,200 persisting since 2026-01-30 03:00 UTC; undecided: 1 new, 2 fixed",
        ),
    ],
)
def test_the_summary_is_a_line(failed: dict[str, int], undecided: dict[str, int], line: str) -> None:
    assert summary_of(history(counts={"fail": NONE | failed, "undecided": NONE | undecided})) == line


def test_a_first_scan_is_compared_with_nothing() -> None:
    said = summary_of(history(previous=None))
    assert said == "the first scan of examples stacks in this history: there is nothing to compare it with"


def test_times_are_those_of_greenwich() -> None:
    assert time_text("2026-01-30T03:04:59Z") == "2026-01-30 03:04 UTC"


def test_a_scan_without_a_history_shows_none() -> None:
    assert changes_view(sample()) is None


def test_another_version_is_told() -> None:
    document = with_history()
    view = changes_view(document)
    assert view is not None
    assert view["another_version"] == "0.0.9"
    document["history"]["previous"]["version"] = document["tool"]["version"]
    view = changes_view(document)
    assert view is not None
    assert view["another_version"] == ""


@pytest.mark.parametrize("nights", [2, 3, 30])
def test_columns_fill_the_drawing_and_no_more(nights: int) -> None:
    document = with_history()
    scan = document["history"]["trend"][0]
    document["history"]["trend"] = [
        scan | {"findings": {"high": number, "medium": 1, "low": 0}, "not_seen": number % 3} for number in range(nights)
    ]
    view = changes_view(document)
    assert view is not None
    tallest = 0.0
    for column in view["trend"]["columns"]:
        assert 0 <= column["x"] <= column["x"] + column["width"] <= WIDTH
        heights = sum(part["height"] for part in column["parts"])
        assert abs(heights + column["parts"][-1]["y"] - HEIGHT) < 0.3
        tallest = max(tallest, heights)
    assert abs(tallest - HEIGHT) < 0.3


def test_nights_without_findings_are_drawn_as_nothing() -> None:
    document = with_history()
    for scan in document["history"]["trend"]:
        scan |= {"findings": {"high": 0, "medium": 0, "low": 0}, "not_seen": 0}
    view = changes_view(document)
    assert view is not None
    assert all(column["parts"] == [] for column in view["trend"]["columns"])
    assert view["trend"]["columns"][0]["title"] == "2026-01-28 03:00 UTC: 0 findings"
