"""The three values of a check."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Verdict(IntEnum):
    """fail < undecided < pass, so that ``all`` is the minimum and ``any`` the maximum."""

    FAIL = 0
    UNDECIDED = 1
    PASS = 2

    def __invert__(self) -> Verdict:
        return Verdict(2 - self)

    @classmethod
    def of(cls, known: bool | None) -> Verdict:
        """PASS for True, FAIL for False, UNDECIDED for None."""
        return cls.UNDECIDED if known is None else cls.PASS if known else cls.FAIL

    @property
    def word(self) -> str:
        return self.name.lower()


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, default=Verdict.PASS)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, default=Verdict.FAIL)
