"""Instances, and the versions of launch templates."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from scanner.sources.account.found import Found
from scanner.sources.account.instances import groups, instances
from tests.sources.account.answers import Answers

VERSIONS = "ec2:DescribeLaunchTemplateVersions"


def group(name: str, **launch: Any) -> dict[str, Any]:
    return {"AutoScalingGroupName": name, "VPCZoneIdentifier": "subnet-a, subnet-b", **launch}


def specification(version: str | None = None, **named: str) -> dict[str, Any]:
    named = named or {"LaunchTemplateId": "lt-1"}
    return {**named, **({"Version": version} if version else {})}


def asked(*made: dict[str, Any], **template: Any) -> list[str]:
    """The versions that are asked for, with groups that use a template of five versions, the second its default."""
    listed = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "hosts", "DefaultVersionNumber": 2}
    told = Answers().of("ec2:DescribeLaunchTemplates", [{**listed, "LatestVersionNumber": 5, **template}])
    told.of("autoscaling:DescribeAutoScalingGroups", list(made)).of(VERSIONS, [{"LaunchTemplateData": {}}])
    groups(told, Found())
    return [version for api, given in told.asked if api == VERSIONS for version in given["Versions"]]


@pytest.mark.parametrize(
    ("used", "version"),
    [
        ([], ["2"]),
        ([group("a", LaunchTemplate=specification("4"))], ["4"]),
        ([group("a", LaunchTemplate=specification("$Latest"))], ["5"]),
        ([group("a", LaunchTemplate=specification())], ["2"]),
        ([group("a", LaunchTemplate=specification("3", LaunchTemplateName="hosts"))], ["3"]),
        ([group("a", LaunchTemplate=specification("$Default")), group("b", LaunchTemplate=specification("2"))], ["2"]),
        ([group("a", LaunchTemplate=specification("3")), group("b", LaunchTemplate=specification("4"))], []),
    ],
)
def test_the_version_that_is_used(used: list[dict[str, Any]], version: list[str]) -> None:
    assert asked(*used) == version


def test_version_in_a_mixed_instances_policy() -> None:
    overrides = [{"InstanceType": "m5.large", "LaunchTemplateSpecification": specification("4")}]
    launch = {"LaunchTemplateSpecification": specification("4"), "Overrides": overrides}
    assert asked(group("a", MixedInstancesPolicy={"LaunchTemplate": launch})) == ["4"]
    overrides[0]["LaunchTemplateSpecification"] = specification("3")
    assert asked(group("a", MixedInstancesPolicy={"LaunchTemplate": launch})) == []


def test_without_the_groups_the_version_is_known_only_where_there_is_one() -> None:
    for latest, count in ((5, 0), (1, 1)):
        listed = {"LaunchTemplateId": "lt-1", "DefaultVersionNumber": 1, "LatestVersionNumber": latest}
        told = Answers().of("ec2:DescribeLaunchTemplates", [listed])
        told.of("autoscaling:DescribeAutoScalingGroups", Exception("AccessDenied"))
        groups(told, Found())
        assert [api for api, _ in told.asked].count(VERSIONS) == count


def test_group_lists_its_subnets() -> None:
    made = Found()
    groups(Answers().of("autoscaling:DescribeAutoScalingGroups", [group("a")]), made)
    assert made.resources()[0]["properties"]["VPCZoneIdentifier"] == ["subnet-a", "subnet-b"]


def test_user_data_is_asked_for_where_it_can_matter() -> None:
    profile = {"IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/team/hosts"}}
    listed = [
        {"InstanceId": "i-alone", **profile},
        {"InstanceId": "i-group", **profile, "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "a"}]},
        {"InstanceId": "i-no-role"},
    ]
    made = Found()
    text = base64.b64encode(b"ECS_CLUSTER=shop\nSECRET=1").decode()
    told = Answers().of("ec2:DescribeInstances", [{"Instances": listed}])
    instances(told.of("ec2:DescribeInstanceAttribute", {"UserData": {"Value": text}}), made)
    assert [given["InstanceId"] for api, given in told.asked if api.endswith("Attribute")] == ["i-alone"]
    properties = {one["id"]: one["properties"] for one in made.resources()}
    assert properties["i-alone"] == {"IamInstanceProfile": "hosts", "UserData": "ECS_CLUSTER=shop"}
    assert properties["i-no-role"] == {}
