"""What a call of RunTask says: the task definition it names, and where the task runs."""

from __future__ import annotations

from typing import Any

from scanner.model import ABSENT, ACCOUNT, Fact, ResourceGraph, Unknown, get
from scanner.topology.ecs.task_definition import TYPE, TaskDefinition
from scanner.topology.entity import Related
from scanner.topology.lookup import as_unknown, elements, entity, related, text

CLUSTER = "AWS::ECS::Cluster"
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"
FARGATE = "fargate"
NONE_NAMED = ("no task definition",)
"""The beginning of the key of a task definition that is not known, where none is named."""


def definition_named(graph: ResourceGraph, stated: Fact[Any]) -> Related[TaskDefinition]:
    """The task definition that a value names: by reference or ARN, or by its family as text."""
    if stated.value is ABSENT:
        place = stated.location
        return Related((), Unknown((*NONE_NAMED, place), "no task definition is named", place), stated.at)
    found = related(graph, stated, TaskDefinition, (TYPE,), "task definition")
    written = text(stated)
    if found.items or written is None:
        return found
    family = written.rpartition("/")[2].partition(":")[0]
    for resource in graph.declared(TYPE):
        if resource.source == ACCOUNT:  # it names one revision, and a family alone means the latest
            continue
        if text(resource.get("Family")) == family and resource.exists():
            return Related((entity(TaskDefinition, graph, resource),), None, stated.at)
    return found


def launched_on(
    graph: ResourceGraph,
    launch_type: Fact[Any],
    strategy: Fact[Any],
    cluster: Fact[Any],
    definition: Related[TaskDefinition],
) -> Fact[Any]:
    """``fargate``, ``ec2`` or ``external``.

    A call that states neither a launch type nor capacity providers uses the cluster's default strategy, else EC2
    ("RunTask", Amazon ECS API Reference). A task definition for Fargate alone runs nowhere else.
    """
    if launch_type.value is not ABSENT:
        known = text(launch_type)
        return Fact(as_unknown(launch_type, "LaunchType") if known is None else known.lower(), launch_type.at)
    if strategy.value is not ABSENT:
        return _by_providers(strategy)
    for one in definition:
        compatible = one.compatibilities()
        if [text(item) for item in elements(compatible)] == ["FARGATE"]:
            return Fact(FARGATE, compatible.at, "its task definition is for Fargate alone")
    found = _by_cluster(graph, cluster, launch_type)
    why = definition.rest
    unread = why is not None and not (isinstance(why.key, tuple) and why.key[:1] == NONE_NAMED)
    return Fact(why, definition.at) if unread and found.value != FARGATE else found


def _by_providers(strategy: Fact[Any]) -> Fact[Any]:
    if isinstance(strategy.value, Unknown):
        return strategy
    names = [get(item, "CapacityProvider") for item in elements(strategy)]
    known = [text(name) for name in names]
    if known and all(name is not None and name.startswith("FARGATE") for name in known):
        return Fact(FARGATE, strategy.at, "by its capacity providers")
    opaque = next((name for name in names if isinstance(name.value, Unknown)), None)
    if opaque is not None:
        return Fact(opaque.value, strategy.at)
    return Fact("ec2", strategy.at, "by its capacity providers")


def _by_cluster(graph: ResourceGraph, cluster: Fact[Any], stated: Fact[Any]) -> Fact[Any]:
    resource = graph.named_by(cluster, CLUSTER)
    if resource is None:
        reason = "whether it runs on Fargate hangs on the default capacity providers of its cluster"
        return Fact(Unknown(("launch type", stated.location), reason, stated.location), stated.at)
    default = resource.get("DefaultCapacityProviderStrategy")
    for other in graph.of_type(ASSOCIATIONS):
        named = graph.named_by(other.get("Cluster"), CLUSTER)
        if named is not None and named.address == resource.address:
            default = other.get("DefaultCapacityProviderStrategy")
    if default.value is not ABSENT and next(elements(default), None) is not None:
        return _by_providers(default)
    return Fact("ec2", stated.at, "default launch type of ECS")
