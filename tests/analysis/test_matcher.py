"""Health-check matchers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.matcher import codes_outside, describe_codes, parse_matcher


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("200", {200}),
        ("200-299", set(range(200, 300))),
        ("200,301-302", {200, 301, 302}),
        ("0-99", set(range(100))),
        ("0", {0}),
        ("200, 202", {200, 202}),
        ("200-299,250-310", set(range(200, 311))),
    ],
)
def test_parses(text: str, codes: set[int]) -> None:
    assert parse_matcher(text) == codes


@pytest.mark.parametrize("text", ["", "2xx", "200,", ",200", "200-", "-200", "200-299-300", "1000", "200;201", "٢٠٠"])
def test_refuses_malformed(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a code nor a range"):
        parse_matcher(text)


def test_refuses_a_reversed_range() -> None:
    with pytest.raises(ValueError, match="'299-200' in matcher '200,299-200' ends before it starts"):
        parse_matcher("200,299-200")


@given(st.frozensets(st.integers(0, 999), min_size=1))
def test_reads_what_it_describes(codes: frozenset[int]) -> None:
    assert parse_matcher(describe_codes(codes)) == codes


def test_describes_in_short() -> None:
    assert describe_codes([302, 200, 201, 202, 200]) == "200-202,302"
    assert describe_codes([]) == ""


def test_codes_outside() -> None:
    assert codes_outside(parse_matcher("199-201,499,500"), 200, 499) == {199, 500}
    assert codes_outside(parse_matcher("200-499"), 200, 499) == frozenset()
