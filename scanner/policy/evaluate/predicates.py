"""The predicates of the rule language over operands."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from scanner.analysis import bounded
from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded, Members, contains, equal, missing
from scanner.analysis.places import Source
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import ABSENT, Fact, Items, Unknown, Verdict
from scanner.model.resource import BELOW
from scanner.policy.evaluate.operands import Operand, Shown, shown
from scanner.policy.evaluate.outcome import Outcome
from scanner.topology.acl_flow import acl_flow
from scanner.topology.ec2.network_acl_entry import NetworkAclEntry
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.ec2.subnet import block
from scanner.topology.entity import Entity, Related
from scanner.topology.flow import flow, joined_over, meets, single_symbol
from scanner.topology.lookup import as_unknown, number, quantity, text

Operands = Mapping[str, Operand]

EVERYWHERE = EVERYWHERE_V4 | EVERYWHERE_V6


def _absent(operand: Operand, what: str) -> Unknown:
    place = operand.at[0] if operand.at else None
    return Unknown(("absent", place, what), f"{what} is not set", place)


def _why(fact: Fact[Any], operand: Operand, what: str = "a value") -> Unknown:
    return _absent(operand, what) if fact.value is ABSENT else as_unknown(fact, what)


def _at(*operands: Operand) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(place for operand in operands for place in operand.at))


def _equals(operands: Operands) -> Outcome:
    left, right = operands["left"], operands["right"]
    first, second = left.fact(), right.fact()
    if first.value is ABSENT or second.value is ABSENT:
        return Outcome(Verdict.UNDECIDED, unknown=(_absent(left if first.value is ABSENT else right, "a value"),))
    if _entity(left) is not None and _entity(right) is not None:
        return Outcome(Verdict.of(_entity(left) == _entity(right)), at=_at(left, right), found=Shown(left))
    # Two open rows are each any of the entities that are not known, and not the same one.
    same = equal(first, second) if left.values or right.values else None
    reasons = [fact.value for fact in (first, second) if isinstance(fact.value, Unknown)] if same is None else []
    if same is None and not reasons:
        reasons = [as_unknown(first, "a value")]
    return Outcome(Verdict.of(same), (), tuple(reasons), _at(left, right), Shown(left))


def _entity(operand: Operand) -> Entity | None:
    value = operand.values[0] if operand.values else None
    return value if isinstance(value, Entity) else None


def _members(operand: Operand) -> Members:
    rest = operand.rest
    items = []
    for value in operand.values:
        if isinstance(value, Fact) and isinstance(value.value, Items):
            rest = rest or value.value.rest
    for fact in operand.facts():
        items.append(fact)
    return Members(tuple(items), rest)


def _one_of(operands: Operands) -> Outcome:
    value, of = operands["value"], _members(operands["of"])
    fact = value.fact()
    if fact.value is ABSENT:
        return Outcome(Verdict.UNDECIDED, unknown=(_absent(value, "a value"),), at=value.at)
    verdict = bounded.member(fact, of)
    reasons: tuple[Unknown, ...] = ()
    if verdict is Verdict.UNDECIDED:
        reasons = (fact.value,) if isinstance(fact.value, Unknown) else _reasons(of)
    return Outcome(verdict, (), reasons, value.at, Shown(value))


def _compare(holds: Callable[[float, float], bool]) -> Callable[[Operands], Outcome]:
    def compare(operands: Operands) -> Outcome:
        left, right = operands["left"], operands["right"]
        first, second = left.fact(), right.fact()
        one, two = quantity(first), quantity(second)
        at = left.at or right.at
        if one is not None and two is not None:
            found = Shown(left)
            return Outcome(Verdict.of(holds(one, two)), (), (), at, found)
        if holds is not operator.lt and first.value is not ABSENT and equal(first, second):
            return Outcome(Verdict.PASS, at=at)
        found_any = {holds(a, b) for a in _options(first) for b in _options(second)}
        if len(found_any) == 1:
            return Outcome(Verdict.of(found_any.pop()), (), (), at, Shown(left))
        cause, operand = (first, left) if one is None else (second, right)
        return Outcome(Verdict.UNDECIDED, unknown=(_why(cause, operand, "a number"),), at=at)

    return compare


def _options(fact: Fact[Any]) -> tuple[float, ...]:
    """The numbers that a value can be; none if they are not known, or its own choices stand behind others."""
    known = quantity(fact)
    if known is not None:
        return (known,)
    value = fact.value
    if not isinstance(value, Unknown) or value.split is None or value.split.symbol != value.key:
        return ()
    options = [quantity(Fact(option)) for option in value.split.options]
    return tuple(option for option in options if option is not None) if None not in options else ()


def _matches(operands: Operands) -> Outcome:
    value, pattern = operands["value"], operands["pattern"].fact().value
    fact = value.fact()
    written = text(fact)
    if written is None:
        return Outcome(Verdict.UNDECIDED, unknown=(_why(fact, value, "a text"),), at=value.at)
    return Outcome(Verdict.of(re.fullmatch(str(pattern), written) is not None), at=value.at, found=written)


def _bounded(operand: Operand) -> Bounded[Any] | None:
    """The bounded set of an operand of ports or peers; several are united. None if it holds something else."""
    found: Bounded[Any] | None = None
    for value in operand.values:
        held = value.value if isinstance(value, Fact) else None
        if isinstance(held, str) and held[:1].isdigit():
            held = Bounded.exactly(PortSet.parse(held))
        if not isinstance(held, Bounded):
            return None
        found = held if found is None else found | held
    if found is not None and operand.rest is not None:
        everything = ALL if isinstance(found.may, PortSet) else EVERYWHERE
        found = Bounded(found.must, everything, (*found.unknown, operand.rest))
    return found


def _nothing_like(other: Bounded[Any] | None, operand: Operand) -> Bounded[Any] | None:
    """The empty set of the other's type, for a path that leads to nothing at all; None if it is no set."""
    if other is None or operand.values or operand.rest is not None:
        return None
    return Bounded.exactly(type(other.must)())


def _subset(operands: Operands) -> Outcome:
    of, within = operands["of"], operands["in"]
    need, offer = _bounded(of), _bounded(within)
    need, offer = need or _nothing_like(offer, of), offer or _nothing_like(need, within)
    if need is not None and offer is not None:
        return _contained(offer, need, _at(of, within), Shown(of))
    members, others = _members(of), _members(within)
    verdict = bounded.subset(members, others)
    lacking = bounded.outside(members, others)
    outside = tuple(shown(Operand((fact,))) for fact in lacking)
    at = tuple(dict.fromkeys((*(place for fact in lacking for place in fact.at[:1]), *_at(of, within))))
    reasons = _reasons(*_doubtful(members, others)) if verdict is Verdict.UNDECIDED else ()
    return Outcome(verdict, outside, reasons, at, Shown(of))


def _doubtful(members: Members, others: Members) -> tuple[Members, Members]:
    """What keeps ``subset`` from an answer: the members in doubt, and the others that they may be."""
    uncertain = bounded.uncertain(members, others)
    rest = members.rest if bounded.subset(Members((), members.rest), others) is Verdict.UNDECIDED else None
    open_to = uncertain if rest is None else members.items
    maybe = tuple(one for one in others.items if rest is not None or any(equal(one, own) is None for own in open_to))
    return Members(uncertain, rest), Members(maybe, others.rest)


def _reasons(*sets: Members) -> tuple[Unknown, ...]:
    found = [each.rest for each in sets if each.rest is not None]
    found += [fact.value for each in sets for fact in each.items if isinstance(fact.value, Unknown)]
    if not found:
        found = [as_unknown(fact, "a value") for each in sets for fact in each.items[:1]]
    return tuple(dict.fromkeys(found))


def _contained(offer: Bounded[Any], need: Bounded[Any], at: tuple[Any, ...], found: object) -> Outcome:
    symbol = single_symbol(need) if isinstance(need.may, PortSet) else None
    named = symbol is not None and any(unknown.key == symbol for unknown in offer.unknown)
    if named and need.may <= offer.may:  # else it is the open end of a range, which may turn out below the other end
        return Outcome(Verdict.PASS, at=at, found=found)
    verdict = contains(offer, need)
    lacking = str(missing(offer, need)) if verdict is Verdict.FAIL else ""
    reasons = tuple(dict.fromkeys(need.unknown + offer.unknown)) if verdict is Verdict.UNDECIDED else ()
    return Outcome(verdict, (lacking,) if lacking else (), reasons, at, found)


def _disjoint(operands: Operands) -> Outcome:
    left, right = operands["left"], operands["right"]
    first, second = _bounded(left), _bounded(right)
    first, second = first or _nothing_like(second, left), second or _nothing_like(first, right)
    at = _at(left, right)
    if first is not None and second is not None:
        ports = isinstance(first.may, PortSet) and isinstance(second.may, PortSet)
        verdict = ~meets(first, second) if ports else bounded.disjoint(first, second)
        reasons = first.unknown + second.unknown if verdict is Verdict.UNDECIDED else ()
        common = first.must & second.must
        return Outcome(verdict, (), reasons, at, str(common) if common else Shown(left))
    one, two = _members(left), _members(right)
    verdict = bounded.disjoint(one, two)
    reasons = _reasons(one, two) if verdict is Verdict.UNDECIDED else ()
    shared = tuple(fact for fact in one.items if bounded.member(fact, two) is Verdict.PASS)
    return Outcome(verdict, (), reasons, at, Shown(Operand(shared)) if shared else Shown(left))


def _ports_cover(operands: Operands) -> Outcome:
    offer, need = operands["ports"], operands["need"]
    have, want = _bounded(offer), _bounded(need)
    if have is None or want is None:
        cause = offer if have is None else need
        return Outcome(Verdict.UNDECIDED, unknown=(_why(cause.fact(), cause, "the ports"),), at=_at(need))
    return _contained(have, want, _at(need, offer), Shown(need))


def _blocks(operand: Operand) -> Bounded[AddressSet]:
    known, unknown = AddressSet(), [operand.rest] if operand.rest is not None else []
    may = AddressSet()
    for fact in operand.facts():
        if isinstance(fact.value, Bounded):
            known, may = known | fact.value.must, may | fact.value.may
            unknown += fact.value.unknown
            continue
        found = block(fact, "an address range")
        if isinstance(found, Unknown):
            unknown.append(found)
            may = EVERYWHERE
        else:
            known |= found
    return Bounded(known, (EVERYWHERE if operand.rest is not None else may) | known, tuple(unknown))


def _cidrs_cover(operands: Operands) -> Outcome:
    offer, need = operands["cidrs"], operands["need"]
    return _contained(_blocks(offer), _blocks(need), _at(need, offer), Shown(need))


def _flow_allowed(operands: Operands) -> Outcome:
    rules, peer = operands["rules"], operands["peer"]
    protocol = text(operands["protocol"].fact())
    family = 6 if "family" in operands and text(operands["family"].fact()) == "ipv6" else 4
    need = _bounded(operands["ports"])
    doubts = []
    if protocol is None:
        doubts.append(_why(operands["protocol"].fact(), operands["protocol"], "the protocol"))
        protocol = "tcp_udp"
    if need is None:
        doubts.append(_why(operands["ports"].fact(), operands["ports"], "the ports"))
        need = Bounded(NONE, ALL - PortSet.of_range(0, 0), tuple(doubts[-1:]))
    tolerated = (_bounded(operands["tolerated"]) if "tolerated" in operands else None) or Bounded.exactly(NONE)
    need = need - tolerated if tolerated.may else need
    source, doubt = _source(peer, family)
    if source is None:
        return Outcome(Verdict.PASS, at=rules.at)
    doubts += [doubt] if doubt is not None else []
    some = "addresses" in operands and text(operands["addresses"].fact()) == "some"
    found = _flow(rules, source, protocol, need, some)
    if doubts and found.verdict is not Verdict.PASS:  # open for whatever it is, or not proven
        own = () if found.verdict is Verdict.FAIL else found.unknown
        return Outcome(Verdict.UNDECIDED, (), tuple(dict.fromkeys((*doubts, *own))), found.at)
    missing = (joined_over(text, tolerated.may) for text in found.missing)
    return replace(found, missing=tuple(f"{protocol.replace('_', '/')} {text}" for text in missing))


def _flow(rules: Operand, source: Source, protocol: str, need: Bounded[PortSet], some: bool) -> Outcome:
    """What security-group rules, or the entries of a network ACL, let through."""
    entries = tuple(value for value in rules.values if isinstance(value, NetworkAclEntry))
    if entries:
        outbound = all(entry.outbound for entry in entries)
        answer = acl_flow(Related(entries, rules.rest, rules.at), source, protocol, need, outbound=outbound, some=some)
        return Outcome(answer.verdict, answer.missing, answer.unknown, answer.at)
    group_rules = tuple(value for value in rules.values if isinstance(value, SecurityGroupRule))
    admission = flow(Related(group_rules, rules.rest, rules.at), source, protocol, need, some=some)
    at = tuple(place for rule in admission.deciding for place in rule.at[:1]) or rules.at
    return Outcome(admission.verdict, admission.missing, admission.unknown, at)


def _source(peer: Operand, family: int) -> tuple[Source | None, Unknown | None]:
    """The peer of a flow: an entity's end, or addresses; None if there are surely no addresses.

    Where it is not known, one unknown end and the reason.
    """
    entity = _entity(peer)
    if entity is not None:
        found: Source = entity.endpoint(family)  # type: ignore[attr-defined]
        return found, None
    addresses = _bounded(peer)
    if addresses is not None and isinstance(addresses.must, AddressSet):
        return Source.of_peers(addresses, family), None
    reason = _why(peer.fact(), peer, "the peer")
    return Source(groups=Members((), reason), where=(reason,), family=family), reason


def _exists(operands: Operands) -> Outcome:
    operand = operands["value"]
    doubt = operand.rest
    for value in operand.values:
        if isinstance(value, Entity):
            return Outcome(Verdict.PASS, at=value.at)
        held = value.value
        if isinstance(held, Items):
            if held.items:
                return Outcome(Verdict.PASS, at=value.at)
            doubt = doubt or held.rest
        elif isinstance(held, Unknown) and isinstance(held.key, tuple) and held.key[:1] == (BELOW,):
            doubt = doubt or held
        elif held is not ABSENT:
            return Outcome(Verdict.PASS, at=value.at)
    if doubt is not None:
        return Outcome(Verdict.UNDECIDED, unknown=(doubt,), at=operand.at)
    return Outcome(Verdict.FAIL, at=operand.at, found="nothing")


def _count(operands: Operands) -> Outcome:
    of = operands["of"]
    members = _members(of)
    bounds = {name: operands[name] for name in ("equals", "at_least", "at_most") if name in operands}
    for name, bound in bounds.items():
        if number(bound.fact()) is None:
            return Outcome(Verdict.UNDECIDED, unknown=(_why(bound.fact(), bound, f"the bound {name}"),), at=of.at)
    exact = number(bounds["equals"].fact()) if "equals" in bounds else None
    lower = number(bounds["at_least"].fact()) if "at_least" in bounds else exact
    upper = number(bounds["at_most"].fact()) if "at_most" in bounds else exact
    verdict = bounded.count(members, lower, upper)
    reasons = _reasons(members) if verdict is Verdict.UNDECIDED else ()
    return Outcome(verdict, (), reasons, of.at, str(len(members.items)))


def _grants_at_most(operands: Operands) -> Outcome:
    from scanner.policy.evaluate.grants import grants_at_most  # few rules ask for it, and policies are a large part

    return grants_at_most(operands)


def _grants_at_least(operands: Operands) -> Outcome:
    from scanner.policy.evaluate.grants import grants_at_least

    return grants_at_least(operands)


PREDICATES: dict[str, Callable[[Operands], Outcome]] = {
    "equals": _equals,
    "one_of": _one_of,
    "at_least": _compare(operator.ge),
    "at_most": _compare(operator.le),
    "less_than": _compare(operator.lt),
    "matches": _matches,
    "subset": _subset,
    "disjoint": _disjoint,
    "ports_cover": _ports_cover,
    "cidrs_cover": _cidrs_cover,
    "flow_allowed": _flow_allowed,
    "grants_at_most": _grants_at_most,
    "grants_at_least": _grants_at_least,
    "exists": _exists,
    "count": _count,
}
