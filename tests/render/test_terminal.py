from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanner.render.terminal import cells, display_width, padded, painter, wrap


def test_width_of_characters() -> None:
    assert display_width("abc") == 3
    assert display_width("\u6f22\u5b57") == 4
    assert display_width("e\u0301") == 1
    assert padded("\u6f22", 4) == "\u6f22  "


def test_tabs_reach_the_next_stop() -> None:
    assert cells("a\tb") == [("a", 1), ("   ", 3), ("b", 1)]
    assert cells("\x1b\u6f22") == [("\\x1b", 4), ("\u6f22", 2)]


@given(st.text(), st.integers(min_value=1, max_value=40), st.integers(min_value=1, max_value=40))
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int, first: int) -> None:
    lines = wrap(text, width, first=first)
    assert "".join(lines).replace(" ", "") == "".join(wrap(text, 10_000)).replace(" ", "")
    for number, line in enumerate(lines):
        assert display_width(line) <= (width if number else first) or " " not in line.strip()


def test_wrap() -> None:
    assert wrap("to be or not to be", 9, first=5) == ["to be", "or not to", "be"]
    assert wrap("", 9) == [""]
    assert wrap("\u6f22\u5b57 \u6f22\u5b57", 8) == ["\u6f22\u5b57", "\u6f22\u5b57"]


def test_colour_only_on_demand() -> None:
    assert painter(False)("error", "x") == "x"
    assert painter(True)("error", "x") == "\x1b[1;31mx\x1b[0m"
    assert painter(True)("error", "") == ""
