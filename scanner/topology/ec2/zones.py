"""Availability Zones as symbolic members: by name, by place in a list of zones, or as the zone of a subnet.

A subnet lies in one zone for good, so the same subnet on two sides is the same zone whatever it is, and the same
list of subnets is the same set of zones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scanner.model import ABSENT, Fact, Items, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.ec2.listed import subnets_of_group
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.lookup import as_unknown, elements, text

ZONE = "zone"
"""The first part of the key of a zone that is known only by what lies in it: ``(ZONE, symbol of the subnet)``."""

_ZONE_ATTRIBUTES = frozenset({"AvailabilityZone", "AvailabilityZoneId"})


def zones_of_subnets(graph: ResourceGraph, subnets: Fact[Any], whose: str) -> Fact[Items]:
    """The zones of a list of subnets, each once; ``whose`` names their user where there is no list."""
    if next(elements(subnets), None) is None:
        reason = f"the subnets of {whose} are not stated"
        return Fact(Items((), Unknown((ZONE, "none", whose, subnets.location), reason, subnets.location)), subnets.at)
    if isinstance(subnets.value, Unknown):
        return Fact(Items((), _of_unknown(subnets.value)), subnets.at)
    return _distinct(subnets, (zone_of_subnet(graph, element) for element in elements(subnets)))


def zone_of_subnet(graph: ResourceGraph, subnet: Fact[Any]) -> Fact[Any]:
    """The zone of the subnet that a value names."""
    resource = graph.named_by(subnet, SUBNET)
    if resource is not None:
        zone = stated_zone(graph, resource)
        return Fact(zone.value, subnet.at, f"the zone of {resource.id}").seen_at(*zone.at)
    written = text(subnet)
    if written is not None:
        reason = f"subnet {written} {graph.missing(written, SUBNET)}, so its Availability Zone is not known"
        return Fact(Unknown((ZONE, written), reason, subnet.location), subnet.at, f"the zone of {written}")
    return Fact(_of_unknown(as_unknown(subnet, "the subnet")), subnet.at)


def stated_zone(graph: ResourceGraph, resource: Resource, depth: int = 8) -> Fact[Any]:
    """The zone that a subnet (or an instance) states, followed through ``GetAtt Subnet.AvailabilityZone``."""
    stated = resource.get("AvailabilityZone")
    if stated.value is ABSENT:
        return _unstated(graph, resource, stated)
    return resolved_zone(graph, stated, depth)


def resolved_zone(graph: ResourceGraph, zone: Fact[Any], depth: int = 8) -> Fact[Any]:
    """A zone as it is written, or that of the subnet whose zone it is."""
    value = zone.value
    if isinstance(value, Reference) and value.attribute in _ZONE_ATTRIBUTES and depth:
        try:
            subnet = graph.resource(value.address)
        except KeyError:
            return zone
        if subnet.type == SUBNET and value.attribute == "AvailabilityZone":
            return stated_zone(graph, subnet, depth - 1).seen_at(*zone.at)
    return zone


def zones_of_group(graph: ResourceGraph, group: Resource) -> Fact[Items]:
    """The zones in which an Auto Scaling group launches: of its subnets, else those that it names."""
    subnets = subnets_of_group(group)
    stated = group.get("AvailabilityZones")
    if next(elements(subnets), None) is not None or next(elements(stated), None) is None:
        return zones_of_subnets(graph, subnets, group.id)
    return zones_listed(graph, stated)


def zones_listed(graph: ResourceGraph, zones: Fact[Any]) -> Fact[Items]:
    """A list of zones by name."""
    if isinstance(zones.value, Unknown):
        return Fact(Items((), zones.value), zones.at)
    return _distinct(zones, (resolved_zone(graph, element) for element in elements(zones)))


def _of_unknown(subnet: Unknown) -> Unknown:
    """The zones of subnets that are not known, which are the same wherever the same subnets are named."""
    return replace(subnet, key=(ZONE, subnet.key), split=None)


def _unstated(graph: ResourceGraph, resource: Resource, stated: Fact[Any]) -> Fact[Any]:
    """The zone of a subnet that states none, or states it by the id of the zone, which differs by account."""
    by_id = resource.get("AvailabilityZoneId")
    if by_id.value is not ABSENT:
        symbol = text(by_id) or as_unknown(by_id, "the zone").key
        reason = f"{resource.id} names its zone by an id, and which zone has it differs by account"
        supply = f"state AvailabilityZone of {resource.id}"
        return Fact(Unknown((ZONE, "id", symbol), reason, by_id.location, supply), by_id.at)
    reason = f"{resource.id} states no Availability Zone, so AWS chooses one"
    key = (ZONE, ("attribute", resource.address, "Ref"))
    return Fact(Unknown(key, reason, resource.location, f"state AvailabilityZone of {resource.id}"), stated.at)


def _distinct(stated: Fact[Any], zones: Iterator[Fact[Any]]) -> Fact[Items]:
    """The zones, each once, seen at the list and its elements."""
    found: list[Fact[Any]] = []
    for zone in zones:
        if all(zone.value != other.value for other in found):
            found.append(zone)
    return Fact(Items(tuple(found)), stated.at).seen_at(
        *(place for element in elements(stated) for place in element.at)
    )
