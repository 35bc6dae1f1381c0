"""What the ordered entries of a network ACL let through, exactly.

Entries are read by rising rule number; the first that matches a packet allows or denies it, and what none
matches is denied. A need is for every address of the peer on every port: inbound the peer is who sends,
outbound who receives, and the ports are always those of the receiver.

How EC2 reads an entry: "Network ACL rules", Amazon VPC User Guide, and CreateNetworkAclEntry, EC2 API
Reference (protocol -1 means all protocols and ports, whatever port range is given; rule numbers 1-32766,
each once in a direction).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scanner.analysis.addresses import AddressSet
from scanner.analysis.bounded import Bounded, contains, missing
from scanner.analysis.flows import ALL_PROTOCOLS, protocol_name
from scanner.analysis.places import Cell, Place, Source, missing_ports, missing_texts, places, verdict_of
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Unknown, Verdict

Ports = Bounded[PortSet]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: it allows or denies a protocol, on some ports, for one block of addresses."""

    number: int | Unknown
    allow: bool | Unknown
    protocol: str | Unknown
    """A name, a number as text, or -1."""
    ports: Ports
    """Ignored where the protocol is -1."""
    block: AddressSet | Unknown
    """IPv4 or IPv6. A subnet whose block is the same unknown lies in it."""
    doubt: Unknown | None = None
    """Why it may not be there."""

    def matched(self, protocol: str) -> Ports:
        """The ports of a protocol that it matches, for its addresses."""
        if isinstance(self.protocol, Unknown):
            return Bounded(NONE, ALL, (self.protocol,))
        own = protocol_name(self.protocol)
        if own == ALL_PROTOCOLS:
            return _ALL_PORTS
        return self.ports if own == protocol_name(protocol) else _NO_PORTS


_NO_PORTS = Bounded.exactly(NONE)
_ALL_PORTS = Bounded.exactly(ALL)


@dataclass(frozen=True, slots=True)
class Deciding:
    """An entry that decides, with the name of the property that would be changed."""

    entry: Entry
    property: str
    """``RuleAction``, ``PortRange.From``, ``PortRange.To`` or ``CidrBlock``."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Whether entries let a need through, and why."""

    verdict: Verdict
    missing: tuple[str, ...] = ()
    """What is not let through (fail) or may not be (undecided): ``1024-32767 from 10.0.1.0/24``."""
    deciding: tuple[Deciding, ...] = ()
    """The entries that let it through (pass), or stop it or fall short of it, the nearest first."""
    unknown: tuple[Unknown, ...] = ()
    """What stands between undecided and an answer."""


@dataclass(frozen=True, slots=True)
class _Match:
    """An entry as one cell sees it."""

    entry: Entry
    ports: Ports
    """What it matches if it is there and covers the cell."""
    covers: bool | None
    """Whether it covers the cell; None if that is not known."""
    seen: PortSet = NONE
    """The ports of which it may be the first match."""

    @property
    def certain(self) -> PortSet:
        """The ports that surely go no further."""
        return self.ports.must if self.covers and self.entry.doubt is None else NONE


def passes(
    entries: Sequence[Entry], rest: Unknown | None, source: Source, protocol: str, need: Ports, *, some: bool = False
) -> Passage:
    """Whether entries, in any order, let a protocol through for every address of the source on every port needed.

    With ``some`` it is enough that each port is open for one address at least. ``rest`` says why there may be more
    entries than these. Pass and fail hold however the unknowns turn out. The groups of the source do not matter.
    """
    relevant = [entry for entry in entries if entry.matched(protocol).may]
    order = _Order.of(entries, rest)
    blocks = [entry.block if isinstance(entry.block, AddressSet) else AddressSet() for entry in relevant]
    found = places(source, blocks, lambda pieces, names: _cells(pieces, relevant, protocol, order, names))
    verdict = verdict_of(found, need, some=some)
    proven = verdict is Verdict.FAIL
    lacking: tuple[str, ...] = ()
    if verdict is not Verdict.PASS and some:
        lacking = (str(missing_ports(found, need, proven=proven)),)
    elif verdict is not Verdict.PASS:
        lacking = tuple(missing_texts(found, need, proven, source.family))
    if verdict is Verdict.PASS:
        deciding = _allowing(found, need)
    else:
        wanted = missing_ports(found, need, proven=proven) if some else ALL
        deciding = _stopping(found, need, wanted, proven, relevant, protocol)
    doubts = tuple(_doubts(found, need, rest, source)) if verdict is Verdict.UNDECIDED else ()
    if some and verdict is Verdict.UNDECIDED:
        doubts += source.doubts  # an address that it perhaps has may be the one that is let through
    reasons = tuple(dict.fromkeys(doubts)) or (() if verdict is not Verdict.UNDECIDED else (_SAME_NUMBER,))
    return Passage(verdict, lacking, tuple(dict.fromkeys(deciding)), reasons)


_SAME_NUMBER = Unknown(("same rule number",), "two entries that differ have the same rule number")
"""All that can be in doubt where nothing is unknown."""


@dataclass(frozen=True, slots=True)
class _Order:
    """Where entries that are not known, or whose number is not, can stand."""

    first_free: int
    """The lowest number that no known entry surely has."""
    rest: bool

    @classmethod
    def of(cls, entries: Iterable[Entry], rest: Unknown | None) -> _Order:
        taken = {entry.number for entry in entries if entry.doubt is None and isinstance(entry.number, int)}
        free = 1
        while free in taken:
            free += 1
        return cls(free, rest is not None)


def _cells(
    pieces: Iterable[tuple[AddressSet, int]],
    entries: Sequence[Entry],
    protocol: str,
    order: _Order,
    names: frozenset[Unknown],
) -> Iterator[Cell[_Match]]:
    """The pieces with what they are offered; ``names`` are the unknown blocks in which all of them lie."""
    for addresses, mask in pieces:
        matches = []
        for n, entry in enumerate(entries):
            covers: bool | None = bool(mask >> n & 1)
            if isinstance(entry.block, Unknown):
                covers = True if entry.block in names else None
            if covers is not False:
                matches.append(_Match(entry, entry.matched(protocol), covers))
        offer, seen = _offer(matches, order)
        yield Cell(addresses, offer, seen)


def _offer(matches: Sequence[_Match], order: _Order) -> tuple[Ports, tuple[_Match, ...]]:
    """The ports that a cell is surely and perhaps allowed, and of which ports each entry may be the first match."""
    coming = early = ALL  # ports that may come this far; that may come as far as the first free number
    allowed = denied = NONE
    seen: list[_Match] = []

    def see(match: _Match, ports: PortSet) -> None:
        nonlocal allowed, denied
        hit = ports & match.ports.may
        if match.entry.allow is not False:
            allowed |= hit
        if match.entry.allow is not True:
            denied |= hit
        seen.append(_Match(match.entry, match.ports, match.covers, hit))

    numbered = sorted((match for match in matches if isinstance(match.entry.number, int)), key=_number)
    for number, group in groupby(numbered, key=_number):
        stopped = NONE
        for match in group:  # more than one only where EC2 would refuse the second: then either may be first
            see(match, coming)
            stopped |= match.certain
        coming &= ALL - stopped
        if number < order.first_free:
            early = coming
    for match in matches:
        if isinstance(match.entry.number, Unknown):
            see(match, early)
    for match in matches:
        if isinstance(match.entry.number, Unknown):
            coming &= ALL - match.certain
    if order.rest:
        allowed, denied = allowed | early, denied | early
    return Bounded(ALL - (denied | coming), allowed), tuple(seen)


def _number(match: _Match) -> int:
    number = match.entry.number
    return number if isinstance(number, int) else 0


def _allowing(found: Sequence[Place[_Match]], need: Ports) -> Iterator[Deciding]:
    for place in found:
        for cell in place.cells:
            for match in cell.reaches:
                if match.entry.allow is True and match.seen & need.may:
                    yield Deciding(match.entry, "RuleAction")


def _stopping(
    found: Sequence[Place[_Match]],
    need: Ports,
    wanted: PortSet,
    proven: bool,
    entries: Sequence[Entry],
    protocol: str,
) -> Iterator[Deciding]:
    """The entries that deny what is wanted, then those that allow nearly that: ports beside it, or other addresses."""
    lacking = NONE
    denying: list[Entry] = []
    beside: list[Entry] = []
    for place in found:
        for cell in place.cells:
            lacks = wanted & (missing(cell.offer, need) if proven else need.may - cell.offer.must)
            lacking |= lacks
            denying += [match.entry for match in cell.reaches if match.entry.allow is not True and match.seen & lacks]
            if lacks:
                beside += [match.entry for match in cell.reaches if match.entry.allow is not False]
    for entry in dict.fromkeys(denying):
        yield Deciding(entry, "RuleAction")
    above, below = PortSet(lacking.bits << 1) & ALL, PortSet(lacking.bits >> 1)
    near = dict.fromkeys(beside)
    short: list[tuple[int, Deciding]] = []
    for entry in entries:
        ports = entry.matched(protocol).may
        if entry in near and not lacking <= ports:
            deciding = Deciding(entry, "PortRange.To" if ports & below or not ports & above else "PortRange.From")
            if ports & (above | below):
                short.append((0, deciding))
            elif len(ports) == len(lacking):  # as many ports, but others: perhaps a slip
                short.append((len(ALL), deciding))
        elif entry not in near and entry.allow is not False and ports & lacking:
            short.append((1 + len(lacking - ports), Deciding(entry, "CidrBlock")))
    close = [pair for pair in short if pair[0] < len(ALL)] or ([] if denying else short)
    yield from (deciding for _, deciding in sorted(close, key=lambda pair: pair[0]))


def _doubts(found: Sequence[Place[_Match]], need: Ports, rest: Unknown | None, source: Source) -> Iterator[Unknown]:
    """Every unknown that bears on a port that is not surely let through."""
    if rest is not None:
        yield rest
    for place in found:
        verdicts = {contains(cell.offer, need) for cell in place.cells}
        if verdicts == {Verdict.PASS}:
            continue
        if not place.certain:
            yield from source.doubts
        if len(verdicts) > 1:
            yield place.where or Unknown(("addresses", "unknown"), "the addresses of the peer are not known")
        for cell in place.cells:
            lacking = need.may - cell.offer.must
            if lacking - need.must:
                yield from need.unknown
            for match in cell.reaches:
                if match.seen & lacking:
                    yield from _doubts_of(match, lacking)


def _doubts_of(match: _Match, lacking: PortSet) -> Iterator[Unknown]:
    entry = match.entry
    if entry.doubt is not None:
        yield entry.doubt
    for value in (entry.allow, entry.number):
        if isinstance(value, Unknown):
            yield value
    if match.covers is None and isinstance(entry.block, Unknown):
        yield entry.block
    if (match.ports.may - match.ports.must) & lacking:
        yield from match.ports.unknown
