"""The way from a load balancer to a task, hop by hop, with every block on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.analysis.flows import Admission
from scanner.analysis.ports import PortSet
from scanner.model import Location, Unknown, Verdict
from scanner.topology.flow import flow
from scanner.topology.lookup import text

if TYPE_CHECKING:
    from scanner.topology.ecs.binding import Binding
    from scanner.topology.ecs.hosts import Hosts
    from scanner.topology.elbv2.load_balancer import LoadBalancer
    from scanner.topology.elbv2.target_group import TargetGroup
    from scanner.topology.numbers import Ports


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a way."""

    name: str
    """``listener``, ``load balancer egress``, ``target ingress``, ``task port``."""
    label: str
    verdict: Verdict
    says: str
    at: tuple[Location, ...] = ()


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
            hops += _groups(balancer, place, target.family, transport, traffic, health)
    if not hosts.items:
        hops.append(_opaque("target ingress", "the tasks", hosts.rest, hosts.at))
    hops.append(_task(binding))
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
        needed = " and ".join(dict.fromkeys(_ports(ports) for ports in (traffic, health)))
        yield Hop(name, label, worst.verdict, _says(worst, word, peer.label, needed), _place(worst, rules.at))


def _says(admission: Admission, word: str, peer: str, needed: str) -> str:
    if admission.verdict is Verdict.PASS:
        return f"open for {needed} {word} {peer}"
    missing = ", ".join(admission.missing) or needed
    if admission.verdict is Verdict.FAIL:
        return f"closed for {missing} {word} {peer}"
    reason = admission.unknown[0].reason if admission.unknown else "a value is not known"
    return f"not known for {missing} {word} {peer}: {reason}"


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

