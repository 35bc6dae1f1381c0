"""What ECS says has happened: events of services, and tasks that stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from scanner.analysis.messages import read_message
from scanner.model import ABSENT, Fact, Items, Resource, ResourceGraph, get
from scanner.topology.entity import Entity, Part, Related, fact
from scanner.topology.lookup import elements, entity, text
from scanner.topology.observed.region import indexed, is_recent, named, not_observed, taken_at, unseen

if TYPE_CHECKING:
    from scanner.topology.ecs.service import Service
    from scanner.topology.observed.cluster import Cluster

H = TypeVar("H", "ServiceEvent", "StoppedTask")

EVENTS = "Observed::ServiceEvents"
TASK = "Observed::StoppedTask"
SERVICE = "AWS::ECS::Service"
CLUSTER = "AWS::ECS::Cluster"


class ServiceEvent(Part):
    """An event of an ECS service."""

    kind = "ecs.service_event"

    @property
    def label(self) -> str:
        return f"the event of {self.resource.id} at {text(self.created_at()) or '?'}"

    @fact("text")
    def created_at(self) -> Fact[Any]:
        """When it was told."""
        return self.property("createdAt")

    @fact("text")
    def message(self) -> Fact[Any]:
        """What ECS says."""
        return self.property("message")

    @fact("list")
    def faults(self) -> Fact[Any]:
        """What is wrong by its message, as codes (``Target.Timeout``); none where it tells of nothing wrong that is
        known. ``rules/patterns/messages.yaml`` has the messages."""
        return _faults(self.message())


class StoppedTask(Entity):
    """A task that has stopped. ECS shows it for about an hour ("Stopped tasks errors", ECS developer guide)."""

    kind = "ecs.stopped_task"

    @property
    def label(self) -> str:
        group = text(self.group())
        return f"{self.resource.id} of {group}" if group else self.resource.id

    @fact("text")
    def group(self) -> Fact[Any]:
        """What it belongs to: ``service:web``, ``family:job``, or what its starter chose."""
        return self.property("group")

    @fact("text")
    def stop_code(self) -> Fact[Any]:
        """Why it stopped, as a code: ``TaskFailedToStart``."""
        return self.property("stopCode")

    @fact("text")
    def stopped_at(self) -> Fact[Any]:
        """When it had stopped."""
        return self.property("stoppedAt")

    @fact("text")
    def reason(self) -> Fact[Any]:
        """Why it and its containers stopped, in the words of ECS."""
        own = self.property("stoppedReason")
        said = [own, *(get(one, "reason") for one in elements(self.property("containers")))]
        known = dict.fromkeys(words for words in map(text, said) if words)
        at = tuple(place for one in said if text(one) for place in one.at)
        return Fact("; ".join(known) or "no reason is given", at or self.at)

    @fact("list")
    def faults(self) -> Fact[Any]:
        """What is wrong by its reasons, as codes, as those of a service event."""
        return _faults(self.reason())


def _faults(said: Fact[Any]) -> Fact[Any]:
    codes = read_message(text(said) or "").faults
    return Fact(Items(tuple(Fact(code, said.at) for code in codes)), said.at)


def events_of(service: Service, hours: float) -> Related[ServiceEvent]:
    """The events of a service in the hours before the account was read."""
    graph, owner = service.graph, service.resource
    seen = indexed(graph, EVENTS, lambda one: named(graph, one.get("serviceArn"), SERVICE)).get(owner.address, [])
    rest = unseen(graph, owner, "service_events", EVENTS, "an event")
    if not seen and rest is None:
        rest = not_observed(owner, "an event", "service_events has no entry for it")
    found = []
    now = taken_at(graph, owner)
    for number, event in enumerate(event for entry in seen for event in elements(entry.get("events"))):
        if is_recent(now, get(event, "createdAt"), hours):
            found.append(ServiceEvent(graph, owner, event, f"event/{text(get(event, 'id')) or number}"))
    return Related(tuple(found), rest, tuple(entry.location for entry in seen) or service.at)


def stopped_tasks_of(service: Service, hours: float) -> Related[StoppedTask]:
    """The tasks of a service that stopped in the hours before the account was read."""
    graph = service.graph
    name = text(service.property("ServiceName")) or service.resource.id
    cluster = named(graph, service.property("Cluster"), CLUSTER)
    own = [one for one in _tasks(graph).get(cluster, []) if text(one.get("group")) == f"service:{name}"]
    return _recent(graph, service.resource, own, hours)


def stopped_tasks_in(cluster: Cluster, hours: float) -> Related[StoppedTask]:
    """The tasks of a cluster that stopped in the hours before the account was read."""
    return _recent(cluster.graph, cluster.resource, _tasks(cluster.graph).get(cluster.address, []), hours)


def with_faults(found: Related[H], faults: Sequence[str]) -> Related[H]:
    """The events or tasks among some that tell of one of some faults, the latest first."""
    wanted = set(faults)
    items = [one for one in found if any(code.value in wanted for code in one.faults().value.items)]
    return Related(tuple(sorted(items, key=_when, reverse=True)), found.rest, found.at)


def latest(found: Related[H]) -> Fact[Any]:
    """What the first of some events or tasks says, and how many there are; absent if there are none."""
    if not found.items:
        return Fact(ABSENT if found.rest is None else found.rest, found.at)
    first = found.items[0]
    said = first.message() if isinstance(first, ServiceEvent) else first.reason()
    more = len(found.items) - 1
    behind = f" (and {more} more)" if more else ""
    return Fact(f"{first.label} says: {text(said)}{behind}", said.at)


def _when(one: ServiceEvent | StoppedTask) -> str:
    return text(one.created_at() if isinstance(one, ServiceEvent) else one.stopped_at()) or ""


def _tasks(graph: ResourceGraph) -> dict[str, list[Resource]]:
    return indexed(graph, TASK, lambda one: named(graph, one.get("clusterArn"), CLUSTER))


def _recent(graph: ResourceGraph, owner: Resource, tasks: list[Resource], hours: float) -> Related[StoppedTask]:
    rest = unseen(graph, owner, "stopped_tasks", TASK, "a stopped task")
    now = taken_at(graph, owner)
    recent = [one for one in tasks if is_recent(now, one.get("stoppedAt"), hours)]
    return Related(tuple(entity(StoppedTask, graph, one) for one in recent), rest, (owner.location,))
