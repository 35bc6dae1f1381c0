from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.ec2.subnet import Subnet
from tests.topology.graphs import RUN_TASK, find, graph

ROUTE = "Route.Properties"


def route(change: dict[str, Any] | None = None, subnet: str = "SubnetA") -> Any:
    return find(Subnet, graph(RUN_TASK, change), subnet).default_route().value


def through(**hop: Any) -> dict[str, Any]:
    stated = {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", **hop}
    return {ROUTE: stated}


def test_the_routes_of_the_fixture() -> None:
    assert route() == "nat"
    assert route(subnet="PublicSubnet") == "internet_gateway"


@pytest.mark.parametrize(
    ("hop", "expected"),
    [
        ({"GatewayId": {"Ref": "Gateway"}}, "internet_gateway"),
        ({"GatewayId": "igw-0a1b2c3d"}, "internet_gateway"),
        ({"GatewayId": "vgw-0a1b2c3d"}, "other"),
        ({"NatGatewayId": "nat-0a1b2c3d"}, "nat"),
        ({"InstanceId": "i-0a1b2c3d"}, "nat"),
        ({"TransitGatewayId": "tgw-0a1b2c3d"}, "other"),
        ({"GatewayId": {"Ref": "Vpn"}}, "other"),
    ],
)
def test_what_the_default_route_leads_to(hop: dict[str, Any], expected: str) -> None:
    vpn = {"Vpn": {"Type": "AWS::EC2::VPNGateway", "Properties": {"Type": "ipsec.1"}}}
    assert route({**through(**hop), **vpn}) == expected


def test_without_a_default_route_there_is_no_way_out() -> None:
    assert route({"Route": None}) == "none"
    assert route({f"{ROUTE}.DestinationCidrBlock": "10.1.0.0/16"}) == "none"
    assert route({"AssociationA": None}) == "none"


@pytest.mark.parametrize(
    "change",
    [
        {"Route": None, "Outputs.Table": {"Value": {"Ref": "Table"}}},
        {"AssociationA": None, "Outputs.Subnet": {"Value": {"Ref": "SubnetA"}}},
        {"AssociationA.Properties.RouteTableId": {"Fn::ImportValue": "table"}},
        {"Parameters.Block": {"Type": "String"}, f"{ROUTE}.DestinationCidrBlock": {"Ref": "Block"}},
        {"Parameters.Hop": {"Type": "String"}, **through(GatewayId={"Ref": "Hop"})},
        {
            "AssociationA": None,
            "Parameters.VpcId": {"Type": "AWS::EC2::VPC::Id"},
            "SubnetA.Properties.VpcId": {"Ref": "VpcId"},
        },
    ],
)
def test_what_others_may_add_leaves_a_doubt(change: dict[str, Any]) -> None:
    assert isinstance(route(change), Unknown)
