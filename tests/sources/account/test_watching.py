"""Metrics over a window, log groups in use, events of AWS Health."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from scanner.sources.account.found import Found
from scanner.sources.account.watching import health, logs, metrics
from tests.sources.account.answers import Answers

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 1, 31, 3, 4, 30, tzinfo=UTC)
CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"
METRICS = "cloudwatch:GetMetricData"


def found(balancer: str = "app/shop/2") -> Found:
    made = Found()
    made.make("AWS::ECS::Cluster", "shop", {}, arn=CLUSTER)
    made.make("AWS::ECS::Service", "web", {"ServiceName": "web", "Cluster": CLUSTER})
    attributes = {"LoadBalancerArns": [f"{BALANCER}{balancer}"]}
    made.make("AWS::ElasticLoadBalancingV2::TargetGroup", GROUP, {}, attributes=attributes)
    return made


def page(*values: tuple[str, list[float]]) -> dict[str, Any]:
    times = [NOW - datetime.timedelta(minutes=5 * number) for number in (3, 2, 1)]
    results = [{"Id": id, "Timestamps": times[: len(all)], "Values": all} for id, all in values]
    return {"MetricDataResults": results}


def test_values_of_all_pages_are_summed_up() -> None:
    made = found()
    told = Answers().of(METRICS, [page(("m1", [20.0, 60.0, 40.0]), ("m0", [0.5])), page(("m1", [80.0]))])
    metrics(told, made, NOW)
    response, cpu, memory = made.observed()["metrics"]
    assert cpu == {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "web"}],
        "Stat": "Average",
        "Period": 300,
        "StartTime": "2026-01-30T03:00:00Z",
        "EndTime": "2026-01-31T03:00:00Z",
        "Datapoints": {
            "Count": 4,
            "Minimum": 20.0,
            "Average": 50.0,
            "Maximum": 80.0,
            "MaximumAt": "2026-01-31T02:49:30Z",
        },
    }
    assert (response["MetricName"], response["Datapoints"]["Maximum"]) == ("TargetResponseTime", 0.5)
    assert response["Dimensions"] == [
        {"Name": "LoadBalancer", "Value": "app/shop/2"},
        {"Name": "TargetGroup", "Value": "targetgroup/web/1"},
    ]
    assert memory["Datapoints"] == {"Count": 0}


def test_network_load_balancers_have_no_response_times() -> None:
    made = found("net/shop/2")
    metrics(Answers(), made, NOW)
    assert {one["MetricName"] for one in made.observed()["metrics"]} == {"CPUUtilization", "MemoryUtilization"}


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_metric_that_could_not_be_read_is_a_failure(status: str) -> None:
    made, told = found(), Answers()
    told.of(METRICS, [{"MetricDataResults": [{"Id": "m0", "StatusCode": status}]}])
    metrics(told, made, NOW)
    assert told.failures() == [{"api": METRICS, "error": status}]
    assert made.observed()["metrics"] == []


def test_nothing_is_asked_where_nothing_runs() -> None:
    told = Answers()
    metrics(told, Found(), NOW)
    assert told.asked == []


def test_log_group_with_its_last_event() -> None:
    made = Found()
    containers = [
        {"LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "web"}}},
        {"LogConfiguration": {"LogDriver": "awslogs", "Options": {}}},
        {"LogConfiguration": {"LogDriver": "fluentd", "Options": {"awslogs-group": "no"}}},
        {},
    ]
    made.make("AWS::ECS::TaskDefinition", "web:1", {"ContainerDefinitions": containers})
    arn = "arn:aws:logs:eu-west-1:111122223333:log-group:"
    logging = {"Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": f"{arn}nightly:*"}}]}
    made.make("AWS::StepFunctions::StateMachine", "nightly", {"LoggingConfiguration": logging})
    names = [{"LogGroupName": name, "Arn": f"{arn}{name}:*"} for name in ("web", "web-2")]
    told = Answers().of("logs:DescribeLogGroups web", {"LogGroups": names})
    told.of("logs:DescribeLogStreams web", {"LogStreams": [{"LastEventTimestamp": 1769828400000}]})
    logs(told, made)
    assert sorted(given["logGroupNamePrefix"] for api, given in told.asked if api.endswith("Groups")) == [
        "nightly",
        "web",
    ]
    (group,) = [one for one in made.resources() if one["type"] == "AWS::Logs::LogGroup"]
    assert (group["id"], group["arn"]) == ("web", f"{arn}web")
    assert group["attributes"]["LastEventTime"] == "2026-01-31T03:00:00Z"


def test_last_event_is_left_out_where_it_is_not_known() -> None:
    made = Found()
    options = {"LogDriver": "awslogs", "Options": {"awslogs-group": "web"}}
    made.make("AWS::ECS::TaskDefinition", "web:1", {"ContainerDefinitions": [{"LogConfiguration": options}]})
    told = Answers().of("logs:DescribeLogGroups", {"LogGroups": [{"LogGroupName": "web", "Arn": "a:*"}]})
    logs(told.of("logs:DescribeLogStreams", Exception("AccessDenied")), made)
    (group,) = [one for one in made.resources() if one["type"] == "AWS::Logs::LogGroup"]
    assert "LastEventTime" not in group["attributes"]


def test_health_without_a_support_plan() -> None:
    made, told = Found(), Answers().of("health:DescribeEvents", Exception("SubscriptionRequiredException"))
    health(told, made)
    assert told.failures() == [{"api": "health:DescribeEvents", "error": "SubscriptionRequiredException"}]
    assert made.observed()["health_events"] == []
