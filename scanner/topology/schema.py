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
from scanner.topology.events.schedule import RULE, SCHEDULE, Schedule, Target
from scanner.topology.lookup import entity
from scanner.topology.states.handlers import Catcher, Handler, Retrier
from scanner.topology.states.machine import SERVERLESS, Machine
from scanner.topology.states.machine import TYPE as MACHINE
from scanner.topology.states.problem import Problem
from scanner.topology.states.run_task import RunTask
from scanner.topology.states.state import State

KINDS: dict[str, type[Entity]] = {
    kind.kind: kind
    for kind in (
        Attachment,
        Binding,
        Catcher,
        Container,
        Handler,
        Hosts,
        Listener,
        LoadBalancer,
        Machine,
        NetworkAcl,
        NetworkAclEntry,
        PortMapping,
        Problem,
        Retrier,
        RunTask,
        Schedule,
        SecurityGroup,
        SecurityGroupRule,
        Service,
        State,
        Subnet,
        Target,
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
    "events.schedule": (Schedule, RULE),
    "states.machine": (Machine, MACHINE),
}
"""Kinds that stand for one resource each, with the resource's type."""

OTHER_TYPES: dict[str, tuple[str, ...]] = {"events.schedule": (SCHEDULE,), "states.machine": (SERVERLESS,)}
"""Further types of resources that such a kind stands for."""

PARTS: dict[str, tuple[str, Callable[[Entity], Related[Entity]]]] = {
    "ecs.binding": ("ecs.service", lambda service: service.bindings()),  # type: ignore[attr-defined]
    "ecs.container": ("ecs.task_definition", lambda definition: definition.containers()),  # type: ignore[attr-defined]
    "states.run_task": ("states.machine", lambda machine: machine.run_tasks()),  # type: ignore[attr-defined]
    "states.state": ("states.machine", lambda machine: machine.states()),  # type: ignore[attr-defined]
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


def root_types(kind: str) -> tuple[str, ...]:
    """All types of the resources that entities of a kind are found on, the usual one first."""
    owner = PARTS[kind][0] if kind in PARTS else kind
    return (root_type(kind), *OTHER_TYPES.get(owner, ()))


def roots(graph: ResourceGraph, kind: str) -> Iterator[Resource]:
    """The resources on which entities of a kind (or resources of a type) are found, in any world."""
    return graph.declared(*root_types(kind))


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
