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

from scanner.analysis.addresses import AddressSet
from scanner.analysis.bounded import Bounded, Members, as_text, contains, equal, member
from scanner.analysis.places import Cell, Place, Source, missing_ports, missing_texts, places, verdict_of
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Fact, Location, Reference, Unknown, Verdict

__all__ = ["ALL_PROTOCOLS", "Admission", "Peers", "Rule", "Source", "admitted", "protocol_name"]

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


_Reached = tuple[_Reach, bool]
"""A rule that, if it is there, admits a cell surely (True) or perhaps."""


def admitted(
    rules: Sequence[Rule],
    rest: Unknown | None,
    source: Source,
    protocol: str,
    need: Bounded[PortSet],
    *,
    some: bool = False,
) -> Admission:
    """Whether rules admit a protocol from every address of the source (outbound: to it) on every port needed.

    With ``some`` it is enough that each port is open for one address at least.
    ``rest`` says why there may be more rules than these; it turns fail into undecided. Pass and fail hold
    however the unknowns turn out. Both are found whenever they hold, but for one case: that an unknown group
    cannot be two groups at once is not used.
    """
    reaches = [_reach(rule, source, protocol) for rule in rules]
    reaches = [reach for reach in reaches if reach.offer.may]
    blocks = [reach.rule.peers.addresses for reach in reaches]
    found = places(source, blocks, lambda pieces, names: _cells(pieces, reaches, names))
    verdict = verdict_of(found, need, some=some)
    proven = verdict is Verdict.FAIL
    if proven and rest is not None:
        verdict = Verdict.UNDECIDED
    lacking: tuple[str, ...] = ()
    if verdict is not Verdict.PASS and some:
        lacking = (str(missing_ports(found, need, proven=proven)),)
    elif verdict is not Verdict.PASS:
        lacking = tuple(missing_texts(found, need, proven, source.family))
    return Admission(
        verdict,
        lacking,
        tuple(_deciding(found, need, reaches, verdict)),
        tuple(dict.fromkeys((*_doubts(found, need, rest, source), *(source.doubts if some else ()))))
        if verdict is Verdict.UNDECIDED
        else (),
    )


def _reach(rule: Rule, source: Source, protocol: str) -> _Reach:
    peers = rule.peers
    named = max((member(group, source.groups) for group in peers.groups), default=Verdict.FAIL)
    return _Reach(rule, rule.offer(protocol), named, bool(peers.prefix_lists or peers.unknown))


def _cells(
    pieces: Iterable[tuple[AddressSet, int]], reaches: Sequence[_Reach], names: frozenset[Unknown]
) -> Iterator[Cell[_Reached]]:
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
        yield Cell(addresses, Bounded(must, may), tuple((reaches[n], found[n]) for n in sorted(found)))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _deciding(
    found: Sequence[Place[_Reached]], need: Bounded[PortSet], reaches: Sequence[_Reach], verdict: Verdict
) -> Iterator[Rule]:
    covering: dict[int, bool] = {}
    for place in found:
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
    found: Sequence[Place[_Reached]], need: Bounded[PortSet], rest: Unknown | None, source: Source
) -> Iterator[Unknown]:
    """Every unknown that bears on a port that is not surely admitted."""
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
