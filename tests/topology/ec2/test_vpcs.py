from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Fact, Items, Reference, Unknown
from scanner.topology.ec2.vpcs import OWNER, common, vpc_named, vpcs_of
from scanner.topology.elbv2.load_balancer import LoadBalancer
from tests.topology.graphs import FARGATE, find, graph

VPC = Fact(Reference("t.yaml#Vpc"))
OTHER = Fact(Reference("t.yaml#Other"))
BY_PARAMETER = Fact(Unknown(("parameter", "t.yaml", "VpcId"), ""))
OF_SUBNETS = Fact(Unknown((OWNER, "subnets"), ""))
OF_OTHERS = Fact(Unknown((OWNER, "others"), ""))


def names(change: dict[str, Any]) -> list[Any]:
    of = graph(FARGATE, change)
    balancer = find(LoadBalancer, of, "Balancer")
    return [fact.value for fact in vpcs_of(of, balancer.subnet_ids(), balancer.property("SecurityGroups"))]


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ([[VPC], [VPC]], [[VPC], [VPC]]),
        ([[VPC], [OTHER]], [[VPC], [OTHER]]),
        ([[OF_SUBNETS, BY_PARAMETER], [BY_PARAMETER]], [[BY_PARAMETER], [BY_PARAMETER]]),
        ([[OF_SUBNETS, VPC], [OF_SUBNETS]], [[VPC], [VPC]]),
        ([[OF_SUBNETS], [VPC]], [[OF_SUBNETS], [VPC]]),
        # The third ties the first to the second.
        ([[OF_SUBNETS], [BY_PARAMETER], [OF_SUBNETS, BY_PARAMETER]], [[BY_PARAMETER]] * 3),
        # And over two steps.
        (
            [[OF_SUBNETS], [VPC], [OF_SUBNETS, OF_OTHERS], [OF_OTHERS, VPC]],
            [[VPC]] * 4,
        ),
        # What surely lies in two is not made one.
        ([[VPC, OTHER], [VPC]], [[VPC, OTHER], [VPC]]),
        ([[OF_SUBNETS], [OF_OTHERS]], [[OF_SUBNETS], [OF_OTHERS]]),
    ],
)
def test_common_names(parties: list[list[Fact[Any]]], expected: list[list[Fact[Any]]]) -> None:
    found = common([tuple(party) for party in parties])
    assert [[item.value for item in fact.value.items] for fact in found] == [
        [item.value for item in party] for party in expected
    ]


def test_nothing_tells_the_vpc() -> None:
    [found] = common([()])
    assert found.value.items == ()
    assert found.value.rest is not None


def test_known_subnets_tell_the_vpc() -> None:
    assert names({}) == [Reference("t.yaml#Vpc")]
    assert names({"SubnetA.Properties.VpcId": {"Fn::GetAtt": ["Vpc", "VpcId"]}}) == [Reference("t.yaml#Vpc")]
    assert names({"SubnetA.Properties.VpcId": {"Fn::GetAtt": ["SubnetB", "VpcId"]}}) == [Reference("t.yaml#Vpc")]


def test_where_they_are_not_known_the_security_groups_tell_it() -> None:
    change = {"Parameters.Ids": {"Type": "List<AWS::EC2::Subnet::Id>"}, "Balancer.Properties.Subnets": {"Ref": "Ids"}}
    of_subnets, vpc = names(change)
    assert of_subnets.key == (OWNER, ("parameter", "t.yaml", "Ids"))
    assert vpc == Reference("t.yaml#Vpc")
    picked = {**change, "Balancer.Properties.Subnets": [{"Fn::Select": [1, {"Ref": "Ids"}]}]}
    assert names(picked) == [of_subnets, vpc]


def test_ids_that_are_written_out() -> None:
    of_subnet, vpc = names({"Balancer.Properties.Subnets": ["subnet-1"], "BalancerGroup.Properties.VpcId": "vpc-1"})
    assert "subnet subnet-1 is not defined in the scan" in of_subnet.reason
    assert vpc == "vpc-1"


def test_without_a_vpc_it_is_the_default_one() -> None:
    of = graph(FARGATE)
    assert vpc_named(of, Fact(ABSENT), "TargetGroup").value.key == (OWNER, "default")
    assert isinstance(common([(vpc_named(of, Fact(ABSENT), "TargetGroup"),)])[0].value, Items)
