"""ECS services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, Fact, Items, Reference, Resource, Unknown, get
from scanner.topology.ecs.task_definition import TYPE as TASK_DEFINITION
from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.entity import Entity, Related, fact, many, one
from scanner.topology.lookup import elements, related, text, why_opaque

if TYPE_CHECKING:
    from scanner.topology.ecs.binding import Binding

TYPE = "AWS::ECS::Service"
ALTERNATE = "AdvancedConfiguration.AlternateTargetGroupArn"


class Service(Entity):
    """An ECS service."""

    kind = "ecs.service"

    @many("ecs.binding")
    def bindings(self) -> Related[Binding]:
        """A binding for each container port and target group of its LoadBalancers (for blue/green: both groups)."""
        from scanner.topology.ecs.binding import Binding

        stated = self.property("LoadBalancers")
        found: list[Binding] = []
        rest: Unknown | None = None
        for entry in elements(stated):
            if isinstance(entry.value, Unknown):
                rest = rest or entry.value
                continue
            for path in ("TargetGroupArn", ALTERNATE):
                group = get(entry, path)
                if group.value is not ABSENT:
                    found.append(Binding(self, entry, group, alternate=path == ALTERNATE))
        return Related(tuple(found), rest, stated.at)

    @fact("number")
    def grace_period(self) -> Fact[Any]:
        """Seconds in which failed load-balancer health checks of a new task do not count."""
        return self.property("HealthCheckGracePeriodSeconds", 0, "default grace period of ECS")

    @one("ecs.task_definition")
    def task_definition(self) -> Related[TaskDefinition]:
        """The task definition that it runs."""
        stated = self.property("TaskDefinition")
        found = related(self.graph, stated, TaskDefinition, (TASK_DEFINITION,), "task definition")
        if stated.value is ABSENT:
            reason = "the service names no task definition"
            return Related((), Unknown(("no task definition", self.address), reason, self.at[0]), self.at)
        return found

    @fact("text")
    def launch_type(self) -> Fact[Any]:
        """EC2, FARGATE or EXTERNAL, as far as the service or its capacity providers say."""
        stated = self.property("LaunchType")
        if stated.value is not ABSENT:
            return stated
        strategy = self.property("CapacityProviderStrategy")
        if strategy.value is ABSENT:
            return stated
        names = [get(item, "CapacityProvider") for item in elements(strategy)]
        if names and all((text(name) or "").startswith("FARGATE") for name in names):
            return Fact("FARGATE", strategy.at, "by its capacity providers")
        opaque = next((name for name in names if isinstance(name.value, Unknown)), None)
        if opaque is not None:
            return Fact(why_opaque(self.graph, opaque, "capacity provider"), strategy.at)
        return Fact("EC2", strategy.at, "by its capacity providers")

    @fact("text")
    def network_mode(self) -> Fact[Any]:
        """The network mode of its tasks; where their definition is not in the scan, by what the service says."""
        definition = self.task_definition()
        if definition.items:
            return definition.items[0].network_mode()
        if self.property("NetworkConfiguration.AwsvpcConfiguration").value is not ABSENT:
            return Fact("awsvpc", self.property("NetworkConfiguration").at, "the service has an awsvpc configuration")
        if self.launch_type().value == "FARGATE":
            return Fact("awsvpc", self.launch_type().at, "Fargate tasks use awsvpc")
        return Fact(definition.rest, definition.at)

    @fact("list")
    def deploys_after(self) -> Fact[Any]:
        """All resources of its template that are created before it, by reference or DependsOn over any steps."""
        found = sorted(self.graph.dependencies(self.resource))
        return Fact(Items(tuple(Fact(Reference(address), self.at) for address in found)), self.at)


def group_values(resource: Resource) -> Iterator[Fact[Any]]:
    """The target groups that a service names, as values."""
    for entry in elements(resource.get("LoadBalancers")):
        if isinstance(entry.value, Unknown):
            continue
        for path in ("TargetGroupArn", ALTERNATE):
            group = get(entry, path)
            if group.value is not ABSENT:
                yield group
