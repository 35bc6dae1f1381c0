"""Load balancers: application, network and gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.addresses import EVERYWHERE_V4, AddressSet
from scanner.analysis.bounded import Bounded, Members
from scanner.analysis.flows import Source
from scanner.model import ABSENT, Fact, Items, Unknown
from scanner.topology.ec2.default_group import default_group
from scanner.topology.ec2.security_group import SecurityGroup, group_ids, groups_named, rules_of
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.ec2.subnet import Subnet, blocks, vpc_block
from scanner.topology.ec2.zones import zones_of_subnets
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.lookup import as_unknown, elements, entity, naming, related

if TYPE_CHECKING:
    from scanner.topology.elbv2.listener import Listener

TYPE = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"

NODES = (EVERYWHERE_V4 - AddressSet.of_cidrs(("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"))) | AddressSet.of_cidrs(
    ("2000::/3", "fc00::/7")
)
"""All addresses that a node of a load balancer can have: those that a network can give to a host (the IANA
special-purpose address registries). So an unknown subnet is never all of 0.0.0.0/0."""


class LoadBalancer(Entity):
    """A load balancer."""

    kind = "elbv2.load_balancer"

    @fact("text")
    def type(self) -> Fact[Any]:
        """``application`` (the default), ``network`` or ``gateway``."""
        return self.property("Type", "application", "default type of a load balancer")

    @fact("text")
    def scheme(self) -> Fact[Any]:
        """``internet-facing`` (the default) or ``internal``."""
        return self.property("Scheme", "internet-facing", "default scheme of a load balancer")

    @fact("text")
    def address_type(self) -> Fact[Any]:
        """What addresses clients use: ``ipv4`` (the default), ``dualstack`` or ``dualstack-without-public-ipv4``."""
        return self.property("IpAddressType", "ipv4", "default address type of a load balancer")

    @fact("list")
    def group_ids(self) -> Fact[Any]:
        """The ids of its security groups; none for a Network Load Balancer without."""
        stated = self.property("SecurityGroups")
        if next(elements(stated), None) is not None:
            return group_ids(self.graph, stated)
        kind = self.type()
        if kind.value in ("network", "gateway"):
            return Fact(Items(), stated.at, "a Network Load Balancer has no group unless it is given one")
        if kind.value != "application":
            return Fact(Items((), as_unknown(kind, "the type of the load balancer")), stated.at)
        default = default_group(self.graph, self._subnet_ids())
        if default is not None:
            return Fact(Items((default,)), stated.at, "the default security group of the VPC")
        reason = f"{self.label} names no security group, so its VPC's default group holds, whose rules are not known"
        return Fact(Items((), Unknown(("default group", self.address), reason, stated.location)), stated.at)

    @many("ec2.security_group")
    def security_groups(self) -> Related[SecurityGroup]:
        """Its security groups."""
        ids = self.group_ids()
        found = groups_named(self.graph, ids)
        return Related(found.items, found.rest, ids.at)

    @many("ec2.security_group_rule")
    def egress(self) -> Related[SecurityGroupRule]:
        """What its groups let out. Without groups (a Network Load Balancer) nothing holds it back."""
        groups = self.security_groups()
        if not groups.items and groups.rest is None:
            open_to_all = {
                "IpProtocol": Fact("-1", self.at),
                "CidrIp": Fact("0.0.0.0/0", self.at),
                "CidrIpv6": Fact("::/0", self.at),
            }
            stated = Fact(open_to_all, self.at, "no security group")
            rule = SecurityGroupRule(self.graph, self.resource, stated, outbound=True, name="egress/unheld")
            return Related((rule,), None, self.at)
        return rules_of(self.graph, groups, self.group_ids(), "egress")

    @many("ec2.subnet")
    def subnets(self) -> Related[Subnet]:
        """The subnets that it has nodes in."""
        return related(self.graph, self._subnet_ids(), Subnet, (SUBNET,), "subnet")

    @fact("list")
    def subnet_ids(self) -> Fact[Any]:
        """The ids of its subnets, of Subnets or SubnetMappings."""
        return self._subnet_ids()

    @fact("list")
    def zones(self) -> Fact[Any]:
        """The Availability Zones that are enabled on it: those of its subnets."""
        return zones_of_subnets(self.graph, self._subnet_ids(), self.label)

    @many("elbv2.listener")
    def listeners(self) -> Related[Listener]:
        """Its listeners."""
        from scanner.topology.elbv2.listener import Listener

        found = naming(
            self.graph, self.resource, (LISTENER,), lambda resource: elements(resource.get("LoadBalancerArn"))
        )
        listeners = tuple(entity(Listener, self.graph, resource) for resource, _ in found)
        return Related(listeners, self.graph.open_world(self.resource, "a listener", LISTENER), self.at)

    @fact("peers")
    def addresses(self) -> Fact[Bounded[AddressSet]]:
        """The addresses of its subnets; where a block is not known, any that a node can have."""
        known, unknown = blocks(self.subnets())
        within = self.network()
        anywhere = within if isinstance(within, AddressSet) else NODES
        return Fact(Bounded(known, known | anywhere if unknown else known, unknown), self._subnet_ids().at)

    def endpoint(self, family: int = 4) -> Source:
        """The load balancer as one end of a flow: its groups, and the blocks of its subnets."""
        ids: Items = self.group_ids().value
        known, where = blocks(self.subnets())
        return Source(Members(ids.items, ids.rest), known, where, self.network(), family)

    def _subnet_ids(self) -> Fact[Any]:
        stated = self.property("Subnets")
        if stated.value is not ABSENT:
            return stated
        mappings = self.property("SubnetMappings")
        if not isinstance(mappings.value, Items):
            return mappings
        ids = []
        for mapping in mappings.value.items:
            if isinstance(mapping.value, Unknown):
                ids.append(mapping)
            elif mapping.value is not ABSENT and hasattr(mapping.value, "get"):
                ids.append(mapping.value.get("SubnetId", Fact(ABSENT, mapping.at)))
        return Fact(Items(tuple(ids), mappings.value.rest), mappings.at)

    def network(self) -> AddressSet | Unknown | None:
        """The IPv4 blocks of its VPC, why they are not known, or None if the scan does not have the VPC."""
        for owner in (*self.subnets(), *self.security_groups()):
            found = vpc_block(self.graph, owner.vpc())
            if found is not None:
                return found
        return None
