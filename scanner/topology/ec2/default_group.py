"""The default security group of a VPC, which holds where no group is named.

"If you don't specify a security group, the default security group for the VPC is used" (CreateLoadBalancer, Elastic
Load Balancing API Reference; AwsVpcConfiguration, Amazon ECS API Reference; RunInstances, Amazon EC2 API Reference).
"""

from __future__ import annotations

from typing import Any

from scanner.model import ACCOUNT, Fact, Reference, ResourceGraph
from scanner.topology.ec2.security_group import TYPE as GROUP
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.lookup import elements, text

VPC = "AWS::EC2::VPC"
NAME = "default"
"""Its name, which no other group of a VPC may have."""


def default_group(graph: ResourceGraph, subnets: Fact[Any]) -> Fact[Any] | None:
    """What names the default security group of the VPC of some subnets, where an account has it."""
    for element in elements(subnets):
        subnet = graph.named_by(element, SUBNET)
        vpc = graph.named_by(subnet.get("VpcId"), VPC) if subnet is not None else None
        if vpc is None or vpc.source != ACCOUNT:
            continue
        stated = vpc.attributes.get("DefaultSecurityGroup")
        if stated is not None and graph.named_by(stated, GROUP) is not None:
            return stated
        for group in graph.declared(GROUP, naming=vpc):
            owner = graph.named_by(group.get("VpcId"), VPC)
            if owner is not None and owner.address == vpc.address and text(group.get("GroupName")) == NAME:
                return Fact(Reference(group.address, "GroupId"), group.get("GroupName").at)
    return None
