from __future__ import annotations

from typing import Any

import pytest

from scanner.topology.ec2.subnet import Subnet
from tests.topology.graphs import RUN_TASK, find, graph

INTERFACE = {
    "VpcId": {"Ref": "Vpc"},
    "VpcEndpointType": "Interface",
    "PrivateDnsEnabled": True,
    "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.ecr.dkr"},
}
GATEWAY = {"VpcId": {"Ref": "Vpc"}, "ServiceName": "com.amazonaws.eu-west-1.s3", "RouteTableIds": [{"Ref": "Table"}]}


def services(*endpoints: dict[str, Any], subnet: str = "SubnetA", **change: Any) -> list[str]:
    made = {
        f"Endpoint{index}": {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}
        for index, properties in enumerate(endpoints)
    }
    found = find(Subnet, graph(RUN_TASK, {**made, **change}), subnet).endpoints().value
    return [item.value for item in found.items]


def test_interface_and_gateway_endpoints() -> None:
    assert services(INTERFACE, GATEWAY) == ["ecr.dkr", "s3"]


def test_a_gateway_endpoint_serves_the_route_tables_that_it_lists() -> None:
    assert services(GATEWAY, subnet="PublicSubnet") == []
    assert services({**GATEWAY, "RouteTableIds": []}) == []


def test_an_interface_endpoint_needs_private_names() -> None:
    assert services({**INTERFACE, "PrivateDnsEnabled": False}) == []
    assert services({**INTERFACE, "PrivateDnsEnabled": "true"}) == ["ecr.dkr"]


def test_endpoints_of_another_vpc() -> None:
    other = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}
    assert services({**INTERFACE, "VpcId": {"Ref": "Other"}}, Other=other) == []
    assert services({**INTERFACE, "VpcId": "vpc-0a1b2c3d"}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"VpcId": {"Ref": "Free"}},
        {"PrivateDnsEnabled": {"Ref": "Free"}},
        {"VpcEndpointType": {"Ref": "Free"}},
        {"ServiceName": {"Ref": "Free"}},
        {**GATEWAY, "VpcEndpointType": "Gateway", "RouteTableIds": [{"Ref": "Free"}]},
    ],
)
def test_an_endpoint_that_may_serve_leaves_a_doubt(change: dict[str, Any]) -> None:
    endpoint = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {**INTERFACE, **change}}
    of = graph(RUN_TASK, {"Endpoint": endpoint, "Parameters.Free": {"Type": "String"}})
    found = find(Subnet, of, "SubnetA").endpoints().value
    assert found.items == ()
    assert found.rest.reason == "whether Endpoint serves SubnetA is not known"


def test_others_may_add_endpoints_to_a_vpc_that_is_exported() -> None:
    of = graph(RUN_TASK, {"Outputs.Vpc": {"Value": {"Ref": "Vpc"}}})
    assert find(Subnet, of, "SubnetA").endpoints().value.rest is not None
    assert find(Subnet, graph(RUN_TASK), "SubnetA").endpoints().value.rest is None
