"""From a cluster of an account to what bears the container instances that are registered with it.

User data says which cluster an instance joins when it starts; an account also says which ones have joined it.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model import Resource, ResourceGraph, Unknown, get
from scanner.topology.ecs.launch import GROUP, INSTANCE
from scanner.topology.lookup import elements, text, why_opaque

TYPE = "Observed::ContainerInstance"
GROUP_TAG = "aws:autoscaling:groupName"
"""The tag that an Auto Scaling group gives to the instances that it launches ("Tag Auto Scaling groups and instances",
Amazon EC2 Auto Scaling user guide)."""


def registered(graph: ResourceGraph, cluster: Resource) -> tuple[list[Resource], Unknown | None]:
    """The Auto Scaling groups whose instances are registered with a cluster, and the instances that no group has
    launched; the second value says why one of them leads nowhere. Nothing outside of accounts."""
    from scanner.topology.observed.cluster import Cluster
    from scanner.topology.observed.container_instance import container_instances

    known = container_instances(Cluster(graph, cluster))
    found: dict[str, Resource] = {}
    opaque: Unknown | None = None
    for one in known:
        id = one.instance_id()
        if next(elements(id), None) is None:
            continue  # an instance outside of EC2 has no security groups
        instance = graph.named_by(id, INSTANCE)
        if instance is None:
            opaque = opaque or why_opaque(graph, id, "container instance", INSTANCE)
            continue
        source = next(_group_of(graph, instance), instance)
        found.setdefault(source.address, source)
    return list(found.values()), opaque


def _group_of(graph: ResourceGraph, instance: Resource) -> Iterator[Resource]:
    """The Auto Scaling group that has launched an instance."""
    tags = instance.metadata.get("Tags")
    named = text(get(tags, GROUP_TAG)) if tags is not None else None
    for group in graph.declared(GROUP) if named is not None else ():
        if not graph.apart(instance, group) and named in (group.id, text(group.get("AutoScalingGroupName"))):
            yield group
