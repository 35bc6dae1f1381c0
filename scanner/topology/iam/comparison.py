"""What a role grants beside what it needs: what is missing, and what is in excess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.actions import PARTITIONS, names_action
from scanner.analysis.iam.arn import check_arn, parse_arn
from scanner.analysis.iam.compare import grants_at_least, grants_within
from scanner.analysis.iam.conditions import Clause
from scanner.analysis.iam.results import ACTION, CONDITION, RESOURCE, Comparison, Difference, Grants, Need
from scanner.analysis.iam.sides import takes_in
from scanner.analysis.iam.statements import DENY, Elements, Statement
from scanner.model import Fact, Unknown, Verdict
from scanner.topology.iam.names import PARTITION, in_regions, names_of, region_of, revisions
from scanner.topology.iam.resource_policies import admitted

if TYPE_CHECKING:
    from scanner.analysis.iam.patterns import Names
    from scanner.topology.iam.needs import Needed
    from scanner.topology.iam.role import Role

ACTIONS, RESOURCES, LIMITS = "actions", "resources", "limits"


@dataclass(frozen=True, slots=True)
class Aspect:
    """The part of what is in excess that is asked for."""

    by: str = ""
    """``actions``: what is not needed on anything; ``resources``: what is needed, on other resources, conditions left
    aside; ``limits``: what is needed, on other resources or under other conditions; a condition key: what is needed,
    without a limit by that key, resources left aside. Empty: everything."""
    actions: tuple[str, ...] = ()
    """Actions, as in policies, of which it is asked; none for all."""
    but: tuple[str, ...] = ()
    """Actions of which it is not."""

    def takes(self, action: str) -> bool:
        if self.actions and not any(names_action(one, action) for one in self.actions):
            return False
        return not any(names_action(one, action) for one in self.but)


EVERYTHING = Aspect()


def excess(role: Role, needed: Needed, aspect: Aspect = EVERYTHING) -> Comparison:
    """What the policies of a role grant and nothing that uses it needs.

    A resource may be written as AWS's documents do: in any region, a task definition without a revision. An ARN that
    can name nothing, because its account or a placeholder is no name, grants nothing. What is seen in excess is so
    whatever else is attached to the role; that nothing is, of all actions, hangs on that as well.
    """
    whole = not aspect.by or aspect.by in (ACTIONS, LIMITS)
    found = _memo(role, needed, "" if whole else aspect, lambda: _excess(role, needed, None if whole else aspect))
    kinds = {ACTIONS: (ACTION,), "": (ACTION, RESOURCE, CONDITION)}.get(aspect.by, (RESOURCE, CONDITION))
    differences = []
    for one in found:
        actions = tuple(action for action in one.actions if aspect.takes(action))
        # What is not known to be needed at all may turn out to be needed, and then on other resources.
        asked = one.kind in kinds or (aspect.actions and aspect.by != ACTIONS and one.verdict is Verdict.UNDECIDED)
        if actions and asked and not (one.kind == RESOURCE and _names_nothing(one.element)):
            differences.append(replace(one, actions=actions))
    doubts = list(role.policies.more)
    if aspect.by in ("", ACTIONS) and not aspect.actions and role.elsewhere is not None:
        doubts.append(role.elsewhere)
    return _concluded(differences, doubts)


def lacking(role: Role, needed: Needed) -> Comparison:
    """What something that uses a role needs, and its policies do not grant."""
    doubts = [*needed.unknown, *(role.policies.less if needed.needs else ())]
    return _concluded(_memo(role, needed, "lacking", lambda: _lacking(role, needed)), doubts)


def _memo(
    role: Role, needed: Needed, question: object, answer: Callable[[], Sequence[Difference]]
) -> Sequence[Difference]:
    """An answer, once for each role and needs, which stay beside it so that no others take their ids."""
    ids = tuple(id(one) for one in (*needed.needs, *needed.perhaps))
    key = ("iam", role.address, ids, needed.unknown, question)
    found: Sequence[Difference] = role.graph.memo(key, lambda: (answer(), needed))[0]
    return found


def _concluded(differences: Sequence[Difference], doubts: Iterable[Unknown]) -> Comparison:
    """The verdict on some differences; without one, it hangs on what is not known beside them."""
    verdict = min((one.verdict for one in differences), default=Verdict.PASS)
    unknown = [unknown for one in differences for unknown in one.unknown]
    if verdict is Verdict.PASS:
        unknown = list(doubts)
        verdict = Verdict.UNDECIDED if unknown else Verdict.PASS
    reasons = tuple(dict.fromkeys(unknown)) if verdict is Verdict.UNDECIDED else ()
    return Comparison(verdict, tuple(differences), reasons)


def _excess(role: Role, needed: Needed, aspect: Aspect | None) -> Sequence[Difference]:
    granted = role.policies.grants
    surely, perhaps = needed.needs, needed.perhaps
    if aspect is not None:
        parts = tuple(part for one in granted.statements for part in _narrowed(one, aspect))
        granted = replace(granted, statements=parts)
        surely, perhaps = _seen_by(surely, aspect), _seen_by(perhaps, aspect)

    names = _names(role)
    granted = replace(granted, statements=_in_regions(granted.statements, (*surely, *perhaps), names))

    def compared(needs: Sequence[Need]) -> Sequence[Difference]:
        wide = Grants(tuple(_wide(one, names).statement() for one in needs), needed.unknown)
        return grants_within(granted, wide, names).differences

    if not perhaps:
        return compared(surely)
    proven = compared((*surely, *perhaps))
    return [*proven, *_unproven(compared(surely), proven, perhaps)]


def _lacking(role: Role, needed: Needed) -> Sequence[Difference]:
    policies = role.policies
    elsewhere = (role.elsewhere,) if role.elsewhere is not None else ()
    admits = admitted(role.graph, role.resource)
    statements = (*policies.grants.statements, *admits.surely)
    granted = Grants(statements, (*policies.more, *elsewhere), policies.less)
    proven = grants_at_least(granted, needed.needs, _names(role)).differences
    if proven and admits.perhaps:
        wide = replace(granted, statements=(*statements, *(one for one, _ in admits.perhaps)))
        least = grants_at_least(wide, needed.needs, _names(role)).differences
        proven = tuple(_admitted(proven, least, [why for _, why in admits.perhaps]))
    if not needed.perhaps:
        return proven
    return [*proven, *_unproven(grants_at_least(granted, needed.perhaps, _names(role)).differences, (), needed.perhaps)]


def _admitted(
    proven: Sequence[Difference], least: Sequence[Difference], why: Sequence[Unknown]
) -> Iterator[Difference]:
    """What is missing, where that which the policies of resources perhaps allow leaves it proven, and where not."""
    lacked = {(id(one.need), action) for one in least if one.verdict is Verdict.FAIL for action in one.actions}
    for one in proven:
        sure = tuple(action for action in one.actions if (id(one.need), action) in lacked)
        open = tuple(action for action in one.actions if action not in sure)
        if sure:
            yield replace(one, actions=sure)
        if open:
            yield replace(one, actions=open, verdict=Verdict.UNDECIDED, unknown=(*one.unknown, *why))


def _unproven(
    differences: Sequence[Difference], proven: Sequence[Difference], perhaps: Sequence[Need]
) -> Iterator[Difference]:
    """Differences that hang on whether something is needed."""
    known = {(id(one.statement), action) for one in proven for action in one.actions}
    for one in differences:
        actions = tuple(action for action in one.actions if (id(one.statement), action) not in known)
        needs = [need for need in perhaps if any(names_action(need.action, action) for action in actions)]
        if not needs:
            continue
        unknown = tuple(reason for need in needs for reason in _whether(need))
        yield replace(one, verdict=Verdict.UNDECIDED, actions=actions, unknown=(*one.unknown, *unknown))


def _whether(need: Need) -> Iterator[Unknown]:
    """Why it is not known whether something is needed."""
    values = [fact.value for fact in need.resources if isinstance(fact.value, Unknown) and fact.value.reason]
    # That a text holds an account that is not known says nothing of whether it is needed.
    reasons = [one for one in values if not (isinstance(one.key, tuple) and one.key[:1] == ("text",))]
    if reasons:
        yield from reasons
    else:
        place = need.at[0] if need.at else None
        said = f"whether {need.action} is needed is not known"
        yield Unknown(("perhaps", need.action, need.why), f"{said}: {need.why}" if need.why else said, place)


def _narrowed(statement: Statement, aspect: Aspect) -> Iterable[Statement]:
    """A statement as far as it is about the actions that are asked for."""
    if statement.effect == DENY:
        yield statement
        return
    taken = [(name, takes_in(statement.actions, name)) for name in aspect.actions]
    if any(answer is None for _, answer in taken):
        yield statement
        return
    items = [Fact(name, _place(statement, name)) for name, answer in taken if answer]
    if items:
        yield replace(statement, actions=Elements(tuple(items)))


def _place(statement: Statement, action: str) -> tuple[Any, ...]:
    for item in statement.actions.items:
        if not statement.actions.negated and isinstance(item.value, str) and names_action(item.value, action):
            return item.at
    return statement.at


def _seen_by(needs: Sequence[Need], aspect: Aspect) -> tuple[Need, ...]:
    """The needs of what is asked for, without what the question leaves aside."""
    asked = [one for one in needs if any(names_action(one.action, action) for action in aspect.actions)]
    if aspect.by == RESOURCES:
        return tuple(replace(one, conditions=()) for one in asked)
    return tuple(replace(one, resources=(Fact("*"),), conditions=_limits(one, aspect.by)) for one in asked)


def _limits(need: Need, key: str) -> tuple[Clause, ...]:
    return tuple(clause for clause in need.conditions if clause.key.lower() == key.lower())


def _wide(need: Need, names: Names) -> Need:
    """A need in all forms that grants of it may have."""
    resources = tuple(
        Fact(form, fact.at, fact.note) for fact in need.resources for form in revisions(fact.value, names)
    )
    return replace(need, resources=resources)


def _in_regions(statements: Sequence[Statement], needs: Sequence[Need], names: Names) -> tuple[Statement, ...]:
    """What is granted for any region as granted for the regions of what is needed."""
    values = [fact.value for need in needs for fact in need.resources]
    values += [fact.value for need in needs for clause in need.conditions for fact in clause.values]
    regions = tuple(dict.fromkeys(region for value in values if (region := region_of(value, names))))

    def cut(facts: Iterable[Fact[Any]]) -> tuple[Fact[Any], ...]:
        return tuple(Fact(form, fact.at, fact.note) for fact in facts for form in in_regions(fact.value, regions))

    def of(one: Statement) -> Statement:
        clauses = tuple(
            replace(clause, values=cut(clause.values)) if clause.test.form in ("arn", "like") else clause
            for clause in one.conditions
        )
        if one.resources is None:
            return replace(one, conditions=clauses)
        return replace(one, resources=replace(one.resources, items=cut(one.resources.items)), conditions=clauses)

    return tuple(of(one) if one.effect != DENY else one for one in statements)


def _names_nothing(element: Fact[Any]) -> bool:
    return any(fault.part in ("account", "partition", "placeholder") for fault in check_arn(element.value))


def _names(role: Role) -> Names:
    return names_of(role.graph, _partition(role))


def _partition(role: Role) -> str:
    """The partition of the ARNs that the role's policies write out; the usual one where they write none."""

    def read() -> str:
        for _, statement in role.policies.statements:
            for item in statement.resources.items if statement.resources is not None else ():
                arn = parse_arn(item.value)
                if arn is not None and "".join(map(str, arn.partition)) in PARTITIONS:
                    return str(arn.partition[0])
        return PARTITION

    found: str = role.graph.memo(("iam partition", role.address), read)
    return found
