"""Whether the security-group rules of some entities admit a need."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from scanner.analysis.bounded import Bounded, disjoint
from scanner.analysis.flows import Admission, Rule, Source, admitted
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Unknown, Verdict, all_of
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.entity import Related
from scanner.topology.numbers import Ports

STAND_IN = PortSet.of_range(1, 1)
"""The port that stands for one that is not known."""
_PORTS = ALL - PortSet.of_range(0, 0)
PROTOCOLS = {"tcp_udp": ("tcp", "udp")}


def flow(
    rules: Related[SecurityGroupRule], peer: Source, protocol: str, need: Ports, *, some: bool = False
) -> Admission:
    """Whether the rules admit the peer (``some``: one of its addresses) on every port needed.

    ``tcp_udp`` needs both protocols.
    """
    given = [rule.rule for rule in rules]
    whose = {id(rule.rule): rule for rule in rules}
    needed: Ports = need
    symbol = single_symbol(need)
    if symbol is not None:
        given = [_as_stand_in(rule, symbol) for rule in given]
        whose = {id(stand_in): rule for stand_in, rule in zip(given, rules, strict=True)}
        needed = Bounded.exactly(STAND_IN)
    protocols = PROTOCOLS.get(protocol, (protocol,))
    found = [admitted(given, rules.rest, peer, each, needed, some=some) for each in protocols]
    if symbol is not None:
        found = [_named(admission, need) for admission in found]
    else:
        found = [replace(admission, deciding=_nearest_first(admission, whose)) for admission in found]
    if any(rule.outbound for rule in rules):
        found = [replace(one, missing=tuple(text.replace(" from ", " to ") for text in one.missing)) for one in found]
    return found[0] if len(found) == 1 else _worst(found)


def _worst(found: Sequence[Admission]) -> Admission:
    return Admission(
        all_of(admission.verdict for admission in found),
        tuple(dict.fromkeys(text for admission in found for text in admission.missing)),
        tuple({id(rule): rule for admission in found for rule in admission.deciding}.values()),
        tuple(dict.fromkeys(unknown for admission in found for unknown in admission.unknown)),
    )


def _nearest_first(admission: Admission, whose: Mapping[int, SecurityGroupRule]) -> tuple[Rule, ...]:
    """The deciding rules, those first that need only be widened: their ports adjoin what is missing.

    The first place of each is the property to change: an end of its range, or its peer.
    """
    missing = NONE
    for text in admission.missing:
        missing |= PortSet.parse(text.partition(" from ")[0])
    above, below = PortSet(missing.bits << 1) & ALL, PortSet(missing.bits >> 1)

    def placed(rule: Rule) -> Rule:
        ports = rule.ports.may
        what = "peer" if missing <= ports else "ToPort" if ports & below or not ports & above else "FromPort"
        return replace(rule, at=tuple(dict.fromkeys((*whose[id(rule)].place_of(what), *rule.at))))

    nearest = sorted(admission.deciding, key=lambda rule: not rule.ports.may & (above | below))
    return tuple(placed(rule) for rule in nearest)


def single_symbol(ports: Ports) -> Hashable | None:
    """The identity of a set that is one unknown port; None for any other set."""
    if not ports.must and len(ports.unknown) == 1 and ports.may in (ALL, _PORTS):
        return ports.unknown[0].key
    return None


def _is_all(ports: PortSet) -> bool:
    return not _PORTS - ports


def meets(left: Ports, right: Ports) -> Verdict:
    """Whether two sets of ports have one in common. A set that is one unknown port has one with itself and with ALL."""
    first, second = single_symbol(left), single_symbol(right)
    if first is not None and (first == second or _is_all(right.must)):
        return Verdict.PASS
    if second is not None and _is_all(left.must):
        return Verdict.PASS
    return ~disjoint(left, right)


def _as_stand_in(rule: Rule, symbol: Hashable) -> Rule:
    return replace(rule, ports=stand_in(rule.ports, symbol))


def stand_in(ports: Ports, symbol: Hashable) -> Ports:
    """The ports of a rule as one unknown port sees them: open for it, not open, or perhaps."""
    same = single_symbol(ports) == symbol
    must = STAND_IN if same or _is_all(ports.must) else NONE
    may = STAND_IN if same or ports.may else NONE
    unknown: Sequence[Unknown] = () if must == may else ports.unknown
    return Bounded(must, may, tuple(unknown))


def joined_over(text: str, tolerated: PortSet) -> str:
    """What is missing, with the tolerated ports between ports that are: ``1024-32767``, not in two parts."""
    if not tolerated:
        return text
    written, *whose = re.split(r"(?= from | to )", text, maxsplit=1)
    ports = PortSet.parse(written)
    for low, high in tolerated.ranges():
        if low - 1 in ports and high + 1 in ports:
            ports |= PortSet.of_range(low, high)
    return "".join((str(ports), *whose))


def named_port(text: str, need: Ports) -> str:
    """What is missing, with the unknown port's name in place of its stand-in."""
    return text.replace(str(STAND_IN), f"its port ({need.unknown[0].reason})", 1)


def _named(admission: Admission, need: Ports) -> Admission:
    """With the unknown port's name in place of its stand-in."""
    missing = tuple(named_port(text, need) for text in admission.missing)
    unknown = admission.unknown
    if not unknown and admission.verdict.word == "undecided":
        unknown = need.unknown
    return replace(admission, missing=missing, unknown=unknown)
