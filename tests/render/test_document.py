from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from scanner.render.document import missing_text, plural, span, state, supplies, visible, with_names
from tests.render.sample import sample


@given(st.text())
def test_nothing_that_acts_stays(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff")


def test_escapes() -> None:
    assert visible("a\x1b[2J\tb\n\u202e\U000e0041") == "a\\x1b[2J\\tb\\n\\u202e\\U000e0041"
    assert visible("T\u00e2che \u6f22\u5b57 \U0001f6a2") == "T\u00e2che \u6f22\u5b57 \U0001f6a2"


def place(*region: int, rows: tuple[tuple[int, str], ...] = ()) -> dict[str, object]:
    line, column, end_line, end_column = region
    excerpt = [{"line": number, "text": text} for number, text in rows]
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column, "excerpt": excerpt}


def test_a_region_that_ends_before_a_line_ends_on_the_line_above() -> None:
    assert span(place(3, 1, 5, 1, rows=((3, "a:"), (4, "  b: 1")))) == (3, 1, 4, 7)
    assert span(place(3, 1, 5, 1)) == (3, 1, 5, 1)


def test_a_region_that_ends_before_it_begins_is_empty() -> None:
    assert span(place(3, 5, 3, 2)) == (3, 5, 3, 5)
    assert span(place(0, 0, 0, 0)) == (1, 1, 1, 1)


def test_words() -> None:
    assert [plural(count, "file") for count in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]
    assert plural(2, "query", "queries") == "2 queries"
    assert with_names("Let {hosts} accept {at_most}.", "<%s>") == "Let <hosts> accept <at most>."
    assert missing_text({"missing": []}) == ""
    assert missing_text({"missing": list(range(14))}).endswith("10, 11 and 2 more")


def test_an_exemption_overrides_the_verdict() -> None:
    assert [state(result) for result in sample()["results"]].count("exempt") == 1
    assert state({"verdict": "fail", "exemption": None}) == "fail"


def test_what_to_supply_is_counted_once_for_a_result_and_the_most_wanted_comes_first() -> None:
    def lacks(*wanted: str) -> dict[str, object]:
        return {"verdict": "undecided", "exemption": None, "unknown": [{"supply": supply} for supply in wanted]}

    results = [lacks("a", "a", ""), lacks("b"), lacks("b", "a"), lacks("b"), lacks("c") | {"verdict": "pass"}]
    assert supplies(results) == [("b", 3), ("a", 2)]
