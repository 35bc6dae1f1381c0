"""Sets of numbers, exact: unions of intervals, for numeric and date conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from fractions import Fraction

Cut = tuple[int, Fraction, int]
"""A place between numbers: before everything (-1), at a number (0, just before it: 0, or just behind it: 1), after
everything (1)."""

_START: Cut = (-1, Fraction(0), 0)
_END: Cut = (1, Fraction(0), 0)


@dataclass(frozen=True, slots=True)
class Reals:
    """A set of numbers; truth says whether it holds any."""

    intervals: tuple[tuple[Cut, Cut], ...] = ()
    """Rising and apart."""

    @classmethod
    def below(cls, number: Fraction, *, included: bool) -> Reals:
        return cls(((_START, (0, number, int(included))),))

    @classmethod
    def above(cls, number: Fraction, *, included: bool) -> Reals:
        return cls((((0, number, int(not included)), _END),))

    @classmethod
    def only(cls, number: Fraction) -> Reals:
        return cls((((0, number, 0), (0, number, 1)),))

    def __or__(self, other: Reals) -> Reals:
        return Reals(_merged([*self.intervals, *other.intervals]))

    def __and__(self, other: Reals) -> Reals:
        met = [(max(a, c), min(b, d)) for a, b in self.intervals for c, d in other.intervals]
        return Reals(_merged([pair for pair in met if pair[0] < pair[1]]))

    def __sub__(self, other: Reals) -> Reals:
        rest, start = [], _START
        for low, high in other.intervals:
            rest.append((start, low))
            start = high
        rest.append((start, _END))
        return self & Reals(tuple(pair for pair in rest if pair[0] < pair[1]))

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __contains__(self, number: Fraction) -> bool:
        return any(low <= (0, number, 0) < high for low, high in self.intervals)

    def sample(self) -> Fraction:
        """A number of the set, a whole one if it is at hand. Raises ValueError if there is none."""
        if not self.intervals:
            raise ValueError("the set is empty")
        (low_kind, low, behind), (high_kind, high, _) = self.intervals[0]
        if low_kind < 0:
            return Fraction(0) if high_kind > 0 else high - 1
        if not behind:
            return low
        if high_kind > 0 or low + 1 < high:
            return low + 1
        return (low + high) / 2


ALL_REALS = Reals(((_START, _END),))


def _merged(intervals: Iterable[tuple[Cut, Cut]]) -> tuple[tuple[Cut, Cut], ...]:
    found: list[tuple[Cut, Cut]] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def number(text: str) -> Fraction:
    """The number that a condition's value writes. Raises ValueError."""
    if len(text) > 64 or "/" in text or "_" in text:
        raise ValueError(f"{text!r} is no number")
    return Fraction(text.strip())


def moment(text: str) -> Fraction:
    """The seconds since 1970 that a date writes: ISO 8601 as W3C narrows it, or that number. Raises ValueError."""
    written = text.strip().replace("Z", "+00:00")
    if len(written) == 4:
        written += "-01-01"
    elif written.isdigit():
        return number(written)
    elif len(written) == 7:
        written += "-01"
    found = datetime.fromisoformat(written)
    aware = found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)
    return Fraction(int(aware.timestamp()))
