"""Gathers needs: from calls and what the files say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.analysis.iam.conditions import Clause, clause
from scanner.analysis.iam.results import Need
from scanner.analysis.states.integrations import Integration
from scanner.analysis.states.values import at_run_time, is_query
from scanner.model import ABSENT, Fact, Items, Location, Resource, ResourceGraph, Unknown
from scanner.topology.iam.needs_data import BASELINES, DOCUMENTED, SDK, Grant, NeedsFile, needs_file
from scanner.topology.iam.needs_things import Call, Named, Reading


@dataclass(slots=True)
class Gathering:
    """The needs found so far, each once."""

    baseline: str
    needs: dict[Any, Need] = field(default_factory=dict)
    perhaps: dict[Any, Need] = field(default_factory=dict)
    unknown: dict[Unknown, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.baseline not in BASELINES:
            raise ValueError(f"{self.baseline} is no baseline: {' and '.join(BASELINES)} are")

    def call(self, file: NeedsFile, grants: Iterable[Grant], call: Call) -> None:
        """Adds what a call needs."""
        reading = Reading(call, file.things, self.baseline == DOCUMENTED)
        for grant in grants:
            if grant.baseline not in ("", self.baseline) or (grant.pattern and call.pattern not in grant.pattern):
                continue
            passes = _passed(call, grant)
            if passes is not False:
                self._grant(reading, grant, sure=call.sure and passes is True and not grant.perhaps)

    def lacks(self, key: tuple[Any, ...], reason: str, at: tuple[Location, ...]) -> None:
        """Adds why more may be needed."""
        self.unknown[Unknown(key, reason, at[0] if at else None)] = None

    def unsure(self) -> tuple[Need, ...]:
        """What may be needed besides what is needed."""
        return tuple(need for key, need in self.perhaps.items() if key not in self.needs)

    def _grant(self, reading: Reading, grant: Grant, *, sure: bool) -> None:
        named = [one for template in grant.on for one in reading.named(template)]
        certain = [one for one in named if sure and not one.perhaps]
        for chosen, into in ((certain, self.needs), ([one for one in named if one not in certain], self.perhaps)):
            if not chosen:
                continue
            resources = self._resources(chosen)
            conditions = tuple(self._conditions(reading, grant))
            for action in grant.actions:
                why = f"{reading.call.label} {grant.why}".strip()
                add(into, Need(action, resources, conditions, why, reading.call.at))

    def _resources(self, named: list[Named]) -> tuple[Fact[Any], ...]:
        found: dict[Any, Fact[Any]] = {}
        for one in named:
            fact = Fact("*", one.fact.at) if one.dynamic and self.baseline == DOCUMENTED else one.fact
            found.setdefault(fact.value, fact)
        return tuple([found["*"]] if "*" in found else found.values())

    def _conditions(self, reading: Reading, grant: Grant) -> Iterator[Clause]:
        for operator, key, templates in grant.conditions:
            named = [one for template in templates for one in reading.named(template)]
            if named and not (self.baseline == DOCUMENTED and any(one.dynamic for one in named)):
                yield clause(key, operator, *(one.fact for one in named))


def add(into: dict[Any, Need], need: Need) -> None:
    """Adds a need; one that is there already has several places."""
    conditions = tuple((one.key, one.operator, tuple(fact.value for fact in one.values)) for one in need.conditions)
    key = (need.action.lower(), tuple(fact.value for fact in need.resources), conditions)
    known = into.get(key)
    if known is None:
        into[key] = need
    else:
        into[key] = replace(known, at=(*known.at, *(place for place in need.at if place not in known.at)))


def _passed(call: Call, grant: Grant) -> bool | None:
    """Whether a call passes what a grant hangs on; None if that is not known."""
    answers = [call.passes(path) for path in grant.passed]
    if answers and True not in answers:
        return None if None in answers else False
    if grant.where:
        values = [call.one_of(path, values) for path, values in grant.where]
        if True not in values:
            return None if None in values else False
    without = [call.passes(path) for path in grant.unless]
    return False if True in without else None if None in without else True


def integration_needs(found: Gathering, made: Call, call: Integration) -> None:
    """What a call of an API action needs."""
    said = f"{'aws-sdk:' if call.is_sdk else ''}{call.service}:{call.action}"
    prefix = call.service
    if call.is_sdk:
        table = needs_file(SDK)
        prefix = table.sdk.get(call.service, call.service) if table is not None else call.service
    file = needs_file(prefix)
    if file is not None and call.action in file.integrations:
        found.call(file, file.integrations[call.action], made)
    elif not call.is_sdk or not _plain(found, made, prefix, call.action):
        found.lacks(("integration", said), f"what {made.label} needs for {said} is not known here", made.at)


def _plain(found: Gathering, made: Call, prefix: str, name: str) -> bool:
    """An AWS SDK integration that no file describes needs the action of its name. On which resources is not told by
    its arguments, unless it is granted on ``*`` alone. False if there is no such action."""
    from scanner.analysis.iam.actions import action

    known = action(f"{prefix}:{name}")
    if known is None:
        return False
    resource: Any = "*"
    if known.resources:
        reason = f"on which resource {made.label} calls {known.name} is not known here"
        resource = Unknown(
            ("resource of", known.name, made.owner.address, made.label), reason, made.at[0] if made.at else None
        )
    why = f"{made.label} calls it through the AWS SDK"
    add(found.needs, Need(known.name, (Fact(resource, made.at),), (), why, made.at))
    if known.resources and found.baseline == DOCUMENTED:
        # That everything is more than that is not proven: what does not exist yet has no ARN to be named by.
        add(found.perhaps, Need(known.name, (Fact(resource, made.at), Fact("*", made.at)), (), why, made.at))
    table = needs_file(SDK)
    for name, fact in _handed(made.given) if made.given is not None else ():
        for one in table.handed if table is not None else ():
            if one.baseline in ("", found.baseline) and re.fullmatch(one.argument, name):
                for action_name in one.actions:
                    on = Fact(one.on, fact.at) if one.on else fact
                    need = Need(action_name, (on,), (), f"{made.label} {one.why}", fact.at or made.at)
                    add(found.needs if one.sure else found.perhaps, need)
    return True


def _handed(given: Fact[Any]) -> Iterator[tuple[str, Fact[Any]]]:
    """The arguments of a call that are texts, however deep they stand, with their names."""
    if isinstance(given.value, Mapping):
        for name, inner in given.value.items():
            plain = name.removesuffix(".$")
            if isinstance(inner.value, (Mapping, Items)):
                yield from _handed(inner)
            elif inner.value is not ABSENT:
                yield plain, at_run_time(plain, inner) if name != plain or is_query(inner.value) else inner
    elif isinstance(given.value, Items):
        for one in given.value.items:
            yield from _handed(one)


def entry_needs(found: Gathering, made: Call, name: str, action: str, *, what: str = "") -> None:
    """What one entry of a file needs that is always there."""
    file = needs_file(name)
    if file is None or action not in file.integrations:
        found.lacks(("needs file", name, action), f"what {what or made.label} needs is not known here", made.at)
        return
    found.call(file, file.integrations[action], made)


def fixed(
    graph: ResourceGraph,
    owner: Resource,
    label: str,
    arguments: Mapping[str, Fact[Any]],
    at: tuple[Location, ...],
    *,
    sure: bool = True,
) -> Call:
    """A call that passes some arguments by name."""
    absent: Fact[Any] = Fact(ABSENT, at)
    return Call(graph, owner, label, lambda path: arguments.get(path, absent), at, sure=sure)
