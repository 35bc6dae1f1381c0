"""An entry of a network ACL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.analysis.acls import Entry
from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.flows import protocol_name
from scanner.model import ABSENT, Fact, Location, Reference, Resource, ResourceGraph, Unknown, get
from scanner.topology.ec2.subnet import block
from scanner.topology.entity import Entity, fact
from scanner.topology.lookup import as_unknown, number, text, written
from scanner.topology.numbers import Ports, port_range

BLOCKS = ("CidrBlock", "Ipv6CidrBlock")
_LAST = 32768
"""Behind every rule number: 32767 is the entry that EC2 adds to deny the rest."""


class NetworkAclEntry(Entity):
    """An entry that allows or denies, in its place by rule number."""

    kind = "ec2.network_acl_entry"

    def __init__(
        self,
        graph: ResourceGraph,
        resource: Resource,
        stated: Fact[Any],
        *,
        acl: str,
        outbound: bool = False,
        doubt: Unknown | None = None,
        name: str = "",
    ) -> None:
        super().__init__(graph, resource)
        self.stated = stated
        self.acl = acl
        self.outbound = outbound
        self._name = name
        self.entry = self._entry(doubt)

    @property
    def address(self) -> str:
        return f"{self.resource.address}/{self._name}" if self._name else self.resource.address

    @property
    def at(self) -> tuple[Location, ...]:
        return self.stated.at or (self.resource.location,)

    @property
    def label(self) -> str:
        if not self._name:
            return self.resource.id
        return f"entry {written(get(self.stated, 'RuleNumber'))} of the default ACL of {self.resource.id}"

    @property
    def order(self) -> int:
        """Its rule number, those not known last."""
        known = self.entry.number
        return known if isinstance(known, int) else _LAST

    @property
    def places(self) -> tuple[Location, ...]:
        """Every place that ``at`` of a finding may point to."""
        names = ("RuleAction", "PortRange.To", "PortRange.From", "CidrBlock")
        return tuple(place for name in names for place in self.place_of(name)) + self.at

    def property(self, path: str, default: object = ABSENT, note: str = "") -> Fact[Any]:
        found = get(self.stated, path)
        if found.value is ABSENT and default is not ABSENT:
            return Fact(default, found.at, note)
        return found

    def place_of(self, name: str) -> tuple[Location, ...]:
        """Where to change a property of it (``CidrBlock`` also stands for Ipv6CidrBlock), if it states that one."""
        value = self.stated.value
        for path in BLOCKS if name == "CidrBlock" else (name,):
            found = get(self.stated, path)
            if isinstance(value, Mapping) and not self._name and found.value is not ABSENT and found.at:
                return found.at[:1]
        return ()

    @fact("number")
    def number(self) -> Fact[Any]:
        """Its rule number; entries apply by rising number."""
        return self.property("RuleNumber")

    @fact("text")
    def action(self) -> Fact[Any]:
        """``allow`` or ``deny``."""
        return self.property("RuleAction")

    @fact("text")
    def protocol(self) -> Fact[Any]:
        """``tcp``, ``udp``, ``icmp``, ``icmpv6``, a number, or ``-1`` for all."""
        protocol = self.entry.protocol
        return Fact(protocol if isinstance(protocol, Unknown) else protocol_name(protocol), self.at)

    @fact("ports", protocol="text")
    def ports(self, protocol: str = "tcp") -> Fact[Ports]:
        """The ports of a protocol (``tcp`` by default) that it matches; none if it is for another."""
        return Fact(self.entry.matched(protocol), self.at)

    @fact("peers")
    def addresses(self) -> Fact[Bounded[AddressSet]]:
        """The block that it matches."""
        known, at = self.entry.block, self.place_of("CidrBlock") or self.at
        if isinstance(known, AddressSet):
            return Fact(Bounded.exactly(known), at)
        return Fact(Bounded(AddressSet(), EVERYWHERE_V4 | EVERYWHERE_V6, (known,)), at)

    def _entry(self, doubt: Unknown | None) -> Entry:
        stated_number, action, protocol = (self.property(name) for name in ("RuleNumber", "RuleAction", "Protocol"))
        known_number, known_protocol = number(stated_number), text(protocol)
        return Entry(
            as_unknown(stated_number, "the rule number") if known_number is None else known_number,
            self._allows(action),
            as_unknown(protocol, "the protocol") if known_protocol is None else known_protocol,
            port_range(self.property("PortRange.From"), self.property("PortRange.To"), "a port of the entry"),
            self._block(),
            doubt,
        )

    def _allows(self, action: Fact[Any]) -> bool | Unknown:
        known = (text(action) or "").lower()
        return known == "allow" if known in ("allow", "deny") else as_unknown(action, "the rule action")

    def _block(self) -> AddressSet | Unknown:
        for name in BLOCKS:
            stated = self.property(name)
            if stated.value is not ABSENT:
                return self._addresses(stated, EVERYWHERE_V6 if name == "Ipv6CidrBlock" else EVERYWHERE_V4)
        return AddressSet()

    def _addresses(self, stated: Fact[Any], family: AddressSet) -> AddressSet | Unknown:
        """A CIDR, also one that is a resource's own (``GetAtt Vpc.CidrBlock``)."""
        if isinstance(stated.value, Reference) and stated.value.attribute == "CidrBlock":
            try:
                owner = self.graph.resource(stated.value.address)
            except KeyError:
                return as_unknown(stated, "the block")
            # As subnets and VPCs say it of themselves, so that the same unknown is the same block.
            return block(owner.get("CidrBlock"), f"the block of {owner.id}")
        found = block(stated, "the block of the entry")
        return found & family if isinstance(found, AddressSet) else found


def directions(resource: Resource, outbound: bool) -> Iterator[Unknown | None]:
    """Whether an entry is for a direction: one value if it is, the reason of the doubt if that is not known."""
    egress = resource.get("Egress")
    known = "false" if egress.value is ABSENT else (text(egress) or "").lower()
    if known not in ("true", "false"):
        yield as_unknown(egress, "whether the entry is for egress")
    elif (known == "true") == outbound:
        yield None
