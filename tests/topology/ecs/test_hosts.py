from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.addresses import AddressSet
from scanner.model import Unknown
from tests.topology.graphs import BRIDGE, FARGATE, binding, graph, hosts, ids

AWSVPC = "Service.Properties.NetworkConfiguration.AwsvpcConfiguration"
DATA = "LaunchTemplate.Properties.LaunchTemplateData"
PARAMETERS = {"Parameters.P": {"Type": "String"}}


def test_awsvpc_tasks_have_the_groups_and_subnets_of_the_service() -> None:
    found = hosts(graph(FARGATE))
    assert found.label == "the tasks of Service"
    assert ids(found.security_groups()) == ["TaskGroup"]
    assert ids(found.subnets()) == ["SubnetA", "SubnetB"]
    assert ids(found.ingress()) == ["TaskGroup"]


def test_other_tasks_have_those_of_the_container_instances() -> None:
    found = hosts(graph(BRIDGE))
    assert found.label == "Instances"
    assert ids(found.security_groups()) == ["HostGroup"]
    assert ids(found.subnets()) == ["SubnetA", "SubnetB"]


@pytest.mark.parametrize("stated", [None, [], [{"Ref": "AWS::NoValue"}]])
def test_without_a_group_the_default_one_holds_and_its_rules_are_not_known(stated: Any) -> None:
    found = hosts(graph(FARGATE, {f"{AWSVPC}.SecurityGroups": stated}))
    assert found.group_ids().value.items == ()
    assert "default security group of the VPC" in found.group_ids().value.rest.reason
    assert found.ingress().rest is not None


@pytest.mark.parametrize(
    "change",
    [
        {
            f"{DATA}.SecurityGroupIds": None,
            f"{DATA}.NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [{"Ref": "HostGroup"}]}],
        },
        {f"{DATA}.SecurityGroupIds": None, f"{DATA}.SecurityGroups": [{"Ref": "HostGroup"}]},
    ],
)
def test_groups_on_a_network_interface_or_by_name(change: dict[str, Any]) -> None:
    assert ids(hosts(graph(BRIDGE, change)).security_groups()) == ["HostGroup"]


def test_a_launch_configuration() -> None:
    launch = {
        "SecurityGroups": [{"Ref": "HostGroup"}],
        "UserData": {"Fn::Base64": {"Fn::Sub": "ECS_CLUSTER=${Cluster}"}},
    }
    change = {
        "LaunchTemplate": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": launch},
        "Instances.Properties": {
            "LaunchConfigurationName": {"Ref": "LaunchTemplate"},
            "VPCZoneIdentifier": [{"Ref": "SubnetA"}],
        },
    }
    found = hosts(graph(BRIDGE, change))
    assert ids(found.security_groups()) == ["HostGroup"]
    assert ids(found.subnets()) == ["SubnetA"]


def test_an_instance() -> None:
    data = {
        "Fn::Base64": {
            "Fn::Join": ["", ["#!/bin/sh\necho ECS_CLUSTER=", {"Ref": "Cluster"}, " >> /etc/ecs/ecs.config"]]
        }
    }
    instance = {"SecurityGroupIds": [{"Ref": "HostGroup"}], "SubnetId": {"Ref": "SubnetB"}, "UserData": data}
    change = {"Instances": {"Type": "AWS::EC2::Instance", "Properties": instance}}
    found = hosts(graph(BRIDGE, change))
    assert ids(found.subnets()) == ["SubnetB"]
    assert ids(found.security_groups()) == ["HostGroup"]


def test_no_instances_in_the_scan_leave_the_place_open() -> None:
    found = binding(graph(BRIDGE, {"Instances": None})).hosts()
    assert found.items == ()
    assert found.rest is not None
    assert "joins cluster ${Cluster}" in found.rest.reason


def test_a_mode_that_is_not_known_leaves_the_place_open() -> None:
    found = binding(graph(BRIDGE, {**PARAMETERS, "TaskDefinition.Properties.NetworkMode": {"Ref": "P"}})).hosts()
    assert found.items == ()
    assert isinstance(found.rest, Unknown)


def test_a_task_without_network_has_no_place() -> None:
    found = binding(graph(BRIDGE, {"TaskDefinition.Properties.NetworkMode": "none"})).hosts()
    assert (found.items, found.rest) == ((), None)


def test_an_end_of_a_flow() -> None:
    end = hosts(graph(FARGATE, {**PARAMETERS, "SubnetB.Properties.CidrBlock": {"Ref": "P"}})).endpoint()
    assert end.addresses == AddressSet.of_cidr("10.0.0.0/24")
    assert [unknown.reason for unknown in end.where] == ["parameter P has no value and no default"]
    assert end.within == AddressSet.of_cidr("10.0.0.0/16")
    assert len(end.groups.items) == 1


def test_a_cluster_that_is_not_known_is_the_reason() -> None:
    found = binding(graph(BRIDGE, {"Service.Properties.Cluster": {"Fn::ImportValue": "cluster"}})).hosts()
    assert found.rest is not None
    assert "as their cluster is not: export cluster" in found.rest.reason
