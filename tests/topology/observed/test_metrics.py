from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import ABSENT, Unknown
from scanner.topology.ecs.service import Service
from scanner.topology.elbv2.target_group import TargetGroup
from tests.topology.graphs import BRIDGE, find, graph
from tests.topology.observed.live import denied, web, web_group

CPU = "observed.metrics.0"
NOW = datetime(2026, 1, 31, 3, tzinfo=timezone.utc)


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def above(change: dict[str, Any], *, hours: float = 24, limit: float = 90) -> Any:
    return web(change).was_above(metric="CPUUtilization", hours=hours, limit=limit).value


def test_a_metric_of_a_service_by_its_names() -> None:
    assert web().highest(metric="CPUUtilization").value == 61.5
    assert web().highest(metric="MemoryUtilization").value == 48.0
    for dimension in (0, 1):
        value = web({f"{CPU}.Dimensions.{dimension}.Value": "other"}).highest(metric="CPUUtilization").value
        assert isinstance(value, Unknown)
        assert "CPUUtilization of web is not known" in value.reason


def test_the_statistic_matters() -> None:
    assert isinstance(above({f"{CPU}.Stat": "Maximum"}), Unknown)


@pytest.mark.parametrize(
    ("top", "limit", "expected"), [(90, 90, False), (90.01, 90, True), (0, 0, False), (61.5, 61, True)]
)
def test_above_is_more_than_the_limit(top: float, limit: float, expected: bool) -> None:
    assert above({f"{CPU}.Datapoints.Maximum": top}, limit=limit) is expected


def test_no_value_is_not_above_anything() -> None:
    change = {f"{CPU}.Datapoints": {"Count": 0}}
    assert above(change) is False
    assert web(change).highest(metric="CPUUtilization").value is ABSENT


@given(
    top=st.floats(0, 200),
    limit=st.integers(0, 200),
    begins=st.integers(1, 100),
    when=st.floats(0, 1),
    hours=st.integers(1, 100),
)
def test_true_and_false_are_proven(top: float, limit: int, begins: int, when: float, hours: int) -> None:
    at = begins * when
    change = {f"{CPU}.StartTime": ago(begins), f"{CPU}.Datapoints.Maximum": top, f"{CPU}.Datapoints.MaximumAt": ago(at)}
    found = above(change, hours=hours, limit=limit)
    if found is True:
        assert top > limit
        assert at <= hours + 1 / 3600
    elif found is False:
        assert top <= limit
        assert begins >= hours
    else:
        assert isinstance(found, Unknown)
        assert (at > hours - 1 / 3600) if top > limit else begins < hours


def test_a_peak_without_time_is_one_of_the_window_alone() -> None:
    change = {f"{CPU}.Datapoints": {"Count": 288, "Maximum": 99}}
    assert above(change, hours=24) is True
    assert isinstance(above(change, hours=12), Unknown)


def test_values_that_end_too_early() -> None:
    assert above({f"{CPU}.EndTime": ago(0.2)}) is False
    found = above({f"{CPU}.EndTime": ago(2)})
    assert isinstance(found, Unknown)
    assert "do not cover the last 24 hours" in found.reason


def test_the_latest_values_count() -> None:
    names = {"ClusterName": "shop", "ServiceName": "web", "TaskSetId": "1"}
    earlier = {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
        "Stat": "Average",
        "Period": 300,
        "StartTime": ago(48),
        "EndTime": ago(24),
        "Datapoints": {"Count": 288, "Maximum": 99},
    }
    assert above({"observed.metrics.6": earlier}) is False
    assert above({"observed.metrics.6": {**earlier, "StartTime": ago(24), "EndTime": ago(-1)}}) is True


def test_a_day_that_is_none() -> None:
    assert isinstance(above({f"{CPU}.StartTime": "2026-02-30T03:00:00Z"}), Unknown)


def test_a_call_that_failed() -> None:
    found = above({"observed.metrics": None, **denied("cloudwatch:GetMetricData")})
    assert isinstance(found, Unknown)
    assert "cloudwatch:GetMetricData failed" in found.reason
    assert above(denied("cloudwatch:GetMetricData")) is False  # what is there was read


def test_a_template_tells_no_metrics() -> None:
    found = find(Service, graph(BRIDGE), "Service").highest(metric="CPUUtilization").value
    assert isinstance(found, Unknown)


# --- responses


@pytest.mark.parametrize(("slowest", "expected"), [(1.75, True), (4.999, True), (5, False), (7.5, False)])
def test_responses_in_time(slowest: float, expected: bool) -> None:
    group = web_group({"observed.metrics.4.Datapoints.Maximum": slowest})
    assert group.answers_in_time(hours=24).value is expected
    assert group.slowest_response().value == slowest


def test_responses_behind_a_network_load_balancer_are_not_measured() -> None:
    group = web_group({"targetgroup/web/6d0ecf831eec9f09.properties.Protocol": "TCP"})
    assert group.answers_in_time(hours=24).value is ABSENT
    assert group.slowest_response().value is ABSENT


def test_responses_of_another_group() -> None:
    group = web_group({"observed.metrics.4.Dimensions.1.Value": "targetgroup/web/other"})
    assert isinstance(group.answers_in_time(hours=24).value, Unknown)
    assert isinstance(find(TargetGroup, graph(BRIDGE), "TargetGroup").answers_in_time(hours=24).value, Unknown)
