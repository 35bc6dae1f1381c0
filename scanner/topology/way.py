"""The way from a load balancer to a task, hop by hop, with every block on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.analysis.flows import Admission
from scanner.analysis.ports import PortSet
from scanner.model import Location, Unknown, Verdict
from scanner.topology.acl_way import ANSWERED, ANSWERS, Need, acl_hops
from scanner.topology.flow import flow
from scanner.topology.hop import Hop, says
from scanner.topology.lookup import text

if TYPE_CHECKING:
    from scanner.topology.ecs.binding import Binding
    from scanner.topology.ecs.hosts import Hosts
    from scanner.topology.elbv2.load_balancer import LoadBalancer
    from scanner.topology.elbv2.target_group import TargetGroup
    from scanner.topology.numbers import Ports

__all__ = ["Hop", "way"]


def way(binding: Binding, dynamic_ports: PortSet) -> tuple[Hop, ...]:
    """All hops to a binding's tasks, over every load balancer and every place that the tasks can be in."""
    group = binding.group()
    if not group.items:
        return (_opaque("target group", binding.label, group.rest, group.at),)
    target = group.items[0]
    hops = list(_listeners(target))
    traffic = binding.ports(dynamic_ports=dynamic_ports).value
    health = binding.health_ports(dynamic_ports=dynamic_ports).value
    transport = text(target.transport()) or "tcp"
    hosts = binding.hosts()
    for balancer in target.load_balancers():
        for place in hosts:
            egress, ingress = _groups(balancer, place, target.family, transport, traffic, health)
            hops += [egress, *_acls_there(balancer, place, target, traffic, health), ingress]
    if not hosts.items:
        hops.append(_opaque("target ingress", "the tasks", hosts.rest, hosts.at))
    hops.append(_task(binding))
    for balancer in target.load_balancers():
        for place in hosts:
            hops += _acls_back(balancer, place, target)
    return tuple(dict.fromkeys(hops))


def _listeners(group: TargetGroup) -> Iterator[Hop]:
    listeners = group.listeners()
    for listener in listeners:
        stated = " ".join(filter(None, (text(listener.protocol()), text(listener.port()))))
        label = f"{listener.label} ({stated})" if stated else listener.label
        yield Hop("listener", label, Verdict.PASS, f"forwards to {group.label}", listener.at)
    if not listeners.items:
        if listeners.rest is not None:
            yield _opaque("listener", group.label, listeners.rest, group.at)
        else:
            yield Hop("listener", group.label, Verdict.FAIL, f"no listener forwards to {group.label}", group.at)


def _groups(
    balancer: LoadBalancer, place: Hosts, family: int, transport: str, traffic: Ports, health: Ports
) -> Iterator[Hop]:
    for name, label, rules, peer, word in (
        ("load balancer egress", balancer.label, balancer.egress(), place, "to"),
        ("target ingress", place.label, place.ingress(), balancer, "from"),
    ):
        source = peer.endpoint(family)
        found = [flow(rules, source, transport, traffic)]
        if health != traffic:
            found.append(flow(rules, source, "tcp", health))
        worst = min(found, key=lambda admission: admission.verdict)
        said = says(worst.verdict, worst.missing, worst.unknown, f"{word} {peer.label}", _needed(traffic, health))
        yield Hop(name, label, worst.verdict, said, _place(worst, rules.at))


def _acls_there(
    balancer: LoadBalancer, place: Hosts, group: TargetGroup, traffic: Ports, health: Ports
) -> Iterator[Hop]:
    ours, theirs = balancer.subnets().items, place.subnets().items
    transport = text(group.transport()) or "tcp"
    checks = Need("tcp", health)
    needs = [Need(transport, traffic), *([checks] if health != traffic or transport == "udp" else [])]
    needed = _needed(traffic, health)
    yield from acl_hops("load balancer subnet ACL out", ours, theirs, needs, needed, group.family)
    if group.preserves_client_ip().value is True:  # then only health checks come from the load balancer's addresses
        needs, needed = [checks], _needed(health)
    yield from acl_hops("target subnet ACL in", theirs, ours, needs, needed, group.family)


def _acls_back(balancer: LoadBalancer, place: Hosts, group: TargetGroup) -> Iterator[Hop]:
    ours, theirs = balancer.subnets().items, place.subnets().items
    yield from acl_hops("target subnet ACL out", theirs, ours, [ANSWERS], ANSWERED, group.family)
    yield from acl_hops("load balancer subnet ACL in", ours, theirs, [ANSWERS], ANSWERED, group.family)


def _needed(*needs: Ports) -> str:
    return " and ".join(dict.fromkeys(_ports(ports) for ports in needs))


def _ports(ports: Ports) -> str:
    if ports.is_known:
        return str(ports.must)
    return "its port"


def _place(admission: Admission, otherwise: tuple[Location, ...]) -> tuple[Location, ...]:
    return admission.deciding[0].at[:1] if admission.deciding else otherwise[:1]


def _task(binding: Binding) -> Hop:
    mapping = binding.mapping()
    label = binding.label
    if mapping.items:
        return Hop("task port", label, Verdict.PASS, f"mapped by {mapping.items[0].label}", mapping.items[0].at)
    if mapping.rest is not None:
        return _opaque("task port", label, mapping.rest, mapping.at)
    return Hop("task port", label, Verdict.FAIL, "the container does not map this port", mapping.at)


def _opaque(name: str, label: str, reason: Unknown | None, at: tuple[Location, ...]) -> Hop:
    return Hop(name, label, Verdict.UNDECIDED, reason.reason if reason else "not known", at)
