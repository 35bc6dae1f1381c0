"""A small account for tests: a VPC, a load balancer with a listener, a cluster with instances, as a snapshot."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
BALANCER = f"{ELB}:loadbalancer/app/shop/50dc6c495c0c9188"
LISTENER = f"{ELB}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2"
OTHER_GROUP = f"{ELB}:targetgroup/other/6d0ecf831eec9f09"
CLUSTER = f"{ECS}:cluster/shop"

Resources = dict[str, dict[str, Any]]
ANYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def _network() -> Resources:
    group = {"GroupDescription": "-", "VpcId": "vpc-0a", "SecurityGroupEgress": [ANYWHERE]}
    admits = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "SourceSecurityGroupId": "sg-0a1b"}
    dynamic = {"IpProtocol": "tcp", "FromPort": 32768, "ToPort": 65535, "SourceSecurityGroupId": "sg-0a1b"}
    entry = {"NetworkAclId": "acl-0a", "RuleNumber": 100, "Protocol": -1, "CidrBlock": "0.0.0.0/0"}
    return {
        "vpc-0a": {
            "type": "AWS::EC2::VPC",
            "properties": {"CidrBlock": "10.0.0.0/16"},
            "attributes": {"VpcId": "vpc-0a", "DefaultNetworkAcl": "acl-0a", "DefaultSecurityGroup": "sg-0def"},
        },
        "subnet-0a": _subnet("10.0.0.0/24", "a"),
        "subnet-0b": _subnet("10.0.1.0/24", "b"),
        "acl-0a": {
            "type": "AWS::EC2::NetworkAcl",
            "properties": {"VpcId": "vpc-0a"},
            "attributes": {"Id": "acl-0a"},
        },
        "acl-0a|100|ingress": {
            "type": "AWS::EC2::NetworkAclEntry",
            "properties": {**entry, "RuleAction": "allow", "Egress": False},
        },
        "acl-0a|100|egress": {
            "type": "AWS::EC2::NetworkAclEntry",
            "properties": {**entry, "RuleAction": "allow", "Egress": True},
        },
        "aclassoc-0a": _association("subnet-0a"),
        "aclassoc-0b": _association("subnet-0b"),
        "sg-0a1b": {
            "type": "AWS::EC2::SecurityGroup",
            "properties": {**group, "GroupName": "balancer", "SecurityGroupIngress": [ANYWHERE]},
            "attributes": {"GroupId": "sg-0a1b", "VpcId": "vpc-0a"},
        },
        "sg-0task": {
            "type": "AWS::EC2::SecurityGroup",
            "properties": {**group, "GroupName": "tasks", "SecurityGroupIngress": [admits]},
            "attributes": {"GroupId": "sg-0task", "VpcId": "vpc-0a"},
        },
        "sg-0host": {
            "type": "AWS::EC2::SecurityGroup",
            "properties": {**group, "GroupName": "hosts", "SecurityGroupIngress": [dynamic]},
            "attributes": {"GroupId": "sg-0host", "VpcId": "vpc-0a"},
        },
    }


def _subnet(block: str, zone: str) -> dict[str, Any]:
    properties = {"VpcId": "vpc-0a", "CidrBlock": block, "AvailabilityZone": f"{REGION}{zone}"}
    return {"type": "AWS::EC2::Subnet", "properties": properties}


def _association(subnet: str) -> dict[str, Any]:
    return {
        "type": "AWS::EC2::SubnetNetworkAclAssociation",
        "properties": {"SubnetId": subnet, "NetworkAclId": "acl-0a"},
    }


def _shop() -> Resources:
    return {
        BALANCER: {
            "type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "arn": BALANCER,
            "properties": {
                "Name": "shop",
                "Type": "application",
                "Scheme": "internal",
                "IpAddressType": "ipv4",
                "Subnets": ["subnet-0a", "subnet-0b"],
                "SecurityGroups": ["sg-0a1b"],
                "LoadBalancerAttributes": [],
            },
        },
        LISTENER: {
            "type": "AWS::ElasticLoadBalancingV2::Listener",
            "arn": LISTENER,
            "properties": {
                "LoadBalancerArn": BALANCER,
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
            },
        },
        "shop": {
            "type": "AWS::ECS::Cluster",
            "arn": CLUSTER,
            "properties": {"ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]},
        },
        "lt-0a": {
            "type": "AWS::EC2::LaunchTemplate",
            "properties": {
                "LaunchTemplateName": "shop",
                "LaunchTemplateData": {"SecurityGroupIds": ["sg-0host"], "UserData": "ECS_CLUSTER=shop"},
            },
        },
        "shop-hosts": {
            "type": "AWS::AutoScaling::AutoScalingGroup",
            "properties": {
                "LaunchTemplate": {"LaunchTemplateId": "lt-0a", "Version": "1"},
                "VPCZoneIdentifier": ["subnet-0a", "subnet-0b"],
            },
        },
    }


def resources() -> Resources:
    """The resources of the account by id, to change as a test needs them."""
    return copy.deepcopy({**_network(), **_shop()})


def snapshot(
    changed: Callable[[Resources], object] | None = None,
    *,
    unreadable: Mapping[str, str] | Iterable[str] = (),
    account: str = ACCOUNT,
    region: str = REGION,
    partly: bool = False,
) -> dict[str, Any]:
    """A snapshot of the account, after a change to its resources, with calls that were denied.

    As a collector does, it leaves out what only a denied call gives (``DENIED``); ``partly``, every second of it, as
    of a call that was cut off.
    """
    known = resources()
    if changed is not None:
        changed(known)
    denied = dict(unreadable) if isinstance(unreadable, Mapping) else dict.fromkeys(unreadable, "AccessDenied")
    for api in denied:
        types, properties = DENIED[api]
        given = [id for id, one in known.items() if one["type"] in types]
        known = {id: one for id, one in known.items() if id not in (given[::2] if partly else given)}
        for one in list(known.values())[:: 2 if partly else 1]:
            for name in properties:
                one.get("properties", {}).pop(name, None)
    return {
        "format": "clearway-snapshot/1",
        "taken_at": "2026-01-31T03:00:00Z",
        "accounts": [
            {
                "account": account,
                "region": region,
                "resources": [{"type": one["type"], "id": id, **one} for id, one in known.items()],
                "unreadable": [{"api": api, "error": error} for api, error in denied.items()],
            }
        ],
    }


def text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2)


_EC2, _ELB = "AWS::EC2::", "AWS::ElasticLoadBalancingV2::"
DENIED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "autoscaling:DescribeAutoScalingGroups": (("AWS::AutoScaling::AutoScalingGroup",), ()),
    "autoscaling:DescribeLaunchConfigurations": (("AWS::AutoScaling::LaunchConfiguration",), ()),
    "cloudwatch:DescribeAlarms": (("AWS::CloudWatch::Alarm",), ()),
    "ec2:DescribeInstances": ((f"{_EC2}Instance",), ()),
    "ec2:DescribeLaunchTemplateVersions": ((), ("LaunchTemplateData",)),
    "ec2:DescribeLaunchTemplates": ((f"{_EC2}LaunchTemplate",), ()),
    "ec2:DescribeNetworkAcls": (
        (f"{_EC2}NetworkAcl", f"{_EC2}NetworkAclEntry", f"{_EC2}SubnetNetworkAclAssociation"),
        (),
    ),
    "ec2:DescribeSecurityGroups": ((f"{_EC2}SecurityGroup",), ()),
    "ec2:DescribeSubnets": ((f"{_EC2}Subnet",), ()),
    "ec2:DescribeVpcs": ((f"{_EC2}VPC", f"{_EC2}VPCCidrBlock"), ()),
    "ecs:DescribeCapacityProviders": (("AWS::ECS::CapacityProvider",), ()),
    "ecs:DescribeClusters": (("AWS::ECS::Cluster",), ()),
    "ecs:ListClusters": (("AWS::ECS::Cluster",), ()),
    "ecs:DescribeTaskDefinition": (("AWS::ECS::TaskDefinition",), ()),
    "elasticloadbalancing:DescribeListeners": ((f"{_ELB}Listener",), ()),
    "elasticloadbalancing:DescribeLoadBalancerAttributes": ((), ("LoadBalancerAttributes",)),
    "elasticloadbalancing:DescribeLoadBalancers": ((f"{_ELB}LoadBalancer",), ()),
    "elasticloadbalancing:DescribeRules": ((f"{_ELB}ListenerRule",), ()),
    "elasticloadbalancing:DescribeTargetGroupAttributes": ((), ("TargetGroupAttributes",)),
    "elasticloadbalancing:DescribeTargetGroups": ((f"{_ELB}TargetGroup",), ()),
    "cloudformation:ListExports": (("AWS::CloudFormation::Export",), ()),
    "ssm:GetParameters": (("AWS::SSM::Parameter",), ()),
}
"""What a snapshot does not hold when a call is denied: types of resources, and properties."""
