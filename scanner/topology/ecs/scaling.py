"""How many tasks a service runs: its desired count, and what scales it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, Fact, Resource, Unknown
from scanner.topology.ecs.names import both, scales
from scanner.topology.lookup import as_unknown, number, text

if TYPE_CHECKING:
    from scanner.topology.ecs.service import Service

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
DIMENSION = "ecs:service:DesiredCount"


def desired_count(service: Service) -> Fact[Any]:
    """DesiredCount, 1 by default ("CreateService", Amazon ECS API Reference); not known for a daemon service."""
    strategy = service.property("SchedulingStrategy")
    if text(strategy) == "DAEMON":
        reason = f"{service.label} runs a task on every container instance"
        return Fact(Unknown(("daemon", service.address), reason, strategy.location), strategy.at)
    return service.property("DesiredCount", 1, "default desired count of ECS")


def scaled_count(service: Service, bound: str) -> Fact[Any]:
    """The most of the desired count and a bound (``MaxCapacity``, ``MinCapacity``) of the targets that scale it."""
    found = desired_count(service)
    for target, certain in targets(service):
        capacity = target.get(bound)
        most = number(found)
        given = number(capacity)
        if capacity.value is ABSENT or (most is not None and given is not None and given <= most):
            continue
        if not certain:
            reason = f"whether {target.id} scales {service.label} is not known"
            return Fact(Unknown(("scales", target.address, service.address), reason, target.location), capacity.at)
        if most is None:
            return Fact(as_unknown(found, "the desired count"), found.at)
        if given is None:
            return Fact(as_unknown(capacity, f"{bound} of {target.id}"), capacity.at)
        found = Fact(given, capacity.at + found.at)
    hidden = service.graph.unread(service.resource, "a scalable target", TARGET)
    return found if hidden is None else Fact(hidden, found.at)


def targets(service: Service) -> Iterator[tuple[Resource, bool]]:
    """The scalable targets that are, or (with False) may be, a service's."""
    for target in service.graph.declared(TARGET):
        if service.graph.apart(service.resource, target):
            continue
        dimension = text(target.get("ScalableDimension"))
        right: bool | None = True if dimension == DIMENSION else None if dimension is None else False
        found = both(right, scales(service, target.get("ResourceId")))
        if found is not False and target.exists():
            yield target, bool(found)


def policies(service: Service) -> Iterator[tuple[Resource, bool]]:
    """The scaling policies that are, or (with False) may be, a service's."""
    graph = service.graph
    own = {target.address: certain for target, certain in targets(service)}
    for policy in graph.declared(POLICY):
        named = graph.named_by(policy.get("ScalingTargetId"), TARGET)
        found: bool | None
        if named is not None:
            found = own.get(named.address, False) or (None if named.address in own else False)
        elif graph.apart(service.resource, policy):
            found = False
        elif policy.get("ResourceId").value is not ABSENT:
            found = scales(service, policy.get("ResourceId"))
        else:
            found = None
        if found is not False and policy.exists():
            yield policy, bool(found)
