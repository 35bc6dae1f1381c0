"""Judging only what concerns some services: the roots and the rows of a rule that are left out otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.model import Resource
from scanner.topology.ecs.binding import Binding
from scanner.topology.entity import Entity
from scanner.topology.lookup import text

SERVICE = "AWS::ECS::Service"
CLUSTER = "AWS::ECS::Cluster"
REGION = "Observed::Region"
INSTANCE = "ecs.container_instance"


@dataclass(frozen=True, slots=True)
class Narrow:
    """What a rule is judged on. Resources are named by their addresses, regions by ``ACCOUNT/REGION``."""

    services: frozenset[str]
    clusters: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    bindings: frozenset[str] = frozenset()
    """Of the services, only these; none: all."""
    instance: str = ""
    """Of the container instances, only this; empty: all."""
    others: bool = False
    """Whether all that is no service, such as a state machine, is judged as well."""

    def has(self, root: Resource) -> bool:
        """Whether a rule's first variable may stand on a resource."""
        if root.type == SERVICE:
            return root.address in self.services
        if root.type == CLUSTER and root.address in self.clusters:
            return True
        if root.type == REGION and root.address.rpartition("#")[0] in self.regions:
            return True
        return self.others

    def takes(self, entities: Iterable[Entity]) -> bool:
        """Whether a row of these entities is judged. May raise Fork."""
        for one in entities:
            if self.bindings and isinstance(one, Binding) and one.address not in self.bindings:
                return False
            if self.instance and one.kind == INSTANCE and text(one.property("ec2InstanceId")) != self.instance:
                return False
        return True
