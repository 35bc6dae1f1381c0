"""Network ACLs with their entries, and which one filters what enters and leaves a subnet.

A subnet that is associated with none has the default ACL of its VPC, which AWS makes with entries that allow
everything ("Default network ACL", Amazon VPC User Guide). Separate resources may change that one as well:
they name it by the VPC's attribute DefaultNetworkAcl.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.model import ACCOUNT, Fact, Location, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.ec2.network_acl_entry import NetworkAclEntry, directions
from scanner.topology.entity import Entity, Related, many
from scanner.topology.lookup import entity, naming, related

if TYPE_CHECKING:
    from scanner.topology.ec2.subnet import Subnet

TYPE = "AWS::EC2::NetworkAcl"
ENTRY = "AWS::EC2::NetworkAclEntry"
ASSOCIATION = "AWS::EC2::SubnetNetworkAclAssociation"
VPC = "AWS::EC2::VPC"
DEFAULT = "DefaultNetworkAcl"


class NetworkAcl(Entity):
    """A network ACL: one of the scan, or the default one of a VPC of the scan."""

    kind = "ec2.network_acl"

    @property
    def is_default(self) -> bool:
        return self.resource.type == VPC

    @property
    def address(self) -> str:
        return f"{self.resource.address}/{DEFAULT}" if self.is_default else self.resource.address

    @property
    def label(self) -> str:
        return f"the default ACL of {self.resource.id}" if self.is_default else self.resource.id

    @property
    def places(self) -> tuple[Location, ...]:
        entries = (*self.inbound(), *self.outbound())
        return tuple(place for entry in entries for place in entry.places) + self.at

    @many("ec2.network_acl_entry")
    def inbound(self) -> Related[NetworkAclEntry]:
        """The entries for what enters its subnets, by rule number."""
        return self._entries(outbound=False)

    @many("ec2.network_acl_entry")
    def outbound(self) -> Related[NetworkAclEntry]:
        """The entries for what leaves its subnets, by rule number."""
        return self._entries(outbound=True)

    def _entries(self, *, outbound: bool) -> Related[NetworkAclEntry]:
        stated = [
            NetworkAclEntry(
                self.graph,
                resource,
                Fact(resource.properties, (resource.location,)),
                acl=self.address,
                outbound=outbound,
                doubt=doubt,
            )
            for resource in _naming(self.graph, ENTRY, self)
            for doubt in directions(resource, outbound)
        ]
        if self.is_default:
            stated += self._made_by_aws(outbound)
        rest = None
        if not self.is_default or any(exit.attribute == DEFAULT for exit in self.graph.exits(self.resource)):
            rest = self.graph.open_world(self.resource, "an entry", ENTRY)
        ordered = sorted(stated, key=lambda entry: entry.order)
        return Related(tuple(ordered), rest, self.at)

    def _made_by_aws(self, outbound: bool) -> Iterator[NetworkAclEntry]:
        """Entries 100 and 101 of a default ACL."""
        for number, key, block in ((100, "CidrBlock", "0.0.0.0/0"), (101, "Ipv6CidrBlock", "::/0")):
            properties = {
                "RuleNumber": Fact(number, self.at, "default ACL of the VPC"),
                "Protocol": Fact("-1", self.at),
                "RuleAction": Fact("allow", self.at),
                key: Fact(block, self.at),
            }
            yield NetworkAclEntry(
                self.graph,
                self.resource,
                Fact(properties, self.at),
                acl=self.address,
                outbound=outbound,
                name=f"{DEFAULT}/{number}",
            )


def acl_of(subnet: Subnet) -> Related[NetworkAcl]:
    """The ACL that filters what enters and leaves a subnet, or why it is not known. May raise Fork."""
    graph = subnet.graph
    named = _associations(subnet)
    if len({repr(value.value) for value in named}) > 1:
        reason = f"{subnet.label} is associated with several network ACLs"
        return Related((), Unknown(("several ACLs", subnet.address), reason, named[0].location), named[0].at)
    for value in named:
        owner = _default_of(graph, value)
        if owner is not None:
            return Related((entity(NetworkAcl, graph, owner),), None, value.at)
        found = related(graph, value, NetworkAcl, (TYPE,), "network ACL")
        return Related(found.items, found.rest, found.items[0].at if found.items else found.at)
    return _default_acl(subnet)


def is_stated(subnet: Subnet) -> bool:
    """Whether something is said of a subnet's ACL: an association, or an entry of the default one."""
    acl = subnet.acl()
    if not acl.items:
        return bool(_associations(subnet))
    return not acl.items[0].is_default or any(True for _ in _naming(subnet.graph, ENTRY, acl.items[0]))


def _associations(subnet: Subnet) -> list[Fact[Any]]:
    """The ACLs that a subnet is associated with, as values."""
    found = naming(subnet.graph, subnet.resource, (ASSOCIATION,), lambda association: (association.get("SubnetId"),))
    known = [association for association, _ in found]
    # A template's association takes the place of the one that the account has.
    chosen = [association for association in known if association.source != ACCOUNT] or known
    return [association.get("NetworkAclId") for association in chosen]


def _default_acl(subnet: Subnet) -> Related[NetworkAcl]:
    graph = subnet.graph
    elsewhere = graph.open_world(subnet.resource, "an association with a network ACL", ASSOCIATION)
    if elsewhere is not None:
        return Related((), elsewhere, subnet.at)
    vpc = graph.named_by(subnet.vpc(), VPC)
    if vpc is None:
        stated = subnet.vpc()
        reason = f"{subnet.label} has the default network ACL of a VPC that is not in the scan"
        return Related((), Unknown(("default ACL", subnet.address), reason, stated.location), subnet.at)
    if vpc.source == ACCOUNT:  # there, anybody may have changed it
        named = vpc.attributes.get(DEFAULT)
        if named is not None:
            return related(graph, named, NetworkAcl, (TYPE,), "network ACL")
        reason = f"the snapshot does not say which network ACL is the default one of {vpc.id}"
        return Related((), Unknown(("default ACL", vpc.address), reason, vpc.location), subnet.at)
    return Related((entity(NetworkAcl, graph, vpc),), None, subnet.at)


def _default_of(graph: ResourceGraph, value: Fact[Any]) -> Resource | None:
    """The VPC whose default ACL a value names."""
    named = value.value
    if not isinstance(named, Reference) or named.attribute != DEFAULT:
        return None
    try:
        return graph.resource(named.address)
    except KeyError:
        return None


def _naming(graph: ResourceGraph, type: str, acl: NetworkAcl) -> Iterator[Resource]:
    """The resources of a type whose NetworkAclId is an ACL."""
    for resource in graph.declared(type):
        value = resource.get("NetworkAclId")
        named = _default_of(graph, value) if acl.is_default else graph.named_by(value, TYPE)
        if named is not None and named.address == acl.resource.address and resource.exists():
            yield resource
