"""Whether a text names a service or its cluster: as a metric's dimension does, or ``service/cluster/name``."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from scanner.analysis.texts import Part, Parts, differ, parts_of, segments
from scanner.model import ABSENT, Fact, Resource
from scanner.topology.ecs.join import CLUSTER

if TYPE_CHECKING:
    from scanner.topology.ecs.service import Service

NAMES = {"AWS::ECS::Service": frozenset({"Name"}), CLUSTER: frozenset({"Ref"})}
"""The attributes that give the name alone: a service's Ref is its ARN, a cluster's its name."""


def names_service(service: Service, name: Parts) -> bool | None:
    """Whether a text is the name of a service; None if that cannot be told."""
    return _names(service.graph.resource(service.address), "ServiceName", name)


def names_cluster(service: Service, name: Parts) -> bool | None:
    """Whether a text is the name of the cluster that a service runs in; None if that cannot be told."""
    stated = service.property("Cluster")
    resource = service.graph.named_by(stated, CLUSTER)
    if resource is not None:
        return _names(resource, "ClusterName", name)
    if stated.value is ABSENT:
        return _same(("default",), name)
    return _same(_last(parts_of(stated.value)), name)


def scales(service: Service, resource_id: Fact[Any]) -> bool | None:
    """Whether the ResourceId of Application Auto Scaling, ``service/cluster/name``, is a service's."""
    if resource_id.value is ABSENT:
        return False
    pieces = segments(parts_of(resource_id.value), "/")
    if pieces[0] != ("service",):
        return False if all(isinstance(part, str) for part in pieces[0]) else None
    if len(pieces) != 3:
        return None
    return both(names_cluster(service, pieces[1]), names_service(service, pieces[2]))


def both(one: bool | None, other: bool | None) -> bool | None:
    """Kleene's and."""
    return False if one is False or other is False else None if one is None or other is None else True


def _names(resource: Resource, name_property: str, name: Parts) -> bool | None:
    """Whether a text is the name of a resource: read from it, or the one that it is given."""
    own = resource.get(name_property)
    if len(name) == 1 and not isinstance(name[0], str):
        read = _read_from(name[0][1], resource)
        if read is not None:
            return read
    if own.value is ABSENT:
        # CloudFormation makes the name up when it creates the resource, so nothing can have it written out.
        return False if all(isinstance(part, str) for part in name) else None
    return _same(_last(parts_of(own.value)), name)


def _read_from(symbol: Hashable, resource: Resource) -> bool | None:
    """Whether an unknown value is an attribute that gives the name of a resource; None if it is something else."""
    match symbol:
        case ("attribute", str(address), str(attribute)) if address == resource.address:
            return attribute in NAMES.get(resource.type, ())
        case ("select", int(), ("split", "/", ("attribute", str(address), str(_)))) if address == resource.address:
            return True  # the last piece of the ARN, or the one before for what is in a cluster
        case ("attribute", str(), str("Name" | "Ref")):
            return False
    return None


def _same(left: Parts, right: Parts) -> bool | None:
    if left == right:
        return True
    return False if differ(left, right) else None


def _last(parts: Parts) -> Parts:
    """The name at the end of an ARN that is written out, or the text itself."""
    found: tuple[Part, ...] = segments(parts, "/")[-1]
    return found or parts
