"""Container instances: EC2 instances that are registered with ECS clusters, with their state and status checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, Fact, Resource, Unknown
from scanner.topology.entity import Entity, Related, fact, one
from scanner.topology.lookup import entity, related, text
from scanner.topology.observed.region import indexed, module_of, named, not_observed, unseen

if TYPE_CHECKING:
    from scanner.topology.observed.cluster import Cluster

TYPE = "Observed::ContainerInstance"
STATUS = "Observed::InstanceStatus"
CLUSTER = "AWS::ECS::Cluster"
OPEN = frozenset({"initializing", "insufficient-data"})
"""States of a status check that say neither that it passes nor that it fails ("Status checks for Amazon EC2 instances",
Amazon EC2 user guide)."""


class ContainerInstance(Entity):
    """An instance that is registered with an ECS cluster."""

    kind = "ecs.container_instance"

    @property
    def label(self) -> str:
        return text(self.instance_id()) or self.resource.id.rpartition("/")[2]

    @one("ecs.cluster")
    def cluster(self) -> Related[Cluster]:
        """The cluster."""
        from scanner.topology.observed.cluster import Cluster

        return related(self.graph, self.property("clusterArn"), Cluster, (CLUSTER,), "cluster")

    @fact("text")
    def instance_id(self) -> Fact[Any]:
        """The id of the EC2 instance; absent for an external one, which has no status checks."""
        return self.property("ec2InstanceId")

    @fact("text")
    def status(self) -> Fact[Any]:
        """``ACTIVE``, ``DRAINING``, ``REGISTERING``, ``REGISTRATION_FAILED``, ``DEREGISTERING`` or ``INACTIVE``."""
        return self.property("status")

    @fact("boolean")
    def agent_connected(self) -> Fact[Any]:
        """Whether its agent was connected to ECS when it was asked."""
        return self.property("agentConnected")

    @fact("text")
    def state(self) -> Fact[Any]:
        """The state of the EC2 instance: ``running``, ``stopped``; absent for an external one."""
        return self._of_instance("InstanceState.Name", "the state")

    @fact("text")
    def system_status(self) -> Fact[Any]:
        """The system status check, of what the instance runs on: ``ok``, ``impaired`` or ``not-applicable``; unknown
        while it has not been decided."""
        return self._checked("SystemStatus.Status", "the system status check")

    @fact("text")
    def instance_status(self) -> Fact[Any]:
        """The instance status check, of what runs on the instance, in the same words."""
        return self._checked("InstanceStatus.Status", "the instance status check")

    def _checked(self, path: str, what: str) -> Fact[Any]:
        found = self._of_instance(path, what)
        known = text(found)
        if known not in OPEN:
            return found
        reason = f"{what} of {self.label} was {known} when it was asked"
        return Fact(Unknown(("status check", self.address, path), reason, found.location), found.at)

    def _of_instance(self, path: str, what: str) -> Fact[Any]:
        if self.instance_id().value is ABSENT:
            return Fact(ABSENT, self.at)
        known = indexed(self.graph, STATUS, lambda one: _key(one, "InstanceId"))
        for resource in known.get(_key(self.resource, "ec2InstanceId"), ()):
            return resource.get(path)
        rest = unseen(self.graph, self.resource, "instance_status", STATUS, what)
        return Fact(rest or not_observed(self.resource, what, f"instance_status has no {self.label}"), self.at)


def _key(resource: Resource, name: str) -> str:
    return f"{module_of(resource)} {text(resource.get(name)) or ''}"


def container_instances(cluster: Cluster) -> Related[ContainerInstance]:
    """The instances that are registered with a cluster."""
    graph = cluster.graph
    known = indexed(graph, TYPE, lambda one: named(graph, one.get("clusterArn"), CLUSTER))
    found = tuple(entity(ContainerInstance, graph, one) for one in known.get(cluster.address, ()))
    rest = unseen(graph, cluster.resource, "container_instances", TYPE, "a container instance")
    return Related(found, rest, cluster.at)
