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
    if balancers.rest is not None:
        return Fact(balancers.rest, stated.at)
    return Fact(ABSENT, stated.at)


def _truth(stated: Fact[Any]) -> Fact[Any]:
    known = text(stated)
    if known is None or known.lower() not in ("true", "false"):
        return Fact(as_unknown(stated, CROSS_ZONE), stated.at)
    return Fact(known.lower() == "true", stated.at, stated.note)


def target_zones(group: TargetGroup) -> list[Fact[Any]]:
    """Lists of the zones that its targets can be in: one for each place where tasks run, one for targets by hand."""
    found: list[Fact[Any]] = []
    bindings = group.bindings()
    for binding in bindings:
        hosts = binding.hosts()
        found += [place.zones() for place in hosts]
        if hosts.rest is not None:
            found.append(Fact(Items((), hosts.rest), hosts.at))
    if bindings.rest is not None:
        found.append(Fact(Items((), bindings.rest), bindings.at))
    for target in elements(group.property("Targets")):
        zone = Unknown(("zone", "target", target.at[:1]), "the zone of a target registered by hand is not known", target.location)
        found.append(Fact(Items((), zone), target.at))
    return found
