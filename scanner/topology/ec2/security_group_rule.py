"""A rule of a security group, inline or a resource of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.flows import ALL_PROTOCOLS, Peers, Rule, protocol_name
from scanner.analysis.ports import ALL
from scanner.model import ABSENT, Fact, Location, Reference, Resource, ResourceGraph, Unknown, get
from scanner.topology.ec2.subnet import block
from scanner.topology.entity import Entity, fact
from scanner.topology.lookup import as_unknown, text, written
from scanner.topology.numbers import Ports, port_range

GROUP_PEERS = (
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "DestinationSecurityGroupId",
)
PREFIX_LISTS = ("SourcePrefixListId", "DestinationPrefixListId")
BLOCKS = ("CidrIp", "CidrIpv6")


class SecurityGroupRule(Entity):
    """A rule that lets traffic in or out."""

    kind = "ec2.security_group_rule"

    def __init__(
        self,
        graph: ResourceGraph,
        resource: Resource,
        stated: Fact[Any],
        *,
        outbound: bool = False,
        doubt: Unknown | None = None,
        name: str = "",
    ) -> None:
        super().__init__(graph, resource)
        self.stated = stated
        self.outbound = outbound
        self._doubt = doubt
        self._name = name
        self.rule = self._rule()

    @property
    def address(self) -> str:
        return f"{self.resource.address}/{self._name}" if self._name else self.resource.address

    @property
    def at(self) -> tuple[Location, ...]:
        return self.stated.at or (self.resource.location,)

    @property
    def label(self) -> str:
        return f"a rule of {self.resource.id}" if self._name else self.resource.id

    @property
    def places(self) -> tuple[Location, ...]:
        return self.rule.at + self._peer_places()

    def place_of(self, what: str) -> tuple[Location, ...]:
        """Where to change it: its ``ToPort``, its ``FromPort`` or its ``peer``, if it states one."""
        return self._peer_places()[:1] if what == "peer" else self._place(what)

    def _peer_places(self) -> tuple[Location, ...]:
        return tuple(place for name in (*BLOCKS, *GROUP_PEERS, *PREFIX_LISTS) for place in self._place(name))

    @fact("text")
    def protocol(self) -> Fact[Any]:
        """``tcp``, ``udp``, ``icmp``, ``icmpv6``, a number, or ``-1`` for all."""
        protocol = self.rule.protocol
        return Fact(protocol if isinstance(protocol, Unknown) else protocol_name(protocol), self.at)

    @fact("ports", protocol="text")
    def ports(self, protocol: str = "tcp") -> Fact[Ports]:
        """The ports that it opens for a protocol (``tcp`` by default); none if it is for another."""
        protocols = ("tcp", "udp") if protocol == "tcp_udp" else (protocol,)
        opened = self.rule.offer(protocols[0])
        for other in protocols[1:]:
            opened |= self.rule.offer(other)
        return Fact(opened, self.at)

    @fact("peers")
    def addresses(self) -> Fact[Bounded[AddressSet]]:
        """The address ranges that it names; none where it names groups. What a prefix list holds is not known."""
        peers = self.rule.peers
        lists = tuple(
            as_unknown(value, "the prefix list")
            if isinstance(value.value, Unknown)
            else Unknown(("prefix list", written(value)), f"the entries of prefix list {written(value)} are not known")
            for value in peers.prefix_lists
        )
        unknown = peers.unknown + lists
        everything = EVERYWHERE_V4 | EVERYWHERE_V6 if unknown else AddressSet()
        return Fact(Bounded(peers.addresses, peers.addresses | everything, unknown), self._peer_places() or self.at)

    def _rule(self) -> Rule:
        protocol = get(self.stated, "IpProtocol")
        known = text(protocol)
        ports = port_range(get(self.stated, "FromPort"), get(self.stated, "ToPort"), "a port of the rule")
        absent = get(self.stated, "FromPort").value is ABSENT
        if isinstance(self.stated.value, Unknown):
            ports, absent = Bounded(ports.must, ports.may, (self.stated.value,)), False
        at = tuple(place for name in ("ToPort", "FromPort") for place in self._place(name)) + self.at
        return Rule(
            known if known is not None else as_unknown(protocol, "the protocol"),
            Bounded.exactly(ALL) if absent and known == ALL_PROTOCOLS else ports,
            self._peers(),
            at,
            self._doubt is None,
            self._doubt,
        )

    def _place(self, name: str) -> tuple[Location, ...]:
        value = self.stated.value
        found = value.get(name) if isinstance(value, Mapping) else None
        return found.at[:1] if found is not None and found.value is not ABSENT else ()

    def _peers(self) -> Peers:
        if isinstance(self.stated.value, Unknown):
            return Peers(unknown=(self.stated.value,))
        groups, prefixes, addresses, unknown = [], [], AddressSet(), []
        for name in GROUP_PEERS:
            found = get(self.stated, name)
            if found.value is not ABSENT:
                groups.append(found)
        for name in PREFIX_LISTS:
            found = get(self.stated, name)
            if found.value is not ABSENT:
                prefixes.append(found)
        for name in BLOCKS:
            found = get(self.stated, name)
            if found.value is ABSENT:
                continue
            known = self._block(found)
            if isinstance(known, Unknown):
                unknown.append(known)
            else:
                addresses |= known
        return Peers(tuple(groups), addresses, tuple(prefixes), tuple(unknown))

    def _block(self, value: Fact[Any]) -> AddressSet | Unknown:
        """A CIDR, also one that is a resource's own (``GetAtt Vpc.CidrBlock``)."""
        if isinstance(value.value, Reference) and value.value.attribute == "CidrBlock":
            try:
                return block(self.graph.resource(value.value.address).get("CidrBlock"), "the block")
            except KeyError:
                pass
        return block(value, "the address range")
