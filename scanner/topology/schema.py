"""The kinds of entities that rules can join, by name.

A kind's module is imported when the kind is first asked for: a template without state machines pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from scanner.model import Resource, ResourceGraph
from scanner.topology.entity import Entity, Related
from scanner.topology.lookup import entity

_CLASSES: dict[str, tuple[str, str]] = {
    "aws.region": ("observed.region", "Region"),
    "ec2.network_acl": ("ec2.network_acl", "NetworkAcl"),
    "ec2.network_acl_entry": ("ec2.network_acl_entry", "NetworkAclEntry"),
    "ec2.security_group": ("ec2.security_group", "SecurityGroup"),
    "ec2.security_group_rule": ("ec2.security_group_rule", "SecurityGroupRule"),
    "ec2.subnet": ("ec2.subnet", "Subnet"),
    "ecs.binding": ("ecs.binding", "Binding"),
    "ecs.cluster": ("observed.cluster", "Cluster"),
    "ecs.container": ("ecs.task_definition", "Container"),
    "ecs.container_instance": ("observed.container_instance", "ContainerInstance"),
    "ecs.hosts": ("ecs.hosts", "Hosts"),
    "ecs.port_mapping": ("ecs.task_definition", "PortMapping"),
    "ecs.service": ("ecs.service", "Service"),
    "ecs.service_event": ("observed.happened", "ServiceEvent"),
    "ecs.stopped_task": ("observed.happened", "StoppedTask"),
    "ecs.task_definition": ("ecs.task_definition", "TaskDefinition"),
    "elbv2.attachment": ("elbv2.listener", "Attachment"),
    "elbv2.listener": ("elbv2.listener", "Listener"),
    "elbv2.load_balancer": ("elbv2.load_balancer", "LoadBalancer"),
    "elbv2.target": ("observed.target", "Target"),
    "elbv2.target_group": ("elbv2.target_group", "TargetGroup"),
    "events.schedule": ("events.schedule", "Schedule"),
    "events.target": ("events.schedule", "Target"),
    "iam.arn": ("iam.arns", "WrittenArn"),
    "iam.need": ("iam.need", "Need"),
    "iam.principal": ("iam.trust", "Principal"),
    "iam.role": ("iam.role", "Role"),
    "iam.statement": ("iam.statement", "Statement"),
    "iam.use": ("iam.uses", "Use"),
    "health.event": ("observed.health", "HealthEvent"),
    "logs.log_group": ("observed.log_group", "LogGroup"),
    "probe.http": ("observed.probes", "HttpProbe"),
    "probe.interface": ("observed.probes", "InterfaceProbe"),
    "states.catcher": ("states.handlers", "Catcher"),
    "states.handler": ("states.handlers", "Handler"),
    "states.machine": ("states.machine", "Machine"),
    "states.problem": ("states.problem", "Problem"),
    "states.retrier": ("states.handlers", "Retrier"),
    "states.run_task": ("states.run_task", "RunTask"),
    "states.state": ("states.state", "State"),
}
"""The module below scanner.topology, and the class, of each kind."""


class _Kinds(Mapping[str, type[Entity]]):
    """The classes of _CLASSES, each imported when it is asked for."""

    def __getitem__(self, kind: str) -> type[Entity]:
        module, name = _CLASSES[kind]
        found: type[Entity] = getattr(import_module(f"scanner.topology.{module}"), name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)


KINDS: Mapping[str, type[Entity]] = _Kinds()

ROOTS: dict[str, tuple[str, ...]] = {
    "aws.region": ("Observed::Region",),
    "ec2.network_acl": ("AWS::EC2::NetworkAcl",),
    "ec2.security_group": ("AWS::EC2::SecurityGroup",),
    "ec2.subnet": ("AWS::EC2::Subnet",),
    "ecs.cluster": ("AWS::ECS::Cluster",),
    "ecs.container_instance": ("Observed::ContainerInstance",),
    "ecs.service": ("AWS::ECS::Service",),
    "ecs.stopped_task": ("Observed::StoppedTask",),
    "ecs.task_definition": ("AWS::ECS::TaskDefinition",),
    "elbv2.listener": ("AWS::ElasticLoadBalancingV2::Listener",),
    "elbv2.load_balancer": ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
    "elbv2.target_group": ("AWS::ElasticLoadBalancingV2::TargetGroup",),
    "events.schedule": ("AWS::Events::Rule", "AWS::Scheduler::Schedule"),
    "health.event": ("Observed::HealthEvent",),
    "logs.log_group": ("AWS::Logs::LogGroup",),
    "iam.role": ("AWS::IAM::Role",),
    "probe.http": ("Observed::HttpProbe",),
    "probe.interface": ("Observed::InterfaceProbe",),
    "states.machine": ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"),
}
"""Kinds that stand for one resource each, with the resource's types, the usual one first."""

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


def root_types(kind: str) -> tuple[str, ...]:
    """All types of the resources that entities of a kind are found on, the usual one first."""
    if "::" in kind:
        return (kind,)
    return ROOTS[PARTS[kind][0] if kind in PARTS else kind]


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
        return parts(entity(KINDS[owner], graph, resource))
    return Related((entity(KINDS[kind], graph, resource),))
