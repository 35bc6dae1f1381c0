"""Who the clients of a listener are, by their addresses.

They are what the load balancer's security groups admit on the listener's port. Of an internet-facing load
balancer only public addresses are meant, of an internal one only private ones. A Network Load Balancer without
groups serves every public address or, internal, its VPC and whatever networks are joined to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, PRIVATE_V4, PUBLIC, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.model import Fact, Items, Unknown, Verdict
from scanner.topology.ec2.security_group import rules_of
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.elbv2.load_balancer import LoadBalancer
from scanner.topology.entity import Related
from scanner.topology.flow import PROTOCOLS, meets
from scanner.topology.lookup import as_unknown, text
from scanner.topology.numbers import Ports

EVERYWHERE = EVERYWHERE_V4 | EVERYWHERE_V6
PRIVATE = PRIVATE_V4 | AddressSet.of_cidrs(("fc00::/7", "2000::/3"))
"""What may send to an internal load balancer; the IPv6 addresses of a VPC are public ones."""

Peers = Bounded[AddressSet]


def clients_of(balancers: Related[LoadBalancer], ports: Ports, transport: Fact[Any]) -> Fact[Peers]:
    """The addresses that a listener on some ports, of a transport (``tcp``, ``udp``, ``tcp_udp``), is there for."""
    found: Peers = Bounded.exactly(AddressSet())
    at = balancers.at
    for balancer in balancers:
        meant = _meant(balancer)
        if balancer.group_ids().value == Items():
            found |= _of_groupless(balancer, meant)
            continue
        admitted = rules_of(balancer.graph, balancer.security_groups(), balancer.group_ids(), "ingress")
        found |= _admitted(admitted, ports, transport) & meant
        at = admitted.at
    if balancers.rest is not None:
        found |= Bounded(AddressSet(), EVERYWHERE, (balancers.rest,))
    return Fact(found, at)


def _meant(balancer: LoadBalancer) -> Peers:
    """The addresses that a load balancer is there for, whatever its groups admit."""
    scheme = balancer.scheme()
    known = text(scheme)
    if known == "internet-facing":
        return Bounded.exactly(PUBLIC)
    network = balancer.network()
    private = PRIVATE | network if isinstance(network, AddressSet) else PRIVATE
    if known == "internal":
        return Bounded.exactly(private)
    return Bounded(AddressSet(), PUBLIC | private, (as_unknown(scheme, "the scheme"),))


def _of_groupless(balancer: LoadBalancer, meant: Peers) -> Peers:
    if text(balancer.scheme()) != "internal":
        return meant
    network = balancer.network()
    known = network if isinstance(network, AddressSet) else AddressSet()
    reason = f"who sends to {balancer.label}, which is internal and has no security group, is not stated"
    return Bounded(known, meant.may | known, (Unknown(("clients", balancer.address), reason, balancer.at[0]),))


def _admitted(rules: Related[SecurityGroupRule], ports: Ports, transport: Fact[Any]) -> Peers:
    """The addresses that rules admit on a port; those of other security groups are not known."""
    found: Peers = Bounded.exactly(AddressSet())
    known = text(transport) or "tcp_udp"
    for rule in rules:
        for protocol in PROTOCOLS.get(known, (known,)):
            found |= _admitted_by(rule, ports, protocol)
    if text(transport) is None:
        found = Bounded(AddressSet(), found.may, (*found.unknown, as_unknown(transport, "the protocol")))
    if rules.rest is not None:
        found |= Bounded(AddressSet(), EVERYWHERE, (rules.rest,))
    return found


def _admitted_by(rule: SecurityGroupRule, ports: Ports, protocol: str) -> Peers:
    opened = meets(ports, rule.rule.offer(protocol))
    if opened is Verdict.FAIL:
        return Bounded.exactly(AddressSet())
    peers = rule.rule.peers
    unknown = tuple(_unknown_peers(rule))
    may = EVERYWHERE if unknown else peers.addresses
    if opened is Verdict.PASS and rule.rule.certain:
        return Bounded(peers.addresses, may, unknown)
    doubt = (rule.rule.unknown,) if rule.rule.unknown is not None else ()
    return Bounded(AddressSet(), may, (*unknown, *doubt, *ports.unknown, *rule.rule.ports.unknown))


def _unknown_peers(rule: SecurityGroupRule) -> Iterator[Unknown]:
    peers = rule.rule.peers
    yield from rule.addresses().value.unknown
    if peers.groups:
        reason = f"the addresses that {rule.label} admits by their security group are not known"
        yield Unknown(("members", rule.address), reason, rule.at[0])
