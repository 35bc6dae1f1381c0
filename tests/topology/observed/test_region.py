from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Fact, Unknown
from scanner.sources.snapshot.tables import LACKS
from scanner.topology.ecs.service import Service
from scanner.topology.observed.region import Region, home_of, is_recent, moment, taken_at, unseen
from tests.topology.graphs import BRIDGE, graph, service
from tests.topology.observed.live import HOME, at, denied, live, web

ADDRESS = f"{HOME}#Observed::Region/eu-west-1"
NOW = datetime(2026, 1, 31, 3, tzinfo=timezone.utc)
EVENT = {
    "arn": "arn:aws:health:eu-west-1::event/ECS/A/1",
    "service": "ECS",
    "eventTypeCode": "A",
    "eventTypeCategory": "issue",
    "statusCode": "open",
}


def region(change: dict[str, Any] | None = None) -> Region:
    return at(Region, ADDRESS, change)


# --- time


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-31T03:00:00Z", NOW),
        ("2026-01-31t03:00:00z", NOW),
        ("2026-01-31T04:30:00+01:30", NOW),
        ("2026-01-31T03:00:00.5Z", NOW + timedelta(milliseconds=500)),
        ("2026-01-31T03:00:00.123456789Z", NOW + timedelta(microseconds=123456)),
        ("2026-13-31T03:00:00Z", None),
        ("2026-01-31T03:00:00", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_a_moment(written: str, expected: datetime | None) -> None:
    assert moment(Fact(written)) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = moment(Fact(text))
    assert found is None or found.tzinfo is not None


def test_the_snapshot_is_the_clock() -> None:
    known = live()
    assert taken_at(known, known.resource(ADDRESS)) == NOW
    for when, recent in (("2026-01-31T02:00:00Z", True), ("2026-01-31T01:59:59Z", False), ("not a time", True)):
        assert is_recent(NOW, Fact(when), 1) is recent
        assert is_recent(None, Fact(when), 1)


# --- what was asked for


def test_a_template_has_no_home_and_tells_nothing() -> None:
    of = graph(BRIDGE)
    one = service(of)
    assert home_of(of, one.resource) is None
    unknown = unseen(of, one.resource, "metrics", "Observed::Metric", "CPUUtilization")
    assert isinstance(unknown, Unknown)
    assert "only an account tells CPUUtilization of Service" in unknown.reason


def test_an_empty_list_says_that_there_is_nothing() -> None:
    one = web({"observed.metrics": []})
    assert unseen(one.graph, one.resource, "metrics", "Observed::Metric", "CPUUtilization") is None


def test_a_list_that_is_left_out_was_not_asked_for() -> None:
    one = web({"observed.metrics": None})
    unknown = unseen(one.graph, one.resource, "metrics", "Observed::Metric", "CPUUtilization")
    assert unknown is not None
    assert unknown.reason == "CPUUtilization of web is not known: the snapshot has no metrics"
    assert "clearway account snapshot" in unknown.supply


def test_a_call_that_failed_comes_first() -> None:
    one = web({"observed.metrics": None, **denied("cloudwatch:GetMetricData")})
    unknown = unseen(one.graph, one.resource, "metrics", "Observed::Metric", "CPUUtilization")
    assert unknown is not None
    assert "cloudwatch:GetMetricData failed in account 111122223333, region eu-west-1" in unknown.reason


def test_a_call_of_another_list_does_not_matter() -> None:
    one = web(denied("health:DescribeEvents"))
    assert unseen(one.graph, one.resource, "metrics", "Observed::Metric", "CPUUtilization") is None


# --- the region


def test_a_region_with_its_clusters() -> None:
    here = region()
    assert here.label == "eu-west-1 of account 111122223333"
    [cluster] = here.clusters()
    assert cluster.label == "shop"
    assert {one.label for one in cluster.services()} == {"web", "api"}
    assert all(isinstance(one, Service) for one in cluster.services())
    assert {one.label for one in cluster.container_instances()} == {"i-0a1", "i-0a2"}
    assert here.clusters().rest is None


def test_open_events_of_some_services_and_categories() -> None:
    asked = {"services": ("ECS",), "categories": ("issue",)}
    assert [one.label for one in region({"observed.health_events.0": EVENT}).open_events(**asked)] == ["A since ?"]
    for field, value in (("statusCode", "closed"), ("service", "RDS"), ("eventTypeCategory", "scheduledChange")):
        here = region({"observed.health_events.0": {**EVENT, field: value}})
        assert here.open_events(**asked).items == ()
        assert len(here.health_events().items) == 1


def test_without_a_support_plan_it_says_what_to_do() -> None:
    failure = {"api": "health:DescribeEvents", "error": "SubscriptionRequiredException"}
    lack = LACKS["health:DescribeEvents", "SubscriptionRequiredException"]
    rest = region({"observed.health_events": None, "unreadable.0": failure}).health_events().rest
    assert rest is not None
    assert lack.why in rest.reason
    assert rest.supply == lack.supply
    denied_rest = region({"observed.health_events": None, **denied("health:DescribeEvents")}).health_events().rest
    assert denied_rest is not None
    assert lack.why not in denied_rest.reason
