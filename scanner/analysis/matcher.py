"""The codes that a health check takes for healthy: ``200``, ``200-299``, ``200,301-302``.

``HttpCode`` and ``GrpcCode`` have the same form (Matcher, Elastic Load Balancing API Reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PART = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", re.ASCII)


def parse_matcher(text: str) -> frozenset[int]:
    """The codes that a matcher names. Raises ValueError, with a message for people, on a malformed one."""
    codes: set[int] = set()
    for part in text.split(","):
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{part.strip()!r} in matcher {text!r} is neither a code nor a range such as 200-299")
        low = int(found[1])
        high = int(found[2]) if found[2] else low
        if low > high:
            raise ValueError(f"{part.strip()!r} in matcher {text!r} ends before it starts")
        codes.update(range(low, high + 1))
    return frozenset(codes)


def codes_outside(codes: Iterable[int], low: int, high: int) -> frozenset[int]:
    """The codes that do not lie from ``low`` to ``high``, both included."""
    return frozenset(code for code in codes if not low <= code <= high)


def describe_codes(codes: Iterable[int]) -> str:
    """The codes in a matcher's own form, as short as can be: ``200-299,302``; "" for none."""
    runs: list[list[int]] = []
    for code in sorted(set(codes)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
