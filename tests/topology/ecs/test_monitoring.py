from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.ecs.monitoring import container_insights, watched_metrics
from tests.topology.graphs import FARGATE, graph, service

UNKNOWN = {"Parameters.P": {"Type": "String"}}
CLUSTER = {"Name": "ClusterName", "Value": {"Ref": "Cluster"}}
SERVICE = {"Name": "ServiceName", "Value": {"Fn::GetAtt": ["Service", "Name"]}}


def metric(**properties: Any) -> dict[str, Any]:
    return {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": [CLUSTER, SERVICE], **properties}


def alarm(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def query(*text: Any) -> dict[str, Any]:
    """An alarm on a Metrics Insights query, of which the parts that are no texts are not known before deployment."""
    return alarm(Metrics=[{"Id": "q", "Period": 60, "Expression": {"Fn::Join": ["", [*text]]}}])


def policy(**tracking: Any) -> dict[str, Any]:
    properties = {
        "ResourceId": {"Fn::Sub": "service/${Cluster}/${Service.Name}"},
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 75, **tracking},
    }
    return {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": properties}


def predefined(name: Any) -> dict[str, Any]:
    return {"PredefinedMetricSpecification": {"PredefinedMetricType": name}}


SELECT = 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/ECS", ClusterName, ServiceName)'
OWN = {"Ref": "Cluster"}, {"Fn::GetAtt": ["Service", "Name"]}
MATH = [{"Id": "m", "ReturnData": False, "MetricStat": {"Metric": metric()}}, {"Id": "e", "Expression": "m * 2"}]

CPU, NOTHING, PERHAPS = (["CPUUtilization"], False), ([], False), ([], True)


@pytest.mark.parametrize(
    ("watcher", "expected"),
    [
        (alarm(**metric()), CPU),
        (alarm(Metrics=[{"Id": "m", "MetricStat": {"Metric": metric()}}, {"Id": "e", "Expression": "m * 2"}]), CPU),
        (alarm(**metric(Dimensions=[SERVICE])), NOTHING),
        (alarm(**metric(Dimensions=[CLUSTER])), NOTHING),
        (alarm(**metric(Dimensions=[CLUSTER, {**SERVICE, "Value": "other"}])), NOTHING),
        (alarm(**metric(Dimensions=[CLUSTER, {**SERVICE, "Value": {"Ref": "Service"}}])), NOTHING),
        (alarm(**metric(Dimensions=[CLUSTER, {**SERVICE, "Value": {"Ref": "P"}}])), PERHAPS),
        (alarm(**metric(Dimensions=[CLUSTER, {**SERVICE, "Name": {"Ref": "P"}}])), PERHAPS),
        (alarm(**metric(Dimensions=[{**CLUSTER, "Value": {"Ref": "P"}}, SERVICE])), PERHAPS),
        (alarm(**metric(Namespace="AWS/EC2")), NOTHING),
        (alarm(**metric(Namespace={"Ref": "P"})), PERHAPS),
        (alarm(), NOTHING),
        (policy(**predefined("ECSServiceAverageCPUUtilization")), CPU),
        (policy(**predefined("ALBRequestCountPerTarget")), NOTHING),
        (policy(**predefined({"Ref": "P"})), PERHAPS),
        (policy(CustomizedMetricSpecification=metric()), CPU),
        (policy(CustomizedMetricSpecification=metric(Namespace="Own")), NOTHING),
        (policy(CustomizedMetricSpecification={"Metrics": MATH}), CPU),
        (policy(CustomizedMetricSpecification={"Metrics": [{**MATH[0], "MetricStat": {"Ref": "P"}}]}), PERHAPS),
        ({"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": {"PolicyType": "StepScaling"}}, NOTHING),
        (query(SELECT), CPU),
        (query(SELECT, " WHERE ClusterName = '", OWN[0], "'"), CPU),
        (query(SELECT, " WHERE ClusterName = '", OWN[0], "' AND ServiceName = '", OWN[1], "'"), CPU),
        (query(SELECT, " WHERE ClusterName != '", OWN[0], "'"), NOTHING),
        (query(SELECT, " WHERE ClusterName = 'other'"), NOTHING),
        (query(SELECT, " WHERE ClusterName = '", {"Ref": "P"}, "'"), PERHAPS),
        (query(SELECT, " WHERE tag.team = 'shop'"), PERHAPS),
        (query(SELECT, " ", {"Ref": "P"}), PERHAPS),
        (query({"Ref": "P"}), PERHAPS),
        (query(SELECT.replace("MAX", "AVG")), PERHAPS),
        (query(SELECT.replace("MAX", "AVG"), " GROUP BY ServiceName, ClusterName"), CPU),
        (query(SELECT.replace("MAX", "AVG"), " WHERE ClusterName = '", OWN[0], "' GROUP BY ServiceName"), CPU),
        (query(SELECT, " GROUP BY ServiceName ORDER BY MAX() DESC LIMIT 1"), CPU),
        (query(SELECT, " GROUP BY ServiceName ORDER BY MAX() ASC LIMIT 1"), PERHAPS),
        (query(SELECT.replace("AWS/ECS", "AWS/EC2")), NOTHING),
        (query('SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/ECS", ClusterName)'), NOTHING),
        (query('select max(CPUUtilization) from "AWS/ECS"'), CPU),
        (query("SUM(METRICS())"), NOTHING),
    ],
)
def test_what_watches_a_metric(watcher: dict[str, Any], expected: tuple[list[str], bool]) -> None:
    found = watched_metrics(service(graph(FARGATE, {**UNKNOWN, "Watcher": watcher}))).value
    assert ([item.value for item in found.items], found.rest is not None) == expected


def test_an_alarm_may_be_elsewhere_where_the_service_leaves_the_scan() -> None:
    change = {"Outputs.Name": {"Value": {"Fn::GetAtt": ["Service", "Name"]}}}
    rest = watched_metrics(service(graph(FARGATE, change))).value.rest
    assert "output Name" in rest.reason
    assert watched_metrics(service(graph(FARGATE, change, closed=True))).value.rest is None


NAMED = {"Service.Properties.ServiceName": "web", "Cluster.Properties": {}}


@pytest.mark.parametrize(
    ("change", "nameable"),
    [
        ({}, False),
        ({"Cluster.Properties.ClusterName": "shop"}, True),
        ({"Outputs.Cluster": {"Value": {"Ref": "Cluster"}}}, True),
        ({"Service.Properties.Cluster": "shop"}, True),
        ({"Service.Properties.Cluster": {"Ref": "P"}}, True),
        ({"Service.Properties.Cluster": None}, True),
    ],
)
def test_a_service_by_a_name_of_its_own_is_within_reach_if_its_cluster_is(
    change: dict[str, Any], nameable: bool
) -> None:
    rest = watched_metrics(service(graph(FARGATE, {**UNKNOWN, **NAMED, **change}))).value.rest
    assert (rest is not None) is nameable
    assert watched_metrics(service(graph(FARGATE, {**UNKNOWN, **NAMED, **change}, closed=True))).value.rest is None


def test_a_metric_that_a_query_leaves_open_is_not_known() -> None:
    change = {**UNKNOWN, "Watcher": query('SELECT MAX("', {"Ref": "P"}, '") FROM "AWS/ECS"')}
    [found] = watched_metrics(service(graph(FARGATE, change))).value.items
    assert isinstance(found.value, Unknown)


def test_an_alarm_that_is_not_created_watches_nothing() -> None:
    change = {
        "Watcher": alarm(**metric()),
        "Conditions.Never": {"Fn::Equals": ["a", "b"]},
        "Watcher.Condition": "Never",
    }
    assert watched_metrics(service(graph(FARGATE, change))).value.items == ()


SETTINGS = "Cluster.Properties.ClusterSettings"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "enabled"),
        ({SETTINGS: [{"Name": "containerInsights", "Value": "enhanced"}]}, "enhanced"),
        ({SETTINGS: []}, "the default"),
        ({SETTINGS: None}, "the default"),
        ({SETTINGS: [{"Name": {"Ref": "P"}, "Value": "enabled"}]}, None),
        ({SETTINGS: {"Ref": "P"}}, None),
        ({"Service.Properties.Cluster": {"Ref": "P"}}, None),
        ({"Service.Properties.Cluster": "shop"}, None),
        ({"Service.Properties.Cluster": None}, None),
    ],
)
def test_container_insights(change: dict[str, Any], expected: str | None) -> None:
    found = container_insights(service(graph(FARGATE, {**UNKNOWN, **change})), "the default").value
    assert isinstance(found, Unknown) if expected is None else found == expected
