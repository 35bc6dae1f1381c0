"""Networks, where a simulated AWS does not show what EC2 answers."""

from __future__ import annotations

from typing import Any

from scanner.sources.account.ec2 import gateways, networks
from scanner.sources.account.found import Found
from tests.sources.account.answers import Answers


def read(**answers: Any) -> Found:
    made = Found()
    told = Answers(**{f"ec2__{name}": answer for name, answer in answers.items()})
    networks(told, made)
    gateways(told, made)
    return made


def routes(*made: dict[str, Any]) -> list[dict[str, Any]]:
    found = read(DescribeRouteTables=[{"RouteTableId": "rtb-1", "Routes": list(made)}]).of("AWS::EC2::Route")
    return [one["properties"] for one in found]


def test_routes_that_lead_nowhere_are_left_out() -> None:
    gone = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}
    assert routes(gone, {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}) == []


def test_route_by_its_destination() -> None:
    found = routes(
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
    )
    assert found == [
        {"RouteTableId": "rtb-1", "DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
        {"RouteTableId": "rtb-1", "DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
    ]


def test_main_table_is_not_told_where_tables_are_missing() -> None:
    subnets = [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]
    association = {"Main": True, "RouteTableAssociationId": "a", "RouteTableId": "rtb-1"}
    table = {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [association]}
    told = Answers().of("ec2:DescribeRouteTables", [table]).of("ec2:DescribeSubnets", subnets)
    made = Found()
    networks(told, made)
    (one,) = made.of("AWS::EC2::SubnetRouteTableAssociation")
    assert one["properties"] == {"SubnetId": "subnet-1", "RouteTableId": "rtb-1"}
    told.fail("ec2:DescribeRouteTables", "Throttling")
    networks(told, made := Found())
    assert made.of("AWS::EC2::SubnetRouteTableAssociation") == []


def test_blocks_that_are_in_effect() -> None:
    sets = [
        {"CidrBlock": "10.0.0.0/16", "AssociationId": "a", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.1.0.0/16", "AssociationId": "b", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.2.0.0/16", "AssociationId": "c", "CidrBlockState": {"State": "disassociated"}},
    ]
    six = [{"Ipv6CidrBlock": "2001:db8::/56", "AssociationId": "d", "Ipv6CidrBlockState": {"State": "associated"}}]
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "CidrBlockAssociationSet": sets}
    subnet = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "Ipv6CidrBlockAssociationSet": six}
    made = read(DescribeVpcs=[{**vpc, "Ipv6CidrBlockAssociationSet": six}], DescribeSubnets=[subnet])
    blocks = [one["properties"] for one in made.of("AWS::EC2::VPCCidrBlock")]
    assert blocks == [
        {"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16"},
        {"VpcId": "vpc-1", "Ipv6CidrBlock": "2001:db8::/56"},
    ]
    assert made.of("AWS::EC2::Subnet")[0]["properties"]["Ipv6CidrBlock"] == "2001:db8::/56"


def test_rules_for_other_accounts_and_prefix_lists() -> None:
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "222233334444"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    group = {"GroupId": "sg-1", "IpPermissions": [], "IpPermissionsEgress": [permission]}
    (one,) = read(DescribeSecurityGroups=[group]).of("AWS::EC2::SecurityGroup")
    common = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    assert one["properties"]["SecurityGroupIngress"] == []
    assert one["properties"]["SecurityGroupEgress"] == [
        {**common, "DestinationPrefixListId": "pl-1"},
        {**common, "DestinationSecurityGroupId": "sg-2"},
    ]


def test_gateways_that_are_gone_are_left_out() -> None:
    made = read(
        DescribeNatGateways=[{"NatGatewayId": f"nat-{state}", "State": state} for state in ("available", "deleted")],
        DescribeVpcPeeringConnections=[
            {"VpcPeeringConnectionId": f"pcx-{code}", "Status": {"Code": code}} for code in ("active", "rejected")
        ],
        DescribeVpcEndpoints=[
            {"VpcEndpointId": f"vpce-{state}", "State": state} for state in ("Available", "Deleting")
        ],
        DescribeInternetGateways=[{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "v", "State": "detached"}]}],
    )
    assert [one["id"] for one in made.resources()] == ["igw-1", "nat-available", "vpce-Available", "pcx-active"]
