from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.model import ResourceGraph, Unknown
from scanner.sources.snapshot import Accounts, Context, read_snapshot
from scanner.topology.ecs.hosts import hosts_of
from scanner.topology.ecs.service import Service
from tests import accounts

INSTANCE = "i-0a"
Snapshot = dict[str, Any]


def cluster(change: Callable[[Snapshot], object] = lambda one: None, **unreadable: Any) -> ResourceGraph:
    """A cluster with one registered instance, that no user data joins, and a service on it in bridge mode."""
    snapshot = accounts.snapshot(**unreadable)
    (one,) = snapshot["accounts"]
    one["resources"] = [known for known in one["resources"] if "Launch" not in known["type"]]
    one["resources"] = [known for known in one["resources"] if "AutoScaling" not in known["type"]]
    one["resources"] += [
        {
            "type": "AWS::EC2::Instance",
            "id": INSTANCE,
            "properties": {"SubnetId": "subnet-0a", "SecurityGroupIds": ["sg-0host"]},
            "tags": [{"Key": "aws:autoscaling:groupName", "Value": "shop-hosts"}],
        },
        {
            "type": "AWS::ECS::TaskDefinition",
            "id": f"{accounts.ECS}:task-definition/web:1",
            "properties": {"NetworkMode": "bridge", "ContainerDefinitions": []},
        },
        {
            "type": "AWS::ECS::Service",
            "id": f"{accounts.ECS}:service/shop/web",
            "properties": {"Cluster": "shop", "TaskDefinition": "web:1", "LaunchType": "EC2"},
        },
    ]
    item = {
        "containerInstanceArn": f"{accounts.ECS}:container-instance/shop/1",
        "clusterArn": accounts.CLUSTER,
        "ec2InstanceId": INSTANCE,
        "status": "ACTIVE",
        "agentConnected": True,
    }
    one["observed"] = {"container_instances": [item]}
    change(one)
    known = Accounts(read_snapshot(accounts.text(snapshot), "s.json"))
    return ResourceGraph(known.modules, context=Context(known))


def hosts(graph: ResourceGraph) -> tuple[list[str], Unknown | None]:
    (service,) = graph.declared("AWS::ECS::Service")
    found = hosts_of(Service(graph, service))
    return [one.label for one in found], found.rest


def group(one: Snapshot) -> None:
    template = {"LaunchTemplateData": {"SecurityGroupIds": ["sg-0host"]}}
    launch = {"LaunchTemplateId": "lt-0a", "Version": "1"}
    one["resources"] += [
        {"type": "AWS::EC2::LaunchTemplate", "id": "lt-0a", "properties": template},
        {
            "type": "AWS::AutoScaling::AutoScalingGroup",
            "id": "shop-hosts",
            "properties": {"LaunchTemplate": launch, "VPCZoneIdentifier": ["subnet-0a"]},
        },
    ]


def test_an_instance_that_is_registered_bears_the_tasks() -> None:
    graph = cluster()
    assert hosts(graph) == ([INSTANCE], None)
    (service,) = graph.declared("AWS::ECS::Service")
    (found,) = hosts_of(Service(graph, service))
    assert [group.resource.id for group in found.security_groups()] == ["sg-0host"]


def test_the_group_that_has_launched_it_stands_for_it() -> None:
    assert hosts(cluster(group)) == (["shop-hosts"], None)


def test_an_instance_that_is_not_known_leaves_open_where_tasks_are() -> None:
    def gone(one: Snapshot) -> None:
        one["resources"] = [known for known in one["resources"] if known["id"] != INSTANCE]

    found, rest = hosts(cluster(gone))
    assert found == []
    assert rest is not None
    assert INSTANCE in rest.reason


def test_an_external_instance_has_no_place_on_the_network() -> None:
    def external(one: Snapshot) -> None:
        del one["observed"]["container_instances"][0]["ec2InstanceId"]

    found, rest = hosts(cluster(external))
    assert found == []
    assert rest is not None


def test_calls_that_failed_leave_open_where_tasks_are() -> None:
    def denied(one: Snapshot) -> None:
        one["unreadable"] = [{"api": "ecs:DescribeContainerInstances", "error": "AccessDenied"}]

    found, rest = hosts(cluster(denied))
    assert found == [INSTANCE]
    assert rest is not None
    assert "ecs:DescribeContainerInstances failed" in rest.reason


def test_without_a_group_the_default_one_of_the_vpc_holds() -> None:
    def bare(one: Snapshot) -> None:
        for known in one["resources"]:
            if known["id"] == INSTANCE:
                del known["properties"]["SecurityGroupIds"]
        one["resources"].append(
            {
                "type": "AWS::EC2::SecurityGroup",
                "id": "sg-0def",
                "properties": {"GroupName": "default", "VpcId": "vpc-0a"},
            }
        )

    def unnamed(one: Snapshot) -> None:
        bare(one)
        for known in one["resources"]:
            if known["type"] == "AWS::EC2::VPC":
                del known["attributes"]["DefaultSecurityGroup"]

    for change in (bare, unnamed):
        graph = cluster(change)
        (service,) = graph.declared("AWS::ECS::Service")
        (found,) = hosts_of(Service(graph, service))
        assert [group.resource.id for group in found.security_groups()] == ["sg-0def"]
        assert found.security_groups().rest is None


def test_where_the_default_group_was_not_seen_its_rules_are_not_known() -> None:
    def bare(one: Snapshot) -> None:
        for known in one["resources"]:
            known["properties"].pop("SecurityGroupIds", None)

    graph = cluster(bare)
    (service,) = graph.declared("AWS::ECS::Service")
    (found,) = hosts_of(Service(graph, service))
    assert list(found.security_groups()) == []
    assert found.security_groups().rest is not None
