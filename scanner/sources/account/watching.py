"""CloudWatch, CloudWatch Logs and AWS Health: what was measured, logged and announced."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.ecs import CLUSTER, DEFINITION, SERVICE
from scanner.sources.account.elbv2 import GROUP
from scanner.sources.account.found import Found, strings, time_text
from scanner.sources.account.workflows import MACHINE

LOG_GROUP = "AWS::Logs::LogGroup"
METRICS = "cloudwatch:GetMetricData"

APIS: dict[str, tuple[str, ...]] = {
    METRICS: ("Observed::Metric",),
    "health:DescribeEvents": ("Observed::HealthEvent",),
    "logs:DescribeLogGroups": (LOG_GROUP,),
    "logs:DescribeLogStreams": (LOG_GROUP,),
}
"""The calls, and the types of what they tell of."""

WINDOW = datetime.timedelta(days=1)
"""How far metrics are looked back on: from one night to the next."""
PERIOD = 300
"""Seconds; a day of such periods is 288 values."""
METRICS_A_CALL = 300
"""GetMetricData takes 500 metrics and answers 100,800 values a page (CloudWatch API Reference)."""

Metric = tuple[str, str, tuple[tuple[str, str], ...], str]
"""Namespace, name, dimensions and statistic."""


def metrics(calls: Calls, found: Found, now: datetime.datetime) -> None:
    """The utilisation of services, and the response times of targets behind Application Load Balancers."""
    end = now.replace(second=0, microsecond=0) - datetime.timedelta(minutes=now.minute % 5)
    start = end - WINDOW
    for batch in calls.batches(sorted({*_of_services(found), *_of_groups(found)}), METRICS_A_CALL):
        queries = [_query(f"m{number}", metric) for number, metric in enumerate(batch)]
        asked = {"StartTime": start, "EndTime": end, "MetricDataQueries": queries, "ScanBy": "TimestampAscending"}
        values: dict[str, list[tuple[datetime.datetime, float]]] = {query["Id"]: [] for query in queries}
        for page in calls.pages(METRICS, **asked):
            for result in page.get("MetricDataResults", ()):
                pairs = zip(result.get("Timestamps", ()), result.get("Values", ()), strict=False)
                values.setdefault(result["Id"], []).extend(pairs)
                if result.get("StatusCode") in ("InternalError", "Forbidden"):
                    calls.fail(METRICS, result["StatusCode"])
        if calls.failed(METRICS):
            return
        for query, metric in zip(queries, batch, strict=True):
            found.observe("metrics", [_summed(metric, values[query["Id"]], start, end)])


def logs(calls: Calls, found: Found) -> None:
    """The log groups that task definitions and state machines log to, with the time of their last event. There may be
    hundreds of thousands of others, which nothing here asks about."""

    def look(name: str) -> None:
        # They are answered by name, so that the one of exactly this name is on the first page.
        answer = calls.one("logs:DescribeLogGroups", logGroupNamePrefix=name) or {}
        for item in answer.get("LogGroups", ()):
            if item.get("LogGroupName") == name:
                made = {**item, "Arn": str(item.get("Arn", "")).removesuffix(":*")}
                found.add(LOG_GROUP, {**made, "LastEventTime": _last_event(calls, name)})

    calls.each(look, sorted(_groups_used(found)))


def health(calls: Calls, found: Found) -> None:
    """Events of AWS Health that concern the account; without a support plan that has the API, the call fails."""
    asked = {"regions": [calls.region, "global"], "eventStatusCodes": ["open", "upcoming"]}
    events = calls.items("health:DescribeEvents", "events", raw=True, filter=asked)
    kept = (
        *("arn", "service", "eventTypeCode", "eventTypeCategory", "eventScopeCode", "region", "availabilityZone"),
        *("statusCode", "startTime", "endTime", "lastUpdatedTime"),
    )
    found.observe("health_events", [{name: one[name] for name in kept if one.get(name)} for one in events])


def _of_services(found: Found) -> Iterator[Metric]:
    clusters = {one["arn"]: one["id"] for one in found.of(CLUSTER)}
    for service in found.of(SERVICE):
        cluster = str(service["properties"].get("Cluster", ""))
        names = clusters.get(cluster) or cluster.rpartition("/")[2], service["properties"]["ServiceName"]
        dimensions = tuple(zip(("ClusterName", "ServiceName"), names, strict=True))
        for metric in ("CPUUtilization", "MemoryUtilization"):
            yield "AWS/ECS", metric, dimensions, "Average"


def _of_groups(found: Found) -> Iterator[Metric]:
    for group in found.of(GROUP):
        name = group["id"].rpartition(":")[2]
        for balancer in group.get("attributes", {}).get("LoadBalancerArns", ()):
            full = balancer.partition(":loadbalancer/")[2]
            if full.startswith("app/"):
                dimensions = (("LoadBalancer", full), ("TargetGroup", name))
                yield "AWS/ApplicationELB", "TargetResponseTime", dimensions, "Maximum"


def _query(id: str, metric: Metric) -> dict[str, Any]:
    namespace, name, dimensions, statistic = metric
    return {
        "Id": id,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": _dimensions(dimensions)},
            "Period": PERIOD,
            "Stat": statistic,
        },
    }


def _summed(
    metric: Metric,
    values: list[tuple[datetime.datetime, float]],
    start: datetime.datetime,
    end: datetime.datetime,
) -> dict[str, Any]:
    """A metric with the least, the mean and the greatest of its values."""
    namespace, name, dimensions, statistic = metric
    points: dict[str, Any] = {"Count": len(values)}
    if values:
        numbers = [value for _, value in values]
        when, most = max(values, key=lambda pair: pair[1])
        mean = sum(numbers) / len(numbers)
        points.update(Minimum=min(numbers), Average=mean, Maximum=most, MaximumAt=when)
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": _dimensions(dimensions),
        "Stat": statistic,
        "Period": PERIOD,
        "StartTime": time_text(start),
        "EndTime": time_text(end),
        "Datapoints": points,
    }


def _dimensions(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in pairs]


def _groups_used(found: Found) -> set[str]:
    used = set()
    for definition in found.of(DEFINITION):
        for container in definition["properties"].get("ContainerDefinitions", ()):
            used |= {str(name) for name in _awslogs(container) if name}
    for machine in found.of(MACHINE):
        for text in strings(machine["properties"].get("LoggingConfiguration", {})):
            if ":log-group:" in text:
                used.add(text.partition(":log-group:")[2].removesuffix(":*"))
    return used


def _awslogs(container: Mapping[str, Any]) -> Iterator[Any]:
    logging = container.get("LogConfiguration", {})
    if logging.get("LogDriver") == "awslogs":
        yield logging.get("Options", {}).get("awslogs-group")


def _last_event(calls: Calls, name: str) -> Any:
    """When a group received its last event; ``none`` if it never did, None if that is not known."""
    api = "logs:DescribeLogStreams"
    answer = calls.one(api, logGroupName=name, orderBy="LastEventTime", descending=True, limit=1)
    for stream in (answer or {}).get("LogStreams", ()):
        stamp = stream.get("LastEventTimestamp") or stream.get("LastIngestionTime")
        if stamp:
            return datetime.datetime.fromtimestamp(stamp / 1000, datetime.timezone.utc)
    return "none" if answer else None
