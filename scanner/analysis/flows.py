"""What a list of allow-only security-group rules admits, exactly.

A need is for every address of the peer on every port. Rules cover it together: two adjoining port
ranges, or two halves of a block, are as good as one rule. Inbound the peer is who sends, outbound who
receives; the arithmetic is the same.

How EC2 reads a rule: "Security group rules", Amazon VPC User Guide, and AuthorizeSecurityGroupIngress,
EC2 API Reference (IpProtocol: "-1" or a number other than tcp, udp, icmp or icmpv6 allows all ports).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet, cut
from scanner.analysis.bounded import Bounded, Members, as_text, contains, equal, member, missing
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Fact, Location, Reference, Unknown, Verdict, all_of

ALL_PROTOCOLS = "-1"
_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": ALL_PROTOCOLS}
_WITH_PORTS = frozenset({"tcp", "udp", "icmp", "icmpv6"})


def protocol_name(protocol: str | int) -> str:
    """A protocol as rules compare it: ``tcp``, ``udp``, ``icmp``, ``icmpv6``, another's number, or ``-1`` for all."""
    text = str(protocol).strip().lower()
    if text.isascii() and text.isdigit():
        text = str(int(text))
    return _NAMES.get(text, text)


@dataclass(frozen=True, slots=True)
class Peers:
    """The traffic sources, or destinations, that a rule names."""

    groups: tuple[Fact[Any], ...] = ()
    """Security groups: a Reference, an Unknown or an id as text."""
    addresses: AddressSet = field(default_factory=AddressSet)
    prefix_lists: tuple[Fact[Any], ...] = ()
    """Their entries are not known: each may hold any address."""
    unknown: tuple[Unknown, ...] = ()
    """What may add more addresses. A subnet whose block is the same unknown is covered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that allows; all its peers on all its ports."""

    protocol: str | Unknown
    """A name, a number as text, or -1."""
    ports: Bounded[PortSet]
    """Types, for icmp. Ignored where the protocol means all ports."""
    peers: Peers
    at: tuple[Location, ...] = ()
    certain: bool = True
    """Whether the rule is surely there."""
    unknown: Unknown | None = None
    """Why it is not."""

    def offer(self, protocol: str) -> Bounded[PortSet]:
        """The ports that the rule, if it is there, allows for a protocol."""
        if isinstance(self.protocol, Unknown):
            return Bounded(NONE, ALL, (self.protocol,))
        own = protocol_name(self.protocol)
        if own not in (ALL_PROTOCOLS, protocol_name(protocol)):
            return _NO_PORTS
        return self.ports if own in _WITH_PORTS else _ALL_PORTS


_NO_PORTS = Bounded.exactly(NONE)
_ALL_PORTS = Bounded.exactly(ALL)


@dataclass(frozen=True, slots=True)
class Source:
    """The peer of a need: who sends or, outbound, who receives. All of its addresses need admission.

    Where neither a block nor a subnet is known it stands at one unknown address.
    """

    groups: Members = field(default_factory=Members)
    """The groups on its network interfaces: a rule that names one of them admits it."""
    addresses: AddressSet = field(default_factory=AddressSet)
    """The known blocks of its subnets."""
    where: tuple[Unknown, ...] = ()
    """Its subnets whose block is not known."""
    within: AddressSet | Unknown | None = None
    """The block of the VPC, in which all of its subnets lie; an Unknown where it is known only by name."""
    family: int = 4
    """4 or 6: the addresses of the other family do not matter."""

    @property
    def space(self) -> AddressSet:
        """Where an unknown address can lie."""
        own = self.within.of_family(self.family) if isinstance(self.within, AddressSet) else None
        return own or (EVERYWHERE_V4 if self.family == 4 else EVERYWHERE_V6)


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether rules admit a need, and why."""

    verdict: Verdict
    missing: tuple[str, ...] = ()
    """What is not admitted (fail) or may not be (undecided): ``61001-65535``, ``443 from 10.0.1.128/25``."""
    deciding: tuple[Rule, ...] = ()
    """The rules that admit it or come near: those for the same peer, those that meet the ports first."""
    unknown: tuple[Unknown, ...] = ()
    """What stands between undecided and an answer."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """A rule as one source and one protocol see it."""

    rule: Rule
    offer: Bounded[PortSet]
    group: Verdict
    """Whether it names a group of the source."""
    anyone: bool
    """Whether it may admit any address, by a prefix list or an unknown peer."""

    def covers(self, names: frozenset[Unknown]) -> bool | None:
        """Whether the rule, if it is there, admits an address that bears these names, wherever it lies."""
        if self.group is Verdict.PASS or not names.isdisjoint(self.rule.peers.unknown):
            return True
        return None if self.anyone or self.group is Verdict.UNDECIDED else False


@dataclass(frozen=True, slots=True)
class _Cell:
    """Addresses that no rule tells apart, and what they are offered."""

    addresses: AddressSet
    offer: Bounded[PortSet]
    reaches: tuple[tuple[_Reach, bool], ...]
    """The rules that, if they are there, admit it surely (True) or perhaps."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Either one known cell, or the cells in one of which an unknown address lies."""

    cells: tuple[_Cell, ...]
    where: Unknown | None = None
    known: bool = False

    def verdict(self, need: Bounded[PortSet]) -> Verdict:
        """Undecided if it depends on where the address lies."""
        found = {contains(cell.offer, need) for cell in self.cells}
        return found.pop() if len(found) == 1 else Verdict.UNDECIDED

    def lacks(self, need: Bounded[PortSet], proven: bool) -> PortSet:
        """The ports that fail (``proven``), or that do not surely pass, here."""
        if not proven:
            lacking = NONE
            for cell in self.cells:
                lacking |= need.may - cell.offer.must
            return lacking
        if self.verdict(need) is not Verdict.FAIL:
            return NONE
        everywhere, somewhere = ALL, NONE
        for cell in self.cells:
            everywhere, somewhere = everywhere & missing(cell.offer, need), somewhere | missing(cell.offer, need)
        # Wherever it lies some port fails, though not the same one: then all that fail somewhere.
        return everywhere or somewhere


def admitted(
    rules: Sequence[Rule], rest: Unknown | None, source: Source, protocol: str, need: Bounded[PortSet]
) -> Admission:
    """Whether rules admit a protocol from every address of the source (outbound: to it) on every port needed.

    ``rest`` says why there may be more rules than these; it turns fail into undecided. Pass and fail hold
    however the unknowns turn out. Both are found whenever they hold, but for one case: that an unknown group
    cannot be two groups at once is not used.
    """
    reaches = [_reach(rule, source, protocol) for rule in rules]
    reaches = [reach for reach in reaches if reach.offer.may]
    places = _places(reaches, source)
    verdict = all_of(place.verdict(need) for place in places)
    proven = verdict is Verdict.FAIL
    if proven and rest is not None:
        verdict = Verdict.UNDECIDED
    return Admission(
        verdict,
        () if verdict is Verdict.PASS else tuple(_missing(places, need, proven, source.family)),
        tuple(_deciding(places, need, reaches, verdict)),
        tuple(dict.fromkeys(_doubts(places, need, rest, source))) if verdict is Verdict.UNDECIDED else (),
    )


def _reach(rule: Rule, source: Source, protocol: str) -> _Reach:
    peers = rule.peers
    named = max((member(group, source.groups) for group in peers.groups), default=Verdict.FAIL)
    return _Reach(rule, rule.offer(protocol), named, bool(peers.prefix_lists or peers.unknown))


def _places(reaches: Sequence[_Reach], source: Source) -> list[_Place]:
    blocks = [reach.rule.peers.addresses for reach in reaches]
    known = source.addresses.of_family(source.family)
    places = [_Place((cell,), known=True) for cell in _cells(cut(known, blocks), reaches, frozenset())]
    unknown: tuple[Unknown | None, ...] = source.where if source.where or known else (None,)
    if unknown:
        within = (source.within,) if isinstance(source.within, Unknown) else ()
        pieces = cut(source.space, blocks)
        for where in unknown:
            names = frozenset(within if where is None else (where, *within))
            places.append(_Place(tuple(_cells(pieces, reaches, names)), where))
    return places


def _cells(
    pieces: Iterable[tuple[AddressSet, int]], reaches: Sequence[_Reach], names: frozenset[Unknown]
) -> Iterator[_Cell]:
    """The pieces with what they are offered; ``names`` are the unknown blocks in which all of them lie."""
    common: dict[int, bool] = {}
    common_must, common_may = NONE, NONE
    for n, reach in enumerate(reaches):
        covers = reach.covers(names)
        if covers is False:
            continue
        common[n] = covers is True
        if covers and reach.rule.certain:
            common_must |= reach.offer.must
        common_may |= reach.offer.may
    for addresses, mask in pieces:
        must, may, found = common_must, common_may, dict(common)
        for n in _bits(mask):
            if reaches[n].rule.certain:
                must |= reaches[n].offer.must
            may |= reaches[n].offer.may
            found[n] = True
        yield _Cell(addresses, Bounded(must, may), tuple((reaches[n], found[n]) for n in sorted(found)))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _missing(places: Sequence[_Place], need: Bounded[PortSet], proven: bool, family: int) -> Iterator[str]:
    """What lacks everywhere without an address, the rest with one."""
    lacks = [place.lacks(need, proven) for place in places]
    everywhere = ALL
    for ports in lacks:
        everywhere &= ports
    if everywhere:
        yield str(everywhere)
    by_ports: dict[PortSet, AddressSet] = {}
    unplaced: dict[PortSet, None] = {}
    for place, ports in zip(places, lacks, strict=True):
        more = ports - everywhere
        if more and place.known:
            by_ports[more] = by_ports.get(more, AddressSet()) | place.cells[0].addresses
        elif more:
            unplaced[more] = None
    for ports, addresses in by_ports.items():
        yield f"{ports} from {addresses}"
    for ports in unplaced:
        yield f"{ports} from subnets with unknown IPv{family} addresses"


def _deciding(
    places: Sequence[_Place], need: Bounded[PortSet], reaches: Sequence[_Reach], verdict: Verdict
) -> Iterator[Rule]:
    covering: dict[int, bool] = {}
    for place in places:
        for cell in place.cells:
            for reach, covers in cell.reaches:
                covering[id(reach)] = covers or covering.get(id(reach), False)
    near = [reach for reach in reaches if id(reach) in covering]
    meeting = [reach for reach in near if reach.offer.may & need.may]
    if verdict is Verdict.PASS:
        yield from (reach.rule for reach in meeting if reach.rule.certain and covering[id(reach)])
    else:
        yield from (reach.rule for reach in meeting)
        yield from (reach.rule for reach in near if not reach.offer.may & need.may)


def _doubts(
    places: Sequence[_Place], need: Bounded[PortSet], rest: Unknown | None, source: Source
) -> Iterator[Unknown]:
    """Every unknown that bears on a port that is not surely admitted."""
    if rest is not None:
        yield rest
    for place in places:
        verdicts = {contains(cell.offer, need) for cell in place.cells}
        if verdicts == {Verdict.PASS}:
            continue
        if len(verdicts) > 1:
            yield place.where or Unknown(("addresses", "unknown"), "the addresses of the peer are not known")
        for cell in place.cells:
            lacking = need.may - cell.offer.must
            if lacking - need.must:
                yield from need.unknown
            for reach, covers in cell.reaches:
                if reach.offer.may & lacking:
                    yield from _doubts_of_rule(reach, covers, lacking, source)


def _doubts_of_rule(reach: _Reach, covers: bool, lacking: PortSet, source: Source) -> Iterator[Unknown]:
    rule, peers = reach.rule, reach.rule.peers
    if not rule.certain and rule.unknown is not None:
        yield rule.unknown
    if (reach.offer.may & lacking) - reach.offer.must:
        yield from reach.offer.unknown
    if covers:
        return
    yield from peers.unknown
    for prefix_list in peers.prefix_lists:
        yield _unknown_value(prefix_list, "the entries of prefix list")
    if reach.group is Verdict.UNDECIDED:
        yield from _doubts_of_groups(peers.groups, source.groups)


def _doubts_of_groups(named: Iterable[Fact[Any]], own: Members) -> Iterator[Unknown]:
    for group in named:
        if own.rest is not None:
            yield own.rest
        for item in own.items:
            if equal(group, item) is None:
                values = [fact.value for fact in (item, group) if isinstance(fact.value, Unknown)]
                yield from values or [
                    Unknown(
                        ("same group", _name(group), _name(item)),
                        f"whether {_name(group)} is {_name(item)} is not known",
                        group.location,
                    )
                ]


def _unknown_value(fact: Fact[Any], what: str) -> Unknown:
    if isinstance(fact.value, Unknown):
        return fact.value
    return Unknown((what, _name(fact)), f"{what} {_name(fact)} are not known", fact.location)


def _name(fact: Fact[Any]) -> str:
    value = fact.value
    return value.address.rpartition("#")[2] if isinstance(value, Reference) else as_text(value) or "?"
