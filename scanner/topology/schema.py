"""The kinds of entities that rules can join, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanner.model import Resource, ResourceGraph
from scanner.topology.ec2.network_acl import NetworkAcl
from scanner.topology.ec2.network_acl_entry import NetworkAclEntry
from scanner.topology.ec2.security_group import SecurityGroup
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.ecs.binding import Binding
from scanner.topology.ecs.hosts import Hosts
from scanner.topology.ecs.service import Service
from scanner.topology.ecs.task_definition import Container, PortMapping, TaskDefinition
from scanner.topology.elbv2.listener import Attachment, Listener
from scanner.topology.elbv2.load_balancer import LoadBalancer
from scanner.topology.elbv2.target_group import TargetGroup
from scanner.topology.entity import Entity, Related
from scanner.topology.lookup import entity

KINDS: dict[str, type[Entity]] = {
    kind.kind: kind
    for kind in (
        Attachment,
        Binding,
        Container,
        Hosts,
        Listener,
        LoadBalancer,
        NetworkAcl,
        NetworkAclEntry,
        PortMapping,
        SecurityGroup,
        SecurityGroupRule,
        Service,
        Subnet,
        TargetGroup,
        TaskDefinition,
    )
}

ROOTS: dict[str, tuple[type[Entity], str]] = {
    "ec2.network_acl": (NetworkAcl, "AWS::EC2::NetworkAcl"),
    "ec2.security_group": (SecurityGroup, "AWS::EC2::SecurityGroup"),
    "ec2.subnet": (Subnet, "AWS::EC2::Subnet"),
    "ecs.service": (Service, "AWS::ECS::Service"),
    "ecs.task_definition": (TaskDefinition, "AWS::ECS::TaskDefinition"),
    "elbv2.listener": (Listener, "AWS::ElasticLoadBalancingV2::Listener"),
    "elbv2.load_balancer": (LoadBalancer, "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    "elbv2.target_group": (TargetGroup, "AWS::ElasticLoadBalancingV2::TargetGroup"),
}
"""Kinds that stand for one resource each, with the resource's type."""

PARTS: dict[str, tuple[str, Callable[[Entity], Related[Entity]]]] = {
    "ecs.binding": ("ecs.service", lambda service: service.bindings()),  # type: ignore[attr-defined]
    "ecs.container": ("ecs.task_definition", lambda definition: definition.containers()),  # type: ignore[attr-defined]
}
"""Kinds that are parts of another: the kind that has them, and the relation to them."""


class RawResource(Entity):
    """A resource of any type, for rules that match a CloudFormation type by name."""

    kind = "resource"


def root_type(kind: str) -> str:
    """The type of the resources that entities of a kind are found on."""
    if "::" in kind:
        return kind
    return ROOTS[PARTS[kind][0] if kind in PARTS else kind][1]


def roots(graph: ResourceGraph, kind: str) -> Iterator[Resource]:
    """The resources on which entities of a kind (or resources of a type) are found, in any world."""
    return graph.declared(root_type(kind))


def entities(graph: ResourceGraph, kind: str, resource: Resource) -> Related[Entity]:
    """The entities of a kind on one resource in this world; none if it does not exist here. May raise Fork."""
    if not resource.exists():
        return Related()
    if "::" in kind:
        return Related((entity(RawResource, graph, resource),))
    if kind in PARTS:
        owner, parts = PARTS[kind]
        return parts(entity(ROOTS[owner][0], graph, resource))
    return Related((entity(ROOTS[kind][0], graph, resource),))
