"""The predicates over what roles grant; imported where a rule asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanner.analysis.iam.results import ACTION, CONDITION, RESOURCE, Comparison, Difference
from scanner.analysis.iam.statements import Elements
from scanner.model import Fact, Location, Unknown, Verdict
from scanner.policy.evaluate.operands import Operand
from scanner.policy.evaluate.outcome import Outcome
from scanner.topology.iam.comparison import Aspect, excess, lacking
from scanner.topology.iam.need import Need
from scanner.topology.iam.needs import Needed
from scanner.topology.iam.role import Role
from scanner.topology.lookup import as_unknown, text, written

Operands = Mapping[str, Operand]

MOST_NAMED = 3
"""How many actions that one wildcard names are listed."""


def grants_at_most(operands: Operands) -> Outcome:
    """Whether a role grants nothing, of what is asked for, but what is needed. What is in excess is found."""
    role = _role(operands["role"])
    if role is None:
        return _no_role(operands["role"])
    by = text(operands["by"].fact()) if "by" in operands else ""
    aspect = Aspect(by or "", _listed(operands, "actions"), _listed(operands, "but"))
    found = excess(role, _needed(role, operands["needs"], users=True), aspect)
    at = [place for one in _worst(found) for place in _places(role, one)]
    said = ", ".join(_excess(_worst(found))) if found.verdict is Verdict.FAIL else ""
    return Outcome(found.verdict, (), _unknown(found), _distinct(at) or role.at, said)


def grants_at_least(operands: Operands) -> Outcome:
    """Whether a role grants all that is needed. What it does not is missing."""
    role = _role(operands["role"])
    if role is None:
        return _no_role(operands["role"])
    found = lacking(role, _needed(role, operands["needs"], users=False))
    at = [place for one in _worst(found) for place in _to_change(role, one)]
    at += [place for one in _worst(found) if one.need is not None for place in one.need.at[:1]]
    missing = tuple(_lacks(_worst(found))) if found.verdict is Verdict.FAIL else ()
    return Outcome(found.verdict, missing, _unknown(found), _distinct(at) or role.at)


def _role(operand: Operand) -> Role | None:
    value = operand.values[0] if operand.values else None
    return value if isinstance(value, Role) else None


def _no_role(operand: Operand) -> Outcome:
    reason = operand.rest or as_unknown(operand.fact(), "the role")
    return Outcome(Verdict.UNDECIDED, unknown=(reason,), at=operand.at)


def _listed(operands: Operands, name: str) -> tuple[str, ...]:
    if name not in operands:
        return ()
    return tuple(found for fact in operands[name].facts() if (found := text(fact)) is not None)


def _needed(role: Role, operand: Operand, *, users: bool) -> Needed:
    """The needs of an operand; with ``users``, also why things that the scan does not show may need more."""
    needs = [value for value in operand.values if isinstance(value, Need)]
    unknown = [operand.rest] if operand.rest is not None else []
    return Needed(
        tuple(one.needed for one in needs if one.sure),
        tuple(dict.fromkeys([*unknown, *(role.unknown_users() if users else ())])),
        tuple(one.needed for one in needs if not one.sure),
    )


def _worst(found: Comparison) -> tuple[Difference, ...]:
    return tuple(one for one in found.differences if one.verdict is found.verdict)


def _distinct(at: Iterable[Location]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(at))


def _unknown(found: Comparison) -> tuple[Unknown, ...]:
    return tuple(dict.fromkeys(_supplied(one) for one in found.unknown))


_UNTOLD = ("the text holds", "an ARN")
"""How reasons begin that do not say what is not known."""
_UNTOLD_VALUE = "is not known here"
_SUPPLY = {"AWS::AccountId": "--account ID", "AWS::Region": "--region NAME"}


def _supplied(unknown: Unknown) -> Unknown:
    """An unknown of a comparison as people can do something about it."""
    said, supply = unknown.reason, unknown.supply or _supply_of(unknown.key)
    match unknown.key:
        case ("pseudo", str(name), *_):
            said = f"{name} is not known"
        case ("parameter", _, str(name)) if unknown.reason.endswith(_UNTOLD_VALUE):
            said = f"parameter {name} has no value and no default"
        case ("run time", str(what), *_):
            said = f"{what} is known only when the machine runs"
        case ("attribute", str(address), str(attribute)) if unknown.reason.endswith(_UNTOLD_VALUE):
            name = written(Fact(unknown)) if attribute == "Ref" else f"{address.rpartition('#')[2]}.{attribute}"
            said = f"{name} is known after deployment"
        case ("text", *_) if unknown.reason.startswith(_UNTOLD):
            said = f"{written(Fact(unknown))} is known after deployment"
    return Unknown(unknown.key, said, unknown.location, supply, unknown.split)


def _supply_of(key: object) -> str:
    """How the values can be supplied that something unknown is made of."""
    return " ".join(dict.fromkeys(_supplies(key)))


def _supplies(key: object) -> Iterator[str]:
    match key:
        case ("pseudo", str(name), *_):
            yield from [_SUPPLY[name]] if name in _SUPPLY else []
        case ("parameter", _, str(name)):
            yield f"--set {name}=..."
        case tuple():
            for part in key:
                yield from _supplies(part)


def _excess(differences: Iterable[Difference]) -> list[str]:
    """What is in excess, for people: ``s3:* (s3:AbortMultipartUpload and 60 more)``, ``ecs:RunTask on *``."""
    found: list[str] = []
    grouped: dict[str, list[str]] = {}
    for one in differences:
        pattern = text(one.element)
        if one.kind == CONDITION:
            found.append(
                f"{_some(one.actions)} where {' and '.join(one.example.context) or 'a condition does not hold'}"
            )
        elif one.kind == ACTION and (pattern is None or set("*?") & set(pattern) or one.statement.actions.negated):
            named = _all_but(one.statement.actions) or pattern or "something unknown"
            found.append(f"{named} ({_some(one.actions)})")
        else:
            on = _resources(one) if one.kind == ACTION else _all_but(one.statement.resources) or _spelled(one.element)
            grouped.setdefault(on, []).extend([pattern] if one.kind == ACTION and pattern else one.actions)
    return [*dict.fromkeys(found), *(f"{listed(dict.fromkeys(actions))} on {on}" for on, actions in grouped.items())]


def _resources(one: Difference) -> str:
    held = one.statement.resources
    if held is not None and not held.items and held.rest is not None and not held.negated:
        return written(Fact(held.rest)).replace("?", "some resources")
    if held is None or held.rest is not None:
        return "some resources"
    if held.negated:
        return _all_but(held)
    return _some([_spelled(item) for item in held.items])


def _all_but(elements: Elements | None) -> str:
    """What NotAction and NotResource leave; empty where it is stated what is meant."""
    return f"all but {listed(map(_spelled, elements.items))}" if elements is not None and elements.negated else ""


def _lacks(differences: Iterable[Difference]) -> list[str]:
    """What is missing, for people: ``ecs:StopTask and ecs:DescribeTasks on *``."""
    grouped: dict[str, list[str]] = {}
    for one in differences:
        facts = one.need.resources if one.need is not None and one.kind != RESOURCE else (one.element,)
        context = f" where {' and '.join(one.example.context)}" if one.kind == CONDITION and one.example.context else ""
        grouped.setdefault(f"{listed(_spelled(fact) for fact in facts)}{context}", []).extend(one.actions)
    return [f"{listed(dict.fromkeys(actions))} on {on}" for on, actions in grouped.items()]


def listed(texts: Iterable[str]) -> str:
    """``a, b and c``."""
    *before, last = texts
    return f"{', '.join(before)} and {last}" if before else last


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_NAMED
    return listed(texts) if more <= 0 else f"{', '.join(texts[:MOST_NAMED])} and {more} more"


def _spelled(fact: Fact[Any]) -> str:
    return written(fact)


def _places(role: Role, one: Difference) -> list[Location]:
    """Where what is in excess stands; of a policy of AWS's own, where it is attached."""
    place = one.location
    if place is not None:
        return [place]
    like = (one.statement.policy, one.statement.index)
    owner = next((policy for policy, own in role.policies.statements if (own.policy, own.index) == like), None)
    return list(owner.at[:1]) if owner is not None else []


def _to_change(role: Role, one: Difference) -> list[Location]:
    """Where what is missing would be added: beside the statement that grants the like, else to a policy."""
    for statement in one.near:
        if statement.location is not None:
            return [statement.location]
    for policy in role.policies.known:
        if policy.document.statements and policy.document.statements[-1].location is not None:
            stated = policy.resource.get("PolicyDocument") if policy.resource != role.resource else None
            return list((stated or role.property("Policies")).at[:1])
    return []
