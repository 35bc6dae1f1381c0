from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from scanner.render.excerpt import Mark, frame
from scanner.render.terminal import display_width


def shown(lines: Mapping[int, str], *marks: Mark, width: int = 60) -> str:
    rows = frame(lines, marks, gutter=2, width=width, paint=lambda style, text: text, style="error")
    return "\n".join(rows) + "\n"


def test_a_region_is_underlined() -> None:
    assert shown({7: "a: 1", 8: "port: 80"}, Mark(8, 7, 8, 9, "missing 81", True)) == (
        " 7 | a: 1\n"  #
        " 8 | port: 80\n"
        "   |       ^^ missing 81\n"
    )


def test_lines_that_are_left_out_are_marked() -> None:
    assert "...\n" in shown({1: "a", 9: "b"}, Mark(9, 1, 9, 2, "", True))
    assert "..." not in shown({1: "a", 2: "b"}, Mark(2, 1, 2, 2, "", True))


def test_the_primary_region_stands_above_others_of_its_line() -> None:
    text = shown({1: "abcdef"}, Mark(1, 1, 1, 3, "second", False), Mark(1, 4, 1, 6, "first", True))
    assert text.splitlines()[1:] == ["   |    ^^ first", "   | -- second"]


def test_a_region_of_several_lines_has_a_bar() -> None:
    lines = {1: "x:", 2: "  a: 1", 3: "  b: 2", 4: "y:"}
    assert shown(lines, Mark(2, 3, 3, 7, "both", True)) == (
        " 1 |   x:\n"  #
        " 2 | /   a: 1\n"
        " 3 | |   b: 2\n"
        "   | |______^ both\n"
        " 4 |   y:\n"
    )


def test_a_region_that_goes_on_says_to_where() -> None:
    assert "(to line 40)" in shown({2: "a:", 3: "  b:"}, Mark(2, 1, 40, 9, "", True))


def test_an_empty_region_is_still_seen() -> None:
    assert shown({1: "ab"}, Mark(1, 2, 1, 2, "here", True)).splitlines()[1] == "   |  ^ here"


def test_columns_count_what_is_shown() -> None:
    text = shown({1: "\t\u6f22: \x1b!"}, Mark(1, 5, 1, 6, "escape", True))
    assert text == " 1 |     \u6f22: \\x1b!\n   |         ^^^^ escape\n"


def test_a_long_line_is_cut_around_the_region() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    first, second = shown({1: line}, Mark(1, 501, 1, 505, "", True)).splitlines()
    assert first[second.index("^") : second.rindex("^") + 1] == "HERE"
    assert first.startswith(" 1 | ...")
    assert first.endswith("...")
    assert len(first) <= 60


@given(
    st.dictionaries(st.integers(1, 9), st.text(max_size=90), min_size=1),
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 99), st.integers(0, 9), st.integers(0, 99)), max_size=4),
)
def test_whatever_the_lines_and_regions_the_width_holds(lines: dict[int, str], regions: list[tuple[int, ...]]) -> None:
    marks = [
        Mark(line, column, line + more, column + wide, "why", number == 0)
        for number, (line, column, more, wide) in enumerate(regions)
    ]
    for row in shown(lines, *marks, width=60).splitlines():
        assert display_width(row) <= 60 + len("why") + 1
