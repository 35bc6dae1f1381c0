from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.line_hash import line_hash, line_hashes

TEXTS = st.text(alphabet="ab: \t\n\r\u00e9\ufeff\U0001f6a2", max_size=400)


def rolling(text: str) -> list[str]:
    """The algorithm as it is specified: one window that rolls over the file, unit by unit."""
    units = text.encode("utf-16-le")
    codes = [int.from_bytes(units[at : at + 2], "little") for at in range(0, len(units), 2)]
    kept = []
    after_return = False
    for code in codes:
        if code not in (0x20, 0x09) and not (after_return and code == 0x0A):
            kept.append(0x0A if code == 0x0D else code)
        after_return = code == 0x0D
    kept.append(0xFFFF)
    window, value, hashes = [0] * 100, 0, {}
    starts = [0] + [at + 1 for at, code in enumerate(kept) if code == 0x0A]
    for at, code in enumerate(kept + [0] * 100):
        leaving = window.pop(0)
        window.append(code)
        value = (37 * value + code - 37**100 * leaving) % 2**64
        hashes[at - 99] = f"{value:x}"
    counts: dict[str, int] = {}
    result = []
    for start in starts:
        counts[hashes[start]] = counts.get(hashes[start], 0) + 1
        result.append(f"{hashes[start]}:{counts[hashes[start]]}")
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Computed with the npm package @microsoft/sarif 5.7.0.
        ("", ["c129715d7a2bc9a3:1"]),
        ("a\n", ["243cbaa4685aab12:1", "c129715d7a2bc9a3:1"]),
        (
            "Resources:\n  A: 1\r\n  A: 1\r\r\ttail",
            [
                "50a5ef2f0ce0f2be:1",
                "da7c381edfa15003:1",
                "cd06d6f1391bd1cd:1",
                "ced5097e6497f0f7:1",
                "ecaa393e8ad54149:1",
            ],
        ),
        (
            "\U0001f6a2 caf\u00e9\n\n\n" + "x" * 120 + "\nx",
            [
                "9f878aaa9224df10:1",
                "de5e86151c9612ec:1",
                "2b893b0722902a2a:1",
                "52b56201ffb58620:1",
                "638816509450efbf:1",
            ],
        ),
    ],
)
def test_it_is_what_githubs_upload_computes(text: str, expected: list[str]) -> None:
    assert line_hashes(text) == expected


@given(TEXTS)
def test_it_agrees_with_a_window_that_rolls(text: str) -> None:
    assert line_hashes(text) == rolling(text)


@given(TEXTS, st.integers(min_value=1, max_value=30))
def test_one_line_is_as_in_all(text: str, line: int) -> None:
    hashes = line_hashes(text)
    assert line_hash(text, line) == hashes[min(line, len(hashes)) - 1]


def test_equal_lines_are_counted() -> None:
    text = "  Port: 80\n" * 200
    assert [line_hash(text, line).rpartition(":")[2] for line in (1, 2, 100)] == ["1", "2", "100"]
    assert len({line_hash(text, line).partition(":")[0] for line in (1, 2, 100)}) == 1


def test_an_edit_far_below_changes_nothing() -> None:
    text = "\n".join(f"Key{number}: value" for number in range(100))
    assert line_hash(text, 3) == line_hash(text.replace("Key90: value", "Key90: other"), 3)
    assert line_hash(text, 90) != line_hash(text.replace("Key90: value", "Key90: other"), 90)


def test_fifty_lines_of_a_large_file_take_no_time() -> None:
    text = "".join(f"  Key{number}:\n    Value: something\n" for number in range(16_000))
    assert len(text) > 500_000
    begin = time.perf_counter()
    for line in range(1, 32_000, 640):
        line_hash(text, line)
    assert time.perf_counter() - begin < 0.5
