"""The least policies that suffice for what a scan shows: of state machines, rules and schedules, and task starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.analysis.iam.results import Need
from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, Fact, Resource, ResourceGraph, Unknown, explore
from scanner.topology.ecs.task_definition import TYPE as DEFINITION
from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.events.schedule import RULE, SCHEDULE, Schedule, Target
from scanner.topology.iam.named import role_named
from scanner.topology.iam.needs import Needed, execution_needs, machine_needs, target_needs
from scanner.topology.lookup import entity, text
from scanner.topology.states.machine import SERVERLESS, TYPE, Machine

Conditions = tuple[tuple[str, str, tuple[Any, ...]], ...]
"""Operator, key and values of each condition."""


@dataclass(frozen=True, slots=True)
class Allow:
    """A statement: every action on every resource."""

    actions: tuple[str, ...]
    resources: tuple[Any, ...]
    """Texts, References and Unknowns."""
    conditions: Conditions = ()


@dataclass(slots=True)
class LeastPolicy:
    """The policy of one role."""

    graph: ResourceGraph
    name: str
    """The logical id of the role, or of what takes it where the role is not in the scan."""
    role: Resource | None
    stated: Fact[Any]
    """What names the role."""
    owner: Resource
    """The first that takes it."""
    users: list[str] = field(default_factory=list)
    """For people: what it is needed for."""
    needs: list[Need] = field(default_factory=list)
    perhaps: list[Need] = field(default_factory=list)
    """What may be needed besides."""
    unknown: list[Unknown] = field(default_factory=list)
    """Why anything more may be needed."""

    @property
    def home(self) -> str:
        """The module that it belongs to: that of the role, or of what takes it."""
        return (self.role or self.owner).address.rpartition("#")[0]

    def statements(self) -> tuple[Allow, ...]:
        """What it says, each action once where that can be, in a stable order."""
        return merged(self.needs)

    def names(self, resource: Resource) -> bool:
        """Whether a statement refers to a resource."""
        values = [
            value
            for one in self.statements()
            for value in (*one.resources, *(value for _, _, values in one.conditions for value in values))
        ]
        keys = [part[1] for value in values for part in parts_of(value) if not isinstance(part, str)]
        return any(isinstance(key, tuple) and key[:2] == ("attribute", resource.address) for key in keys)

    def add(self, user: str, needed: Needed) -> None:
        """Adds what something needs."""
        self.users += [user] if user not in self.users else []
        self.unknown += [one for one in needed.unknown if one not in self.unknown]
        for into, needs in ((self.needs, needed.needs), (self.perhaps, needed.perhaps)):
            known = {_key(one) for one in into}
            into += [one for one in needs if _key(one) not in known]

    def join(self, other: LeastPolicy) -> None:
        """Adds what is needed in another case."""
        for user in other.users:
            self.add(user, Needed(tuple(other.needs), tuple(other.unknown), tuple(other.perhaps)))


def machines(graph: ResourceGraph) -> tuple[Machine, ...]:
    """The state machines that are judged, whatever the world creates."""
    return tuple(
        entity(Machine, graph, one) for one in graph.declared(TYPE, SERVERLESS) if graph.judges(one) and one.exists()
    )


def names_of(machine: Machine) -> tuple[str, ...]:
    """What a machine can be named by: its logical id, and its name where it is known."""
    stated = machine.resource.get("StateMachineName" if machine.resource.type == TYPE else "Name")
    name = text(stated)
    return (machine.resource.id, name) if name else (machine.resource.id,)


def every_machine(graph: ResourceGraph) -> tuple[tuple[str, ...], ...]:
    """The names of every machine that any case of the template's conditions creates."""
    found = {names for _, cases in explore(graph, _all_names) for names in cases}
    return tuple(sorted(found))


def _all_names(graph: ResourceGraph) -> tuple[tuple[str, ...], ...]:
    return tuple(names_of(machine) for machine in machines(graph))


def every_case(graph: ResourceGraph, baseline: str, machine: str = "") -> tuple[LeastPolicy, ...]:
    """The policies that suffice in every case of the template's conditions: what any of them needs.

    Raises TooManyWorlds.
    """
    found: dict[tuple[str, str], LeastPolicy] = {}
    for _, policies in explore(graph, lambda case: least_policies(case, baseline, machine)):
        for policy in policies:
            key = (policy.home, policy.name)
            if key in found:
                found[key].join(policy)
            else:
                found[key] = policy
    return tuple(found.values())


def least_policies(graph: ResourceGraph, baseline: str, machine: str = "") -> tuple[LeastPolicy, ...]:
    """The policies of the roles of a graph; with ``machine``, of those that the machine of that name has to do with.

    A role that several take has one policy, for all of them. May raise Fork; ValueError for another baseline.
    """
    found: dict[Any, LeastPolicy] = {}
    for user, resource, stated, needed in _users(graph, baseline, machine):
        if stated.value is ABSENT and not needed.needs:
            continue
        role = role_named(graph, stated)
        key = role.address if role is not None else parts_of(stated.value) if stated.value is not ABSENT else user
        if key not in found:
            named = role if role is not None else resource
            found[key] = LeastPolicy(graph, named.id, role, stated, resource)
        found[key].add(user, needed)
    return tuple(found.values())


def _users(graph: ResourceGraph, baseline: str, only: str) -> Iterator[tuple[str, Resource, Fact[Any], Needed]]:
    """Whatever takes a role: for people, the resource, what names the role, and what is needed of it."""
    chosen = [one for one in machines(graph) if not only or only in names_of(one)]
    for machine in chosen:
        stated = machine.property("RoleArn" if machine.resource.type == TYPE else "Role")
        yield f"state machine {machine.label}", machine.resource, stated, machine_needs(machine, baseline)
    run = {one.address for machine in chosen for task in machine.run_tasks() for one in task.task_definition()}
    for target in _targets(graph):
        started = {one.address for one in target.machine()}
        if target.role().value is ABSENT or (only and not started & {one.address for one in chosen}):
            continue
        yield f"target {target.label}", target.resource, target.role(), target_needs(target, baseline)
        run |= {one.address for one in target.task_definition()}
    for resource in graph.declared(DEFINITION):
        if graph.judges(resource) and resource.exists() and (not only or resource.address in run):
            definition = entity(TaskDefinition, graph, resource)
            stated = definition.property("ExecutionRoleArn")
            if stated.value is not ABSENT:
                yield f"task definition {definition.label}", resource, stated, execution_needs(definition, baseline)


def _targets(graph: ResourceGraph) -> Iterator[Target]:
    for resource in graph.declared(RULE, SCHEDULE):
        if graph.judges(resource) and resource.exists():
            yield from entity(Schedule, graph, resource).targets()


# --- statements


def merged(needs: Iterable[Need]) -> tuple[Allow, ...]:
    """The statements that grant some needs: one for all actions that are needed on the same, and none for what another
    grants on everything."""
    stated = [(need, *_key(need)[1:]) for need in needs]
    everywhere = {need.action.lower() for need, resources, conditions in stated if "*" in resources and not conditions}
    by_place: dict[Any, list[str]] = {}
    for need, resources, conditions in stated:
        if need.action.lower() in everywhere and ("*" not in resources or conditions):
            continue
        actions = by_place.setdefault((resources, conditions), [])
        if need.action not in actions:
            actions.append(need.action)
    by_actions: dict[Any, list[Any]] = {}
    for (resources, conditions), actions in by_place.items():
        places = by_actions.setdefault((tuple(sorted(actions)), conditions), [])
        places += [one for one in resources if one not in places]
    found = [Allow(actions, _ordered(places), conditions) for (actions, conditions), places in by_actions.items()]
    return tuple(sorted(found, key=lambda one: (one.actions, [str(place) for place in one.resources])))


def _ordered(places: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(sorted(places, key=lambda place: str(parts_of(place))))


def _key(need: Need) -> tuple[Any, ...]:
    """What a need is about."""
    conditions = tuple((one.operator, one.key, tuple(fact.value for fact in one.values)) for one in need.conditions)
    return need.action.lower(), tuple(fact.value for fact in need.resources), conditions
