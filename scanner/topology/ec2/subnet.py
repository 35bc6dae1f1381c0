"""Subnets, and the blocks of the networks they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.places import Source
from scanner.model import ABSENT, Fact, ResourceGraph, Unknown
from scanner.topology.entity import Entity, Related, fact, one
from scanner.topology.lookup import as_unknown, text

if TYPE_CHECKING:
    from scanner.topology.ec2.network_acl import NetworkAcl

TYPE = "AWS::EC2::Subnet"


class Subnet(Entity):
    """A subnet of a VPC."""

    kind = "ec2.subnet"

    @fact("text")
    def cidr(self) -> Fact[Any]:
        """Its IPv4 block."""
        return self.property("CidrBlock")

    @fact("text")
    def zone(self) -> Fact[Any]:
        """Its Availability Zone."""
        return self.property("AvailabilityZone")

    @fact("number")
    def usable_addresses(self) -> Fact[Any]:
        """The addresses that it can give to network interfaces: all of its IPv4 block but the five that AWS keeps."""
        from scanner.topology.ec2.subnet_size import usable_addresses

        return usable_addresses(self)

    @fact("number")
    def free_addresses(self) -> Fact[Any]:
        """The IPv4 addresses that nothing has taken; only an account tells them (AvailableIpAddressCount)."""
        from scanner.topology.ec2.subnet_size import free_addresses

        return free_addresses(self)

    @fact("any")
    def vpc(self) -> Fact[Any]:
        """The VPC it lies in."""
        return self.property("VpcId")

    @fact("text")
    def default_route(self) -> Fact[Any]:
        """Where its traffic to the internet goes: ``internet_gateway``, ``nat``, ``other`` or ``none``."""
        from scanner.topology.ec2.routes import default_route

        return default_route(self)

    @fact("list")
    def endpoints(self) -> Fact[Any]:
        """The services that have a VPC endpoint for it: ``ecr.api``, ``s3``."""
        from scanner.topology.ec2.endpoints import endpoints

        return endpoints(self)

    @one("ec2.network_acl")
    def acl(self) -> Related[NetworkAcl]:
        """The network ACL that filters what enters and leaves it; the default one of its VPC if it names none."""
        from scanner.topology.ec2.network_acl import acl_of

        return acl_of(self)

    @fact("peers")
    def addresses(self) -> Fact[Bounded[AddressSet]]:
        """Its blocks, IPv4 and IPv6."""
        known, unknown = AddressSet(), []
        may = AddressSet()
        for family in (4, 6):
            found = self._block(family)
            if isinstance(found, Unknown):
                unknown.append(found)
                may |= EVERYWHERE_V4 if family == 4 else EVERYWHERE_V6
            else:
                known |= found
        return Fact(Bounded(known, known | may, tuple(unknown)), self.cidr().at)

    def endpoint(self, family: int = 4) -> Source:
        """Everything in the subnet as one end of a flow."""
        found = self._block(family)
        within = vpc_block(self.graph, self.vpc()) if family == 4 else None
        if isinstance(found, Unknown):
            return Source(where=(found,), within=within, family=family)
        if not found:
            none = Unknown(("no block", self.address, family), f"{self.label} states no IPv{family} block", self.at[0])
            return Source(where=(none,), within=within, family=family)
        return Source(addresses=found, within=within, family=family)

    def _block(self, family: int) -> AddressSet | Unknown:
        """Its block of a family, none if it has none, or why it is not known."""
        stated = self.cidr() if family == 4 else self.property("Ipv6CidrBlock")
        return AddressSet() if stated.value is ABSENT else block(stated, f"the block of {self.label}")


def block(value: Fact[Any], what: str) -> AddressSet | Unknown:
    """The addresses of a CIDR value, or why they are not known."""
    written = text(value)
    if written is None:
        return as_unknown(value, what)
    try:
        return AddressSet.of_cidr(written.strip())
    except ValueError as error:
        return Unknown(("malformed", written), str(error), value.location)


def vpc_block(graph: ResourceGraph, vpc: Fact[Any]) -> AddressSet | Unknown | None:
    """All IPv4 blocks of the VPC that a value names; None if the scan does not have it."""
    resource = graph.named_by(vpc, "AWS::EC2::VPC")
    if resource is None:
        return None
    found = block(resource.get("CidrBlock"), f"the block of {resource.id}")
    for extra in graph.of_type("AWS::EC2::VPCCidrBlock"):
        named = graph.named_by(extra.get("VpcId"), "AWS::EC2::VPC")
        if named is not None and named.address == resource.address and "CidrBlock" in extra.properties:
            more = block(extra.get("CidrBlock"), f"the block of {extra.id}")
            if isinstance(found, Unknown) or isinstance(more, Unknown):
                return found if isinstance(found, Unknown) else more
            found |= more
    return found


def blocks(subnets: Related[Subnet]) -> tuple[AddressSet, tuple[Unknown, ...]]:
    """The known blocks of some subnets, and why others are not known."""
    known, unknown = AddressSet(), []
    for subnet in subnets:
        found = block(subnet.cidr(), f"the block of {subnet.label}")
        if isinstance(found, Unknown):
            unknown.append(found)
        else:
            known |= found
    if subnets.rest is not None:
        unknown.append(subnets.rest)
    return known, tuple(unknown)
