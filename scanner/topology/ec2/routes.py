"""Where a subnet's traffic to the internet goes: the default route of its route table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, Fact, Reference, Resource, Unknown
from scanner.topology.lookup import as_unknown, naming, text

if TYPE_CHECKING:
    from scanner.topology.ec2.subnet import Subnet

TABLE = "AWS::EC2::RouteTable"
ASSOCIATION = "AWS::EC2::SubnetRouteTableAssociation"
ROUTE = "AWS::EC2::Route"
GATEWAY = "AWS::EC2::InternetGateway"
ATTACHMENT = "AWS::EC2::VPCGatewayAttachment"
EVERYWHERE = "0.0.0.0/0"

INTERNET_GATEWAY, NAT, OTHER, NONE = "internet_gateway", "nat", "other", "none"
HOPS = {
    "NatGatewayId": NAT,
    "InstanceId": NAT,
    "NetworkInterfaceId": OTHER,
    "TransitGatewayId": OTHER,
    "VpcPeeringConnectionId": OTHER,
    "VpcEndpointId": OTHER,
    "LocalGatewayId": OTHER,
    "CarrierGatewayId": OTHER,
    "CoreNetworkArn": OTHER,
}
"""What a route leads to, by the property that names it (AWS::EC2::Route, AWS CloudFormation reference)."""


def route_table(subnet: Subnet) -> Resource | Unknown | None:
    """The route table that a subnet is associated with; None where it surely uses the main one of its VPC."""
    for association, _ in naming(subnet.graph, subnet.resource, (ASSOCIATION,), lambda one: (one.get("SubnetId"),)):
        named = association.get("RouteTableId")
        table = subnet.graph.named_by(named, TABLE)
        return table if table is not None else as_unknown(named, f"the route table of {subnet.label}")
    return subnet.graph.open_world(subnet.resource, "a route table association", ASSOCIATION)


def default_route(subnet: Subnet) -> Fact[Any]:
    """``internet_gateway``, ``nat``, ``other`` or ``none``.

    A main route table that a template makes with its VPC has no route but the local one.
    """
    table = route_table(subnet)
    if isinstance(table, Unknown):
        return Fact(table, subnet.at)
    if table is None:
        if subnet.graph.named_by(subnet.vpc(), "AWS::EC2::VPC") is not None:
            return Fact(NONE, subnet.at, "the main route table has no default route")
        reason = f"{subnet.label} uses the main route table of its VPC, whose routes are not known"
        return Fact(Unknown(("main table", subnet.address), reason, subnet.at[0]), subnet.at)
    doubt: Unknown | None = None
    for route, _ in naming(subnet.graph, table, (ROUTE,), lambda one: (one.get("RouteTableId"),)):
        destination = route.get("DestinationCidrBlock")
        known = text(destination)
        if known == EVERYWHERE:
            return _hop(subnet, route)
        if known is None and destination.value is not ABSENT:
            doubt = doubt or as_unknown(destination, "the destination of a route")
    doubt = doubt or subnet.graph.open_world(table, "a route", ROUTE)
    return Fact(doubt if doubt is not None else NONE, (table.location,))


def _hop(subnet: Subnet, route: Resource) -> Fact[Any]:
    at = (route.location,)
    for name, hop in HOPS.items():
        if route.get(name).value is not ABSENT:
            return Fact(hop, at)
    gateway = route.get("GatewayId")
    if subnet.graph.named_by(gateway, GATEWAY) is not None:
        return Fact(INTERNET_GATEWAY, at)
    if isinstance(gateway.value, Reference):
        try:
            named = subnet.graph.resource(gateway.value.address)
        except KeyError:
            return Fact(as_unknown(gateway, "the gateway of the default route"), at)
        if named.type == ATTACHMENT:
            return Fact(INTERNET_GATEWAY if named.get("InternetGatewayId").value is not ABSENT else OTHER, at)
        return Fact(OTHER, at)
    known = text(gateway)
    if known is None:
        return Fact(as_unknown(gateway, "the gateway of the default route"), at)
    return Fact(INTERNET_GATEWAY if known.startswith("igw-") else OTHER, at)
