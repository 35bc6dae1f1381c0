"""Rules about what is observed: no call that failed turns a verdict into another."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pytest

from scanner.policy.load import load_rules
from scanner.scan import judge_text
from scanner.sources.snapshot.observed import TYPES
from scanner.sources.snapshot.tables import APIS
from tests.deployed import denied
from tests.topology.observed.live import document

RULES = tuple(
    rule
    for rule in load_rules().rules
    if rule.applies == ("live",) or rule.id in ("APP001", "HC003", "NET002", "RUN011")
)
TIMEOUT = "(service web) (port 32769) is unhealthy in (target-group web) due to (reason Request timed out)"
BROKEN = {
    "observed.target_health.0.TargetHealthDescriptions.0.TargetHealth": {
        "State": "unhealthy",
        "Reason": "Target.Timeout",
    },
    "observed.service_events.1.events.0": {"id": "e1", "createdAt": "2026-01-31T01:02:03Z", "message": TIMEOUT},
    "observed.stopped_tasks.0.stoppedReason": "Timeout waiting for network interface provisioning to complete.",
    "observed.metrics.0.Datapoints.Maximum": 99,
    "observed.metrics.5.Datapoints.Maximum": 30,
    "observed.instance_status.1.SystemStatus.Status": "impaired",
    "observed.container_instances.0.agentConnected": False,
    "observed.health_events.0": {
        "arn": "arn:aws:health:eu-west-1::event/ECS/A/1",
        "service": "ECS",
        "eventTypeCode": "A",
        "statusCode": "open",
    },
    "subnet-0a2.attributes.AvailableIpAddressCount": 0,
    "/ecs/api.attributes.LastEventTime": "none",
}
CALLS = sorted(
    {api for type, _ in TYPES.values() for api in APIS[type]}
    | {"ec2:DescribeSubnets", "logs:DescribeLogGroups", "logs:DescribeLogStreams"}
)


def verdicts(snapshot: Any) -> dict[tuple[str, str, str], str]:
    found = judge_text(json.dumps(snapshot, indent=1), "s.json", RULES, parameters={}, closed=False)
    assert [error for error in found["errors"] if "api" not in error] == []
    return {(one["rule"], one["assertion"], one["subject"]["address"]): one["verdict"] for one in found["results"]}


@lru_cache
def full(broken: bool) -> dict[tuple[str, str, str], str]:
    return verdicts(document(BROKEN if broken else {}))


def test_the_one_account_is_well_and_the_other_is_not() -> None:
    assert set(full(broken=False).values()) == {"pass"}
    failed = {(rule, assertion) for (rule, assertion, _), verdict in full(broken=True).items() if verdict == "fail"}
    assert failed == {
        ("APP001", "received"),
        ("APP003", "cpu"),
        ("APP004", "healthy"),
        ("APP005", "events"),
        ("APP006", "agent"),
        ("APP006", "system"),
        ("HC003", "responses"),
        ("RUN011", "free"),
        ("RUN012", "tasks"),
        ("RUN013", "events"),
    }


@pytest.mark.parametrize("partly", [False, True], ids=["denied", "cut off"])
@pytest.mark.parametrize("broken", [False, True], ids=["well", "broken"])
@pytest.mark.parametrize("api", CALLS)
def test_a_call_that_failed_flips_no_verdict(api: str, broken: bool, partly: bool) -> None:
    before = full(broken)
    after = verdicts(denied(document(BROKEN if broken else {}), api, partly=partly))
    for key, verdict in after.items():
        assert verdict in ("undecided", before.get(key, "undecided")), key
    undecided = {rule for (rule, _, _), verdict in after.items() if verdict == "undecided"}
    assert {rule for rule, _, _ in before.keys() - after.keys()} <= undecided


@pytest.mark.parametrize("listed", TYPES)
def test_what_nobody_asked_for_flips_no_verdict(listed: str) -> None:
    before, after = full(broken=True), verdicts(document({**BROKEN, f"observed.{listed}": None}))
    for key, verdict in after.items():
        assert verdict in ("undecided", before.get(key, "undecided")), key
    assert {rule for rule, _, _ in after} == {rule for rule, _, _ in before}
    assert "undecided" in after.values()


def test_the_same_snapshot_gives_the_same_verdicts_on_any_day() -> None:
    whole = document(BROKEN)
    later = json.loads(json.dumps(whole).replace("2026-01-3", "2036-05-1"))
    assert verdicts(later) == verdicts(whole)
