from __future__ import annotations

import pytest

from scanner.model.identity import names_itself


@pytest.mark.parametrize(
    ("type", "attribute", "itself"),
    [
        ("AWS::EC2::SecurityGroup", "Ref", True),
        ("AWS::EC2::SecurityGroup", "GroupId", True),
        ("AWS::EC2::SecurityGroup", "VpcId", False),
        ("AWS::IAM::Role", "Arn", True),
        ("AWS::IAM::Role", "GroupId", False),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups", False),
        ("AWS::AutoScaling::LaunchConfiguration", "Arn", False),
        ("Custom::Anything", "Ref", True),
        ("Custom::Anything", "Arn", True),
        ("Custom::Anything", "Outputs.Url", False),
    ],
)
def test_attributes_that_name_the_resource(type: str, attribute: str, itself: bool) -> None:
    assert names_itself(type, attribute) is itself
