"""Whether the entries of a network ACL let a need through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanner.analysis.acls import Entry, Passage, passes
from scanner.analysis.bounded import Bounded
from scanner.analysis.places import Source
from scanner.model import Location, Unknown, Verdict, all_of
from scanner.topology.ec2.network_acl_entry import NetworkAclEntry
from scanner.topology.entity import Related
from scanner.topology.flow import PROTOCOLS, STAND_IN, named_port, single_symbol, stand_in
from scanner.topology.numbers import Ports


@dataclass(frozen=True, slots=True)
class AclAnswer:
    """Whether an ACL lets a need through, and why."""

    verdict: Verdict
    missing: tuple[str, ...]
    """``1024-32767 from 10.0.1.0/24``; outbound ``to``."""
    unknown: tuple[Unknown, ...]
    at: tuple[Location, ...]
    """The properties of entries to change, the nearest first; the ACL's place where none is near."""


def acl_flow(
    entries: Related[NetworkAclEntry],
    peer: Source,
    protocol: str,
    need: Ports,
    *,
    outbound: bool = False,
    some: bool = False,
) -> AclAnswer:
    """Whether entries let every address of the peer (``some``: at least one) through on every port needed.

    ``tcp_udp`` needs both protocols; where the entries are of several ACLs, each must let it through.
    """
    whose: dict[Entry, NetworkAclEntry] = {}
    acls: dict[str, list[Entry]] = {}
    symbol = single_symbol(need)
    needed = need if symbol is None else Bounded.exactly(STAND_IN)
    for entry in entries:
        seen = entry.entry if symbol is None else replace(entry.entry, ports=stand_in(entry.entry.ports, symbol))
        whose.setdefault(seen, entry)
        acls.setdefault(entry.acl, []).append(seen)
    found = [
        passes(ordered, entries.rest, peer, each, needed, some=some)
        for each in PROTOCOLS.get(protocol, (protocol,))
        for ordered in acls.values() or ((),)
    ]
    verdict = all_of(passage.verdict for passage in found)
    missing = tuple(dict.fromkeys(text for passage in found for text in passage.missing))
    unknown = tuple(dict.fromkeys(each for passage in found for each in passage.unknown))
    if symbol is not None:
        missing = tuple(named_port(text, need) for text in missing)
        unknown = unknown or (need.unknown if verdict is Verdict.UNDECIDED else ())
    if outbound:
        missing = tuple(text.replace(" from ", " to ") for text in missing)
    return AclAnswer(verdict, missing, unknown, _places(found, whose, verdict) or entries.at)


def _places(found: Sequence[Passage], whose: dict[Entry, NetworkAclEntry], verdict: Verdict) -> tuple[Location, ...]:
    """Where to change each deciding entry: the property, or the whole where it is not stated."""
    return tuple(
        dict.fromkeys(
            place
            for passage in found
            if passage.verdict is verdict
            for deciding in passage.deciding
            for place in (whose[deciding.entry].place_of(deciding.property) or whose[deciding.entry].at)[:1]
        )
    )
