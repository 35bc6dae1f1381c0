"""ECS and EC2: which tasks run, stopped, and on what; and which targets nobody runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.ecs import CLUSTER, SERVICE
from scanner.sources.account.elbv2 import GROUP
from scanner.sources.account.found import Found, strings

APIS: dict[str, tuple[str, ...]] = {
    "ec2:DescribeInstanceStatus": ("Observed::InstanceStatus",),
    "ecs:DescribeContainerInstances": ("Observed::ContainerInstance", GROUP),
    "ecs:DescribeTasks": ("Observed::StoppedTask", GROUP),
    "ecs:ListContainerInstances": ("Observed::ContainerInstance", GROUP),
    "ecs:ListTasks": ("Observed::StoppedTask", GROUP),
    "elasticloadbalancing:DescribeTargetHealth": ("Observed::TargetHealth", GROUP),
}
"""The calls, and the types of what they tell of."""

A_CALL = 100
"""The most that DescribeTasks and DescribeContainerInstances take (Amazon ECS API Reference)."""
PAGE = 1000
"""The most items of a page of EC2 (Amazon EC2 API Reference)."""
ABOUT_TASKS = ("ecs:ListTasks", "ecs:DescribeTasks", "ecs:ListContainerInstances", "ecs:DescribeContainerInstances")
HEALTH = "elasticloadbalancing:DescribeTargetHealth"
_INSTANCE = (
    *("containerInstanceArn", "clusterArn", "ec2InstanceId", "status", "statusReason", "agentConnected"),
    *("capacityProviderName", "runningTasksCount", "pendingTasksCount", "registeredAt"),
)
_TASK = (
    *("taskArn", "clusterArn", "group", "startedBy", "taskDefinitionArn", "launchType", "availabilityZone"),
    *("stopCode", "stoppedReason", "createdAt", "startedAt", "stoppingAt", "stoppedAt"),
)
_CONTAINER = ("name", "exitCode", "reason", "lastStatus", "healthStatus")
_TARGET = ("Id", "Port", "AvailabilityZone")


def observed(calls: Calls, found: Found) -> None:
    """The health of targets, container instances with their status, and stopped tasks. Target groups get the targets
    that no task of ECS accounts for."""
    health = dict(calls.each(lambda group: (group["id"], _health(calls, found, group["id"])), found.of(GROUP)))
    # Asked for after the targets: what was a target then is a task that runs or has stopped by now.
    clusters = [one["arn"] for one in found.of(CLUSTER)]
    held = {pair for pairs in calls.each(lambda one: _of_cluster(calls, found, one), clusters) for pair in pairs}
    _instance_status(calls, found)
    tasks_known = not any(calls.failed(api) for api in ABOUT_TASKS)
    of_services = {text for one in found.of(SERVICE) for text in strings(one["properties"].get("LoadBalancers"))}
    for group in found.of(GROUP):
        targets = health[group["id"]]
        if targets is None or (group["id"] in of_services and not tasks_known):
            continue
        group["properties"]["Targets"] = [target for target in targets if not _is_held(target, held)]


def _health(calls: Calls, found: Found, arn: str) -> list[dict[str, Any]] | None:
    """The targets of a group that take requests, or are about to; None if they are not known."""
    answer = calls.one(HEALTH, TargetGroupArn=arn)
    if not answer:
        return None
    described = [_described(one) for one in answer.get("TargetHealthDescriptions", ())]
    found.observe("target_health", [{"TargetGroupArn": arn, "TargetHealthDescriptions": described}])
    return [one["Target"] for one in described if one["TargetHealth"].get("State") not in ("draining", "unused")]


def _described(one: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"Target": _kept(one.get("Target", {}), _TARGET)}
    if one.get("HealthCheckPort"):
        kept["HealthCheckPort"] = str(one["HealthCheckPort"])
    kept["TargetHealth"] = _kept(one.get("TargetHealth", {}), ("State", "Reason", "Description"))
    return kept


def _of_cluster(calls: Calls, found: Found, cluster: str) -> list[tuple[str, int | None]]:
    """What the tasks of a cluster are registered as: addresses, and instances with their ports."""
    instances = {}
    arns = calls.items("ecs:ListContainerInstances", "containerInstanceArns", cluster=cluster)
    for batch in calls.batches(arns, A_CALL):
        asked = {"cluster": cluster, "containerInstances": list(batch)}
        for item in _answered(calls, "ecs:DescribeContainerInstances", "containerInstances", asked):
            found.observe("container_instances", [{**_kept(item, _INSTANCE), "clusterArn": cluster}])
            instances[item["containerInstanceArn"]] = item.get("ec2InstanceId")
    held: list[tuple[str, int | None]] = []
    for status in ("RUNNING", "STOPPED"):
        tasks = calls.items("ecs:ListTasks", "taskArns", cluster=cluster, desiredStatus=status)
        for batch in calls.batches(tasks, A_CALL):
            asked = {"cluster": cluster, "tasks": list(batch)}
            for task in _answered(calls, "ecs:DescribeTasks", "tasks", asked):
                held += _registered(task, instances.get(task.get("containerInstanceArn")))
                if task.get("desiredStatus") == "STOPPED" or task.get("lastStatus") == "STOPPED":
                    found.observe("stopped_tasks", [_stopped(task)])
    return held


def _registered(task: Mapping[str, Any], instance: str | None) -> Iterator[tuple[str, int | None]]:
    for attachment in task.get("attachments", ()):
        for detail in attachment.get("details", ()):
            if detail.get("name") in ("privateIPv4Address", "privateIPv6Address", "ipv6Address"):
                yield str(detail.get("value")), None
    for container in task.get("containers", ()):
        for interface in container.get("networkInterfaces", ()):
            addresses = (interface.get("privateIpv4Address"), interface.get("ipv6Address"))
            yield from ((str(address), None) for address in addresses if address)
        for binding in container.get("networkBindings", ()):
            if instance and "hostPort" in binding:
                yield instance, int(binding["hostPort"])


def _is_held(target: Mapping[str, Any], held: set[tuple[str, int | None]]) -> bool:
    return (target.get("Id"), None) in held or (target.get("Id"), target.get("Port")) in held


def _stopped(task: Mapping[str, Any]) -> dict[str, Any]:
    """A stopped task without its overrides, which hold the values of environment variables."""
    kept = _kept(task, _TASK)
    kept["containers"] = [_kept(one, _CONTAINER) for one in task.get("containers", ())]
    kept["attachments"] = [_attachment(one) for one in task.get("attachments", ())]
    return kept


def _attachment(one: Mapping[str, Any]) -> dict[str, Any]:
    details = [_kept(each, ("name", "value")) for each in one.get("details", ())]
    return {**_kept(one, ("type", "status")), "details": details}


def _answered(calls: Calls, api: str, key: str, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a call describes, in the API's own names; what it could not describe is noted, unless that is gone."""
    answer = calls.one(api, raw=True, **asked) or {}
    for failure in answer.get("failures", ()):
        if failure.get("reason") != "MISSING":
            calls.fail(api, str(failure.get("reason") or "Unknown"))
    yield from answer.get(key, ())


def _instance_status(calls: Calls, found: Found) -> None:
    for item in calls.items(
        "ec2:DescribeInstanceStatus", "InstanceStatuses", IncludeAllInstances=True, MaxResults=1000
    ):
        if item.get("InstanceState", {}).get("Name") in ("terminated", "shutting-down"):
            continue
        kept = _kept(item, ("InstanceId", "AvailabilityZone"))
        kept["InstanceState"] = _kept(item.get("InstanceState", {}), ("Name", "Code"))
        for name in ("SystemStatus", "InstanceStatus"):
            if item.get(name, {}).get("Status"):
                details = [_kept(one, ("Name", "Status", "ImpairedSince")) for one in item[name].get("Details", ())]
                kept[name] = {"Status": item[name]["Status"], "Details": details}
        events = item.get("Events", ())
        if events:
            kept["Events"] = [_kept(one, ("Code", "Description", "NotBefore", "NotAfter")) for one in events]
        found.observe("instance_status", [kept])


def _kept(item: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: item[name] for name in names if item.get(name) not in (None, "")}
