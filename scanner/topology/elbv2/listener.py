"""Listeners, and what attaches a target group to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.analysis.addresses import AddressSet
from scanner.analysis.bounded import Bounded
from scanner.model import ABSENT, Fact, Items, Resource, Unknown
from scanner.topology.elbv2.defaults import TRANSPORT
from scanner.topology.elbv2.load_balancer import LISTENER, TYPE, LoadBalancer
from scanner.topology.entity import Entity, Related, fact, one
from scanner.topology.lookup import as_unknown, elements, entity, related, text
from scanner.topology.numbers import Ports, one_port

RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


class Listener(Entity):
    """A listener of a load balancer."""

    kind = "elbv2.listener"

    @fact("text")
    def protocol(self) -> Fact[Any]:
        """HTTP, HTTPS, TCP, TLS, UDP or TCP_UDP."""
        return self.property("Protocol")

    @fact("number")
    def port(self) -> Fact[Any]:
        """The port it listens on."""
        return self.property("Port")

    @fact("ports")
    def ports(self) -> Fact[Ports]:
        """The port it listens on, as a set."""
        port = self.port()
        return Fact(one_port(port, "the listener's port"), port.at)

    @fact("text")
    def transport(self) -> Fact[Any]:
        """``tcp``, ``udp`` or ``tcp_udp``: what carries its protocol."""
        protocol = self.protocol()
        known = text(protocol)
        if known is None and protocol.value is not ABSENT:
            return Fact(as_unknown(protocol, "the protocol"), protocol.at)
        return Fact(TRANSPORT.get(known or "", "tcp"), protocol.at)

    @fact("peers")
    def clients(self) -> Fact[Bounded[AddressSet]]:
        """The addresses of its clients: what the load balancer's groups admit on its port, public ones if that is
        internet-facing, private ones if it is internal."""
        from scanner.topology.elbv2.clients import clients_of

        return clients_of(self.load_balancer(), self.ports().value, self.transport())

    @one("elbv2.load_balancer")
    def load_balancer(self) -> Related[LoadBalancer]:
        """The load balancer it belongs to."""
        return related(self.graph, self.property("LoadBalancerArn"), LoadBalancer, (TYPE,), "load balancer")


class Attachment(Entity):
    """A listener's default action, or a listener rule, that forwards to target groups."""

    kind = "elbv2.attachment"

    @one("elbv2.listener")
    def listener(self) -> Related[Listener]:
        """The listener that it is of."""
        if self.resource.type == LISTENER:
            return Related((entity(Listener, self.graph, self.resource),), None, self.at)
        return related(self.graph, self.property("ListenerArn"), Listener, (LISTENER,), "listener")


def forwarded(resource: Resource) -> Iterator[Fact[Any]]:
    """The target groups that a listener or a rule forwards to, weighted or not, as values."""
    for action in elements(resource.get("DefaultActions" if resource.type == LISTENER else "Actions")):
        if isinstance(action.value, Unknown):
            yield action
        elif hasattr(action.value, "get"):
            for path in ("TargetGroupArn", "ForwardConfig"):
                found = action.value.get(path)
                if found is None or found.value is ABSENT:
                    continue
                yield from [found] if path == "TargetGroupArn" else _weighted(found)


def _weighted(forward: Fact[Any]) -> Iterator[Fact[Any]]:
    if isinstance(forward.value, Unknown):
        yield forward
        return
    groups = forward.value.get("TargetGroups") if hasattr(forward.value, "get") else None
    for group in elements(groups) if groups is not None and isinstance(groups.value, Items) else ():
        if isinstance(group.value, Unknown):
            yield group
        elif hasattr(group.value, "get"):
            found = group.value.get("TargetGroupArn")
            if found is not None and found.value is not ABSENT:
                yield found
