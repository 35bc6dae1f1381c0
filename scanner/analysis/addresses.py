"""Sets of IP addresses, exact: unions of intervals, IPv4 and IPv6 apart."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

Interval = tuple[int, int]
"""First and last address as numbers, both included."""
Intervals = tuple[Interval, ...]
"""Rising, disjoint, none adjoining the next: one set has one form, so that equal sets compare equal."""

_CIDR = re.compile(r"[0-9A-Fa-f:.]+/[0-9]{1,3}")
_HIGHEST = {4: 2**32 - 1, 6: 2**128 - 1}
_BITS = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class AddressSet:
    """An immutable set of addresses; truth says whether it holds any."""

    v4: Intervals = ()
    v6: Intervals = ()

    @classmethod
    def of_cidr(cls, text: str) -> AddressSet:
        """The block that a CIDR names. Raises ValueError if it is none.

        Bits behind the prefix do not count: EC2 brings a block to its canonical form before it uses it
        (AuthorizeSecurityGroupIngress, EC2 API Reference), so ``192.168.1.0/0`` is every IPv4 address.
        """
        return _of_cidr(text)

    @classmethod
    def of_cidrs(cls, texts: Iterable[str]) -> AddressSet:
        """The union of blocks. Raises ValueError if one is none."""
        blocks = [_of_cidr(text) for text in texts]
        return cls(
            _merge([interval for block in blocks for interval in block.v4]),
            _merge([interval for block in blocks for interval in block.v6]),
        )

    def of_family(self, family: int) -> AddressSet:
        """Its IPv4 (``family`` 4) or its IPv6 addresses (6) alone."""
        return AddressSet(v4=self.v4) if family == 4 else AddressSet(v6=self.v6)

    def intervals(self, family: int) -> Intervals:
        return self.v4 if family == 4 else self.v6

    def is_disjoint(self, other: AddressSet) -> bool:
        return not self & other

    def to_cidrs(self) -> tuple[str, ...]:
        """The fewest blocks that make the set, IPv4 first, rising."""
        return tuple(
            _text(*block, family)
            for family in (4, 6)
            for interval in self.intervals(family)
            for block in _blocks(*interval)
        )

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_merge([*self.v4, *other.v4]), _merge([*self.v6, *other.v6]))

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_meet(self.v4, other.v4), _meet(self.v6, other.v6))

    def __sub__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_meet(self.v4, _rest(other.v4, 4)), _meet(self.v6, _rest(other.v6, 6)))

    def __le__(self, other: AddressSet) -> bool:
        return not self - other

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __str__(self) -> str:
        """Blocks, or first and last address where an interval is no block: ``10.0.1.128/25, 10.0.3.7-10.0.3.9``."""
        texts = [_text(*interval, family) for family in (4, 6) for interval in self.intervals(family)]
        return ", ".join(texts) or "no addresses"

    def __repr__(self) -> str:
        return f"<AddressSet {self}>"


def cut(universe: AddressSet, sets: Sequence[AddressSet]) -> list[tuple[AddressSet, int]]:
    """Cuts a universe along the borders of sets into its largest cells that no set divides.

    Gives each cell with a mask: bit n is set if ``sets[n]`` covers the cell, else the set misses it whole.
    The cells are disjoint, their union is the universe, and no two have the same mask.
    """
    cells: dict[int, AddressSet] = {}
    for family in (4, 6):
        by_mask: dict[int, list[Interval]] = {}
        for low, high, mask in _segments(universe.intervals(family), [part.intervals(family) for part in sets]):
            by_mask.setdefault(mask, []).append((low, high))
        for mask, found in by_mask.items():
            part = AddressSet(v4=_merge(found)) if family == 4 else AddressSet(v6=_merge(found))
            cells[mask] = cells[mask] | part if mask in cells else part
    return [(cell, mask) for mask, cell in cells.items()]


def _segments(universe: Intervals, sets: Sequence[Intervals]) -> Iterator[tuple[int, int, int]]:
    """First address, last address and mask between neighbouring borders, by a sweep over all borders."""
    inside = 1 << len(sets)
    turns: dict[int, int] = {}  # the bits that change at an address
    for bit, intervals in [(inside, universe), *((1 << n, intervals) for n, intervals in enumerate(sets))]:
        for low, high in intervals:
            turns[low] = turns.get(low, 0) ^ bit
            turns[high + 1] = turns.get(high + 1, 0) ^ bit
    borders = sorted(turns)
    mask = 0
    for low, after in pairwise(borders):
        mask ^= turns[low]
        if mask & inside:
            yield low, after - 1, mask ^ inside


@lru_cache(maxsize=4096)
def _of_cidr(text: str) -> AddressSet:
    if not _CIDR.fullmatch(text):
        raise ValueError(f"{text!r} is no block of addresses such as 10.0.0.0/16")
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no block of addresses such as 10.0.0.0/16") from None
    interval = (int(block.network_address), int(block.broadcast_address))
    return AddressSet(v4=(interval,)) if block.version == 4 else AddressSet(v6=(interval,))


def _merge(intervals: list[Interval]) -> Intervals:
    """Overlapping and adjoining intervals made one."""
    if len(intervals) < 2:
        return tuple(intervals)
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def _meet(left: Intervals, right: Intervals) -> Intervals:
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def _rest(intervals: Intervals, family: int) -> Intervals:
    """All addresses of the family outside of the intervals."""
    found: list[Interval] = []
    start = 0
    for low, high in intervals:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= _HIGHEST[family]:
        found.append((start, _HIGHEST[family]))
    return tuple(found)


def _blocks(low: int, high: int) -> Iterator[Interval]:
    """The fewest blocks that make an interval: always the largest that starts here and does not end behind it."""
    while low <= high:
        size = 1 << ((high - low + 1).bit_length() - 1)
        if low:
            size = min(size, low & -low)
        yield low, low + size - 1
        low += size


def _address(number: int, family: int) -> str:
    return str(ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number))


def _text(low: int, high: int, family: int) -> str:
    size = high - low + 1
    if size & (size - 1) == 0 and low % size == 0:
        return f"{_address(low, family)}/{_BITS[family] - (size.bit_length() - 1)}"
    return f"{_address(low, family)}-{_address(high, family)}"


EVERYWHERE_V4 = AddressSet(v4=((0, _HIGHEST[4]),))
EVERYWHERE_V6 = AddressSet(v6=((0, _HIGHEST[6]),))

PRIVATE_V4 = AddressSet.of_cidrs(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""What never comes from the internet: RFC 1918 and, as networks of carriers use it alike, RFC 6598 (100.64.0.0/10)."""

PUBLIC = (
    EVERYWHERE_V4
    - PRIVATE_V4
    - AddressSet.of_cidrs(("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
) | AddressSet.of_cidr("2000::/3")
"""Unicast addresses that can come from the internet (the IANA special-purpose registries; RFC 4291 for IPv6)."""
