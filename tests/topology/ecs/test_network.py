from __future__ import annotations

from typing import Any

from scanner.model import Reference
from tests.topology.graphs import BRIDGE, FARGATE, binding, graph

VPC = [Reference("t.yaml#Vpc")]


def values(fact: Any) -> list[Any]:
    return [item.value for item in fact.value.items]


def test_both_ends_are_in_one_vpc() -> None:
    for base in (BRIDGE, FARGATE):
        found = binding(graph(base))
        assert values(found.balancer_vpcs()) == values(found.group_vpcs()) == values(found.host_vpcs()) == VPC


def test_each_end_keeps_what_it_surely_is() -> None:
    other = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}
    found = binding(graph(BRIDGE, {"Other": other, "SubnetB.Properties.VpcId": {"Ref": "Other"}}))
    both = [*VPC, Reference("t.yaml#Other")]
    assert (values(found.balancer_vpcs()), values(found.group_vpcs()), values(found.host_vpcs())) == (both, VPC, both)


def test_what_is_not_in_the_scan_leaves_its_end_open() -> None:
    found = binding(graph(BRIDGE, {"Instances": None}))
    assert found.host_vpcs().value.rest is not None
    found = binding(
        graph(
            BRIDGE,
            {
                "TargetGroup": None,
                "Service.Properties.LoadBalancers.0.TargetGroupArn": "arn:x",
                "Listener.Properties.DefaultActions": [],
            },
        )
    )
    assert found.group_vpcs().value.rest is not None
    assert found.balancer_vpcs().value.rest is not None
