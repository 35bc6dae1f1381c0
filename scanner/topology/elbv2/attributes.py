"""Attributes of load balancers and target groups: lists of ``{Key, Value}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, Fact, Items, Unknown, get
from scanner.topology.lookup import as_unknown, elements, text

if TYPE_CHECKING:
    from scanner.topology.elbv2.load_balancer import LoadBalancer
    from scanner.topology.elbv2.target_group import TargetGroup

CROSS_ZONE = "load_balancing.cross_zone.enabled"
INHERITED = "use_load_balancer_configuration"


def attribute(stated: Fact[Any], key: str) -> Fact[Any]:
    """The value of an attribute; ABSENT, placed at the list, if it is not there, Unknown if that cannot be told."""
    doubt: Fact[Any] | None = None
    for element in elements(stated):
        name = get(element, "Key")
        if text(name) == key:
            return get(element, "Value")
        if text(name) is None:
            doubt = doubt or Fact(as_unknown(name, "the key of an attribute"), element.at)
    return doubt or Fact(ABSENT, stated.at)


def cross_zone_of_balancer(balancer: LoadBalancer) -> Fact[Any]:
    """Whether a load balancer spreads over all its zones: an Application Load Balancer always, others if they say so.

    From "Cross-zone load balancing" of the Elastic Load Balancing user guide.
    """
    kind = balancer.type()
    known = text(kind)
    if known == "application":
        return Fact(True, kind.at, "an Application Load Balancer always balances across zones")
    if known is None:
        return Fact(as_unknown(kind, "the type of the load balancer"), kind.at)
    stated = attribute(balancer.property("LoadBalancerAttributes"), CROSS_ZONE)
    if stated.value is ABSENT:
        return Fact(False, stated.at, f"default of a {known} load balancer")
    return _truth(stated)


def cross_zone(group: TargetGroup) -> Fact[Any]:
    """Whether cross-zone load balancing is in effect for a target group: by itself, else by its load balancer."""
    stated = attribute(group.property("TargetGroupAttributes"), CROSS_ZONE)
    if stated.value is not ABSENT and (text(stated) or "").lower() != INHERITED:
        return _truth(stated)
    balancers = group.load_balancers()
    for balancer in balancers:
        return cross_zone_of_balancer(balancer)
    if group.balancer_type().value == "application":
        return Fact(True, stated.at, "an Application Load Balancer always balances across zones")
    if balancers.rest is not None:
        return Fact(balancers.rest, stated.at)
    return Fact(ABSENT, stated.at)


def _truth(stated: Fact[Any]) -> Fact[Any]:
    known = text(stated)
    if known is None or known.lower() not in ("true", "false"):
        return Fact(as_unknown(stated, CROSS_ZONE), stated.at)
    return Fact(known.lower() == "true", stated.at, stated.note)


def target_zones(group: TargetGroup) -> Fact[Items]:
    """The zones that its targets can be in: where tasks run, and those of targets registered by hand."""
    found: list[Fact[Any]] = []
    rests: list[Unknown] = []
    bindings = group.bindings()
    for binding in bindings:
        hosts = binding.hosts()
        for place in hosts:
            zones = place.zones()
            found += zones.value.items
            rests += [zones.value.rest] if zones.value.rest is not None else []
        rests += [hosts.rest] if hosts.rest is not None else []
    rests += [bindings.rest] if bindings.rest is not None else []
    for target in elements(group.property("Targets")):
        reason = f"the zone of a target that {group.label} lists is not known"
        rests.append(Unknown(("zone", "target", target.at[:1]), reason, target.location))
    at = tuple(dict.fromkeys(place for zone in found for place in zone.at)) or group.at
    # A set has one rest; the others are members that may be any zone, too.
    others = tuple(Fact(rest, at) for rest in rests[1:])
    return Fact(Items((*found, *others), rests[0] if rests else None), at)
