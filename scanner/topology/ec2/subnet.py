"""Subnets, and the blocks of the networks they lie in."""

from __future__ import annotations

from typing import Any

from scanner.analysis.addresses import AddressSet
from scanner.model import Fact, ResourceGraph, Unknown
from scanner.topology.entity import Entity, Related, fact
from scanner.topology.lookup import as_unknown, text

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

    @fact("any")
    def vpc(self) -> Fact[Any]:
        """The VPC it lies in."""
        return self.property("VpcId")


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
