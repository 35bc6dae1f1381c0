"""Sets of ports, exact.

A set is a Python integer of 65,536 bits: union, difference and containment are one native
operation each, however the set was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

LOWEST, HIGHEST = 0, 65535


@dataclass(frozen=True, slots=True)
class PortSet:
    """An immutable set of ports 0-65535; truth says whether it holds any, ``len`` how many."""

    bits: int = 0
    """Bit n is set if the set holds port n."""

    @classmethod
    def of_range(cls, low: int, high: int) -> PortSet:
        """The ports from ``low`` to ``high``, both included. Raises ValueError if that is no range of ports."""
        if not LOWEST <= low <= HIGHEST or not LOWEST <= high <= HIGHEST:
            raise ValueError(f"{low}-{high} is outside of the ports {LOWEST}-{HIGHEST}")
        if low > high:
            raise ValueError(f"{low}-{high} ends before it starts")
        return cls((1 << (high + 1)) - (1 << low))

    @classmethod
    def of(cls, ports: Iterable[int]) -> PortSet:
        """The set of single ports. Raises ValueError for a number that is no port."""
        bits = 0
        for port in ports:
            bits |= cls.of_range(port, port).bits
        return cls(bits)

    @classmethod
    def parse(cls, text: str) -> PortSet:
        """Reads ``80``, ``32768-65535``, ``80,443,8000-8100``, and whatever ``str`` writes for a set that is not empty.

        Raises ValueError with a message for people.
        """
        return _parsed(text)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """The ranges that make the set, rising, both ends included, none adjoining the next."""
        bits, offset = self.bits, 0
        while bits:
            gap = (bits & -bits).bit_length() - 1
            bits >>= gap
            width = (~bits & (bits + 1)).bit_length() - 1
            bits >>= width
            yield offset + gap, offset + gap + width - 1
            offset += gap + width

    def __or__(self, other: PortSet) -> PortSet:
        return PortSet(self.bits | other.bits)

    def __and__(self, other: PortSet) -> PortSet:
        return PortSet(self.bits & other.bits)

    def __sub__(self, other: PortSet) -> PortSet:
        return PortSet(self.bits & ~other.bits)

    def __le__(self, other: PortSet) -> bool:
        return not self.bits & ~other.bits

    def __bool__(self) -> bool:
        return self.bits != 0

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __contains__(self, port: int) -> bool:
        return port >= 0 and bool(self.bits >> port & 1)

    def __str__(self) -> str:
        if self.bits == ALL.bits:
            return _ALL_TEXT
        return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in self.ranges()) or "no ports"

    def __repr__(self) -> str:
        return f"<PortSet {self}>"


@lru_cache(maxsize=1024)
def _parsed(text: str) -> PortSet:
    if text.strip() == _ALL_TEXT:
        return ALL
    found = NONE
    for part in text.split(","):
        low, dash, high = (piece.strip() for piece in part.partition("-"))
        if not _is_number(low) or (dash and not _is_number(high)):
            raise ValueError(f"{part.strip()!r} is neither a port nor a range of ports such as 8000-8100")
        found |= PortSet.of_range(int(low), int(high) if dash else int(low))
    return found


def _is_number(text: str) -> bool:
    """Five digits at most: a port has no more, and int() of a long text is slow."""
    return text.isascii() and text.isdigit() and len(text.lstrip("0")) <= 5


_ALL_TEXT = "all ports"

NONE = PortSet()
ALL = PortSet.of_range(LOWEST, HIGHEST)
