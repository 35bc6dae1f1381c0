"""ECS clusters, with what runs and what has stopped in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scanner.model import Fact
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.lookup import entity, naming
from scanner.topology.observed.happened import ServiceEvent, StoppedTask, latest, stopped_tasks_in, with_faults

if TYPE_CHECKING:
    from scanner.topology.ecs.service import Service
    from scanner.topology.observed.container_instance import ContainerInstance

SERVICE = "AWS::ECS::Service"


class Cluster(Entity):
    """An ECS cluster."""

    kind = "ecs.cluster"

    @many("ecs.service")
    def services(self) -> Related[Service]:
        """The services that run in it."""
        from scanner.topology.ecs.service import Service

        found = naming(self.graph, self.resource, (SERVICE,), lambda one: (one.get("Cluster"),))
        services = tuple(entity(Service, self.graph, resource) for resource, _ in found)
        return Related(services, self.graph.open_world(self.resource, "a service", SERVICE), self.at)

    @many("ecs.stopped_task", hours="number")
    def stopped_tasks(self, hours: float) -> Related[StoppedTask]:
        """The tasks that stopped in it in so many hours before the account was read, as far as ECS still shows them."""
        return stopped_tasks_in(self, hours)

    @many("ecs.stopped_task", hours="number", faults="list")
    def failed_tasks(self, hours: float, faults: Sequence[str]) -> Related[StoppedTask]:
        """Those stopped tasks that tell of one of some faults, the latest first."""
        return with_faults(self.stopped_tasks(hours=hours), faults)

    @fact("text", hours="number", faults="list")
    def latest_failed_task(self, hours: float, faults: Sequence[str]) -> Fact[Any]:
        """The latest of these tasks, for people; absent if there is none."""
        return latest(self.failed_tasks(hours=hours, faults=faults))

    @many("ecs.service_event", hours="number", faults="list")
    def failures(self, hours: float, faults: Sequence[str]) -> Related[ServiceEvent]:
        """The events of its services that tell of one of some faults, the latest first."""
        services = self.services()
        every = [service.events(hours=hours) for service in services]
        rest = services.rest or next((one.rest for one in every if one.rest is not None), None)
        events = Related(tuple(event for one in every for event in one), rest, self.at)
        return with_faults(events, faults)

    @fact("text", hours="number", faults="list")
    def latest_failure(self, hours: float, faults: Sequence[str]) -> Fact[Any]:
        """The latest of these events, for people; absent if there is none."""
        return latest(self.failures(hours=hours, faults=faults))

    @many("ecs.container_instance")
    def container_instances(self) -> Related[ContainerInstance]:
        """The instances that are registered with it."""
        from scanner.topology.observed.container_instance import container_instances

        return container_instances(self)
