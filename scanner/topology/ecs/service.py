"""ECS services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, ACCOUNT, Fact, Items, Reference, Resource, ResourceGraph, Unknown, get
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.ec2.subnet_size import all_addresses, fewest_addresses, sure_addresses
from scanner.topology.ecs.monitoring import container_insights, utilisation, watched_metrics
from scanner.topology.ecs.scaling import scaled_count
from scanner.topology.ecs.task_definition import TYPE as TASK_DEFINITION
from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.entity import Entity, Related, fact, many, one
from scanner.topology.lookup import elements, related, text, why_opaque

if TYPE_CHECKING:
    from scanner.topology.ecs.binding import Binding
    from scanner.topology.observed.happened import ServiceEvent, StoppedTask

TYPE = "AWS::ECS::Service"
ALTERNATE = "AdvancedConfiguration.AlternateTargetGroupArn"
DEPLOYMENT = "AWS::CodeDeploy::DeploymentGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"


class Service(Entity):
    """An ECS service."""

    kind = "ecs.service"

    @many("ecs.binding")
    def bindings(self) -> Related[Binding]:
        """A binding for each container port and target group of its LoadBalancers; for blue/green deployments, by ECS
        or by CodeDeploy, both groups."""
        from scanner.topology.ecs.binding import Binding

        stated = self.property("LoadBalancers")
        found: list[Binding] = []
        rest: Unknown | None = None
        for index, entry in enumerate(elements(stated)):
            if isinstance(entry.value, Unknown):
                rest = rest or entry.value
                continue
            for path in ("TargetGroupArn", ALTERNATE):
                group = get(entry, path)
                if group.value is not ABSENT:
                    found.append(Binding(self, entry, group, index, alternate=path == ALTERNATE))
            if index == 0:  # CodeDeploy shifts traffic for the first alone: a service that it deploys has no other
                named = found[0].group() if found else Related()
                for group in deployed_groups(self.graph, self.resource):
                    if self.graph.named_by(group, TARGET_GROUP) not in [one.resource for one in named]:
                        found.append(Binding(self, entry, group, index, alternate=True))
                if text(self.property("DeploymentController.Type")) == "CODE_DEPLOY":
                    rest = rest or self.graph.unread(self.resource, "the other target group", DEPLOYMENT)
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
        if definition.items and definition.items[0].property("NetworkMode").value is not ABSENT:
            return definition.items[0].network_mode()
        if self.launch_type().value == "FARGATE":
            return Fact("awsvpc", self.launch_type().at, "Fargate tasks use awsvpc")
        if definition.items:
            return definition.items[0].network_mode()
        stated = self.property("NetworkConfiguration.AwsvpcConfiguration")
        if not isinstance(stated.value, Unknown) and stated.value is not ABSENT:
            return Fact("awsvpc", self.property("NetworkConfiguration").at, "the service has an awsvpc configuration")
        return Fact(definition.rest, definition.at)

    @fact("number")
    def desired_count(self) -> Fact[Any]:
        """How many tasks it is created with: DesiredCount, or the least that scaling leaves if that is more."""
        return scaled_count(self, "MinCapacity")

    @fact("number")
    def most_tasks(self) -> Fact[Any]:
        """How many tasks it may come to run: DesiredCount, or the most that scaling allows if that is more."""
        return scaled_count(self, "MaxCapacity")

    @many("ec2.subnet")
    def subnets(self) -> Related[Subnet]:
        """The subnets that its tasks have their own network interfaces in (awsvpc).

        An empty list says no more than none: ECS refuses both alike, unless task sets state the subnets.
        """
        stated = self.property("NetworkConfiguration.AwsvpcConfiguration.Subnets")
        if next(elements(stated), None) is None:
            reason = f"the subnets of {self.label} are not stated"
            return Related((), Unknown(("no subnets", self.address), reason, self.at[0]), self.at)
        return related(self.graph, stated, Subnet, (SUBNET,), "subnet")

    @fact("number")
    def usable_addresses(self) -> Fact[Any]:
        """The addresses that its subnets can give to network interfaces, together."""
        return all_addresses(self.subnets())

    @fact("number")
    def sure_addresses(self) -> Fact[Any]:
        """The same, where a subnet that is not known counts as the smallest that there can be."""
        return sure_addresses(self.subnets())

    @fact("number")
    def fewest_addresses(self) -> Fact[Any]:
        """The usable addresses of the smallest of its subnets; one that is not known counts in the same way."""
        return fewest_addresses(self.subnets())

    @fact("list")
    def watched_metrics(self) -> Fact[Any]:
        """The metrics of its utilisation on which there is an alarm, or target tracking, which makes alarms."""
        return watched_metrics(self)

    @fact("text", account_default="text")
    def container_insights(self, account_default: str) -> Fact[Any]:
        """``enabled``, ``enhanced`` or ``disabled``: the setting of its cluster, else the account's default."""
        return container_insights(self, account_default)

    @fact("text")
    def insights_set_by(self) -> Fact[Any]:
        """What says so: ``its cluster``, or ``the account's default`` where the cluster states nothing."""
        found = container_insights(self, "")
        return Fact("the account's default" if found.value == "" else "its cluster", found.at)

    @many("ecs.service_event", hours="number")
    def events(self, hours: float) -> Related[ServiceEvent]:
        """What ECS told of it in so many hours before the account was read; ECS keeps the latest 100 events."""
        from scanner.topology.observed.happened import events_of

        return events_of(self, hours)

    @many("ecs.stopped_task", hours="number")
    def stopped_tasks(self, hours: float) -> Related[StoppedTask]:
        """Its tasks that stopped in so many hours before the account was read, as far as ECS still shows them."""
        from scanner.topology.observed.happened import stopped_tasks_of

        return stopped_tasks_of(self, hours)

    @many("ecs.service_event", hours="number", faults="list")
    def failures(self, hours: float, faults: Sequence[str]) -> Related[ServiceEvent]:
        """Its events that tell of one of some faults, the latest first."""
        from scanner.topology.observed.happened import with_faults

        return with_faults(self.events(hours=hours), faults)

    @fact("text", hours="number", faults="list")
    def latest_failure(self, hours: float, faults: Sequence[str]) -> Fact[Any]:
        """The latest of these events, for people; absent if there is none."""
        from scanner.topology.observed.happened import latest

        return latest(self.failures(hours=hours, faults=faults))

    @many("ecs.stopped_task", hours="number", faults="list")
    def failed_tasks(self, hours: float, faults: Sequence[str]) -> Related[StoppedTask]:
        """Its stopped tasks that tell of one of some faults, the latest first."""
        from scanner.topology.observed.happened import with_faults

        return with_faults(self.stopped_tasks(hours=hours), faults)

    @fact("text", hours="number", faults="list")
    def latest_failed_task(self, hours: float, faults: Sequence[str]) -> Fact[Any]:
        """The latest of these tasks, for people; absent if there is none."""
        from scanner.topology.observed.happened import latest

        return latest(self.failed_tasks(hours=hours, faults=faults))

    @fact("boolean", metric="text", hours="number", limit="number")
    def was_above(self, metric: str, hours: float, limit: float) -> Fact[Any]:
        """Whether its CPUUtilization or MemoryUtilization, the average of a period, was above a limit in percent at any
        time in so many hours before the account was read."""
        from scanner.topology.observed.metrics import exceeds

        return exceeds(self.graph, utilisation(self, metric), hours, limit)

    @fact("number", metric="text")
    def highest(self, metric: str) -> Fact[Any]:
        """The highest CPUUtilization or MemoryUtilization, in percent, that the account was read with."""
        from scanner.topology.observed.metrics import highest

        return highest(utilisation(self, metric))

    @fact("list")
    def deploys_after(self) -> Fact[Any]:
        """All resources of its template that are created before it, by reference or DependsOn over any steps, and the
        listeners and rules that an account has already."""
        standing = (one for one in self.graph.declared(LISTENER, RULE) if one.source == ACCOUNT)
        found = sorted({*self.graph.dependencies(self.resource), *(one.address for one in standing)})
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


def target_groups_of(graph: ResourceGraph) -> Callable[[Resource], Iterator[Fact[Any]]]:
    """Gives, for a service, all target groups that it or its CodeDeploy deployment group names."""

    def values(resource: Resource) -> Iterator[Fact[Any]]:
        yield from group_values(resource)
        yield from deployed_groups(graph, resource)

    return values


def deployed_groups(graph: ResourceGraph, service: Resource) -> Iterator[Fact[Any]]:
    """The target groups between which a CodeDeploy deployment group shifts a service's traffic. May raise Fork."""
    for deployment in graph.declared(DEPLOYMENT):
        if graph.apart(service, deployment):
            continue
        names = [get(one, "ServiceName") for one in elements(deployment.get("ECSServices"))]
        if not any(_names(graph, name, service) for name in names) or not deployment.exists():
            continue
        for pair in elements(deployment.get("LoadBalancerInfo.TargetGroupPairInfoList")):
            for group in elements(get(pair, "TargetGroups")):
                yield _by_name(graph, deployment, get(group, "Name"))


def _by_name(graph: ResourceGraph, deployment: Resource, name: Fact[Any]) -> Fact[Any]:
    """A target group by a name that is written out, as a reference, if the scan has it."""
    if isinstance(name.value, Reference) or name.value is ABSENT:
        return name
    for group in graph.declared(TARGET_GROUP):
        if group.get("Name").value == name.value and not graph.apart(deployment, group) and group.exists():
            return Fact(Reference(group.address), name.at)
    return name


def _names(graph: ResourceGraph, name: Fact[Any], service: Resource) -> bool:
    named = graph.named_by(name, TYPE)
    if named is not None:
        return named.address == service.address
    return name.value is not ABSENT and name.value == service.get("ServiceName").value
