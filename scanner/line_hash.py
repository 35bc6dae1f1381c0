"""GitHub's ``primaryLocationLineHash``: the identity of a line that survives edits elsewhere in the file.

The value is ``"<hash>:<count>"``. The hash is a polynomial (base 37, modulo 2**64, in hexadecimal) over the 100 UTF-16
code units from the start of the line, with spaces and tabs left out, every line end read as one line feed, U+FFFF for
the end of the file and zeros behind it. The count tells lines of equal hash apart, from 1 in the order of the file.
Source of the algorithm: the fingerprints that GitHub's upload action computes for SARIF files that have none.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

WINDOW = 100
BASE = 37
MASK = (1 << 64) - 1

_WITHOUT_BLANKS = {ord(" "): None, ord("\t"): None}
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def line_hashes(text: str) -> list[str]:
    """The hash of every line; the line behind a final line feed counts."""
    counts: Counter[str] = Counter()
    hashes = []
    for window in _windows(text):
        counts[window] += 1
        hashes.append(f"{_polynomial(window):x}:{counts[window]}")
    return hashes


def line_hash(text: str, line: int) -> str:
    """The hash of one line, counted from 1; a number outside the text is taken for the nearest line.

    Cheap to ask for many lines of the text that was asked last.
    """
    windows = _windows(text)
    at = min(max(line, 1), len(windows)) - 1
    window = windows[at]
    return f"{_polynomial(window):x}:{windows[: at + 1].count(window)}"


@lru_cache(maxsize=2)
def _windows(text: str) -> list[str]:
    """What each line's hash is computed from. Equal windows stand for equal hashes."""
    units = text.replace("\r\n", "\n").replace("\r", "\n").translate(_WITHOUT_BLANKS)
    units = _ASTRAL.sub(_surrogates, units) + "\uffff"
    padded = units + "\0" * WINDOW
    windows = []
    start = 0
    while True:
        windows.append(padded[start : start + WINDOW])
        start = units.find("\n", start) + 1
        if start == 0:
            return windows


def _surrogates(match: re.Match[str]) -> str:
    point = ord(match[0]) - 0x10000
    return chr(0xD800 + (point >> 10)) + chr(0xDC00 + (point & 0x3FF))


def _polynomial(window: str) -> int:
    value = 0
    for unit in window:
        value = (value * BASE + ord(unit)) & MASK
    return value
