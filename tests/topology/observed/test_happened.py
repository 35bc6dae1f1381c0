from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Unknown
from scanner.topology.observed.cluster import Cluster
from tests.topology.observed.live import CLUSTER, at, denied, web

INTERFACE = "Timeout waiting for network interface provisioning to complete."
TIMEOUT = "(service web) (port 8080) is unhealthy in (target-group web) due to (reason Request timed out)"
FAULTS = ("Target.Timeout",)


def event(id: str, when: str, message: str = TIMEOUT) -> dict[str, Any]:
    return {"id": id, "createdAt": when, "message": message}


def task(id: str, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:111122223333:task/shop/{id}",
        "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
        "group": "service:web",
        "stoppedAt": "2026-01-31T02:30:00Z",
        **more,
    }


def cluster(change: dict[str, Any] | None = None) -> Cluster:
    return at(Cluster, CLUSTER, change)


# --- events


def test_events_of_a_service_in_some_hours() -> None:
    change = {
        "observed.service_events.0.events": [event("b", "2026-01-31T02:00:00Z"), event("a", "2026-01-30T02:00:00Z")]
    }
    assert [one.created_at().value for one in web(change).events(hours=24)] == ["2026-01-31T02:00:00Z"]
    both = web(change).events(hours=48)
    assert len(both.items) == 2
    assert both.rest is None
    [code] = both.items[0].faults().value.items
    assert (code.value, code.at) == ("Target.Timeout", both.items[0].message().at)


def test_the_latest_failure_is_said_with_how_many_more() -> None:
    change = {
        "observed.service_events.0.events": [
            event("c", "2026-01-31T01:00:00Z"),
            event("d", "2026-01-31T02:00:00Z"),
            event("e", "2026-01-31T02:30:00Z", "(service web) has reached a steady state."),
        ]
    }
    one = web(change)
    assert [found.address.rpartition("/")[2] for found in one.failures(hours=24, faults=FAULTS)] == ["d", "c"]
    said = one.latest_failure(hours=24, faults=FAULTS)
    assert said.value == f"the event of web at 2026-01-31T02:00:00Z says: {TIMEOUT} (and 1 more)"
    assert said.at == one.failures(hours=24, faults=FAULTS).items[0].message().at
    assert one.latest_failure(hours=24, faults=("Image.NotPulled",)).value is ABSENT


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"observed.service_events": None}, "the snapshot has no service_events"),
        ({"observed.service_events.0": None}, "service_events has no entry for it"),
        (denied("ecs:DescribeServices"), "ecs:DescribeServices failed"),
        (denied("ecs:ListServices"), "ecs:ListServices failed"),
    ],
)
def test_events_that_may_not_have_been_seen(change: dict[str, Any], said: str) -> None:
    rest = web(change).events(hours=24).rest
    assert rest is not None
    assert said in rest.reason
    if "observed.service_events" in change:
        assert isinstance(web(change).latest_failure(hours=24, faults=FAULTS).value, Unknown)


def test_a_time_that_cannot_be_read_counts_as_recent() -> None:
    change = {"observed.service_events.0.events": [event("a", "2026-02-31T02:00:00Z")]}
    assert len(web(change).events(hours=1).items) == 1


# --- tasks


def test_stopped_tasks_of_a_service_are_told_by_group_and_cluster() -> None:
    other = "arn:aws:ecs:eu-west-1:111122223333:cluster/other"
    change = {
        "observed.stopped_tasks": [
            task("1"),
            task("2", group="service:web2"),
            task("3", clusterArn=other),
            task("4", group="family:web"),
            task("5", stoppedAt="2026-01-29T00:00:00Z"),
        ]
    }
    assert [one.label for one in web(change).stopped_tasks(hours=24)] == ["task/shop/1 of service:web"]
    assert len(cluster(change).stopped_tasks(hours=24).items) == 3
    assert len(cluster(change).stopped_tasks(hours=96).items) == 4


def test_the_reasons_of_a_task_and_its_containers() -> None:
    containers = [{"name": "web", "reason": "OutOfMemoryError: Container killed due to memory usage"}, {"name": "x"}]
    stopped = task("1", stoppedReason="Essential container in task exited", containers=containers, stopCode="X")
    [found] = web({"observed.stopped_tasks": [stopped]}).stopped_tasks(hours=24)
    assert found.reason().value == f"Essential container in task exited; {containers[0]['reason']}"
    assert [code.value for code in found.faults().value.items] == ["Container.OutOfMemory", "Container.Exited"]
    assert found.stop_code().value == "X"


def test_a_task_without_reason() -> None:
    [found] = web({"observed.stopped_tasks": [task("1")]}).stopped_tasks(hours=24)
    assert found.reason().value == "no reason is given"
    assert found.faults().value.items == ()


def test_failed_tasks_of_a_cluster() -> None:
    change = {"observed.stopped_tasks": [task("1", stoppedReason=INTERFACE), task("2", stoppedReason="Scaling")]}
    faults = ("NetworkInterface.ProvisioningTimeout",)
    said = cluster(change).latest_failed_task(hours=24, faults=faults)
    assert said.value == f"task/shop/1 of service:web says: {INTERFACE}"
    assert said.at
    assert cluster().latest_failed_task(hours=24, faults=faults).value is ABSENT
    assert [one.label for one in web(change).failed_tasks(hours=24, faults=faults)] == ["task/shop/1 of service:web"]


def test_failures_of_all_services_of_a_cluster() -> None:
    change = {"observed.service_events.1.events.0": event("a", "2026-01-31T02:00:00Z")}
    assert len(cluster(change).failures(hours=24, faults=FAULTS).items) == 1
    rest = cluster({"observed.service_events.1": None}).failures(hours=24, faults=FAULTS).rest
    assert rest is not None
    assert "an event of api is not known" in rest.reason


@pytest.mark.parametrize("api", ["ecs:ListTasks", "ecs:DescribeTasks", "ecs:ListClusters"])
def test_stopped_tasks_that_may_not_have_been_seen(api: str) -> None:
    rest = web(denied(api)).stopped_tasks(hours=24).rest
    assert rest is not None
    assert api in rest.reason
