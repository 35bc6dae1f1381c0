"""What is observed in an account where all is well: what a deployed template has beside its resources."""

from __future__ import annotations

import ipaddress
from typing import Any

from scanner.sources.snapshot.observed import TYPES

BEGINS, ENDS = "2026-01-30T03:00:00Z", "2026-01-31T03:00:00Z"
RESERVED = 5
"""The addresses that AWS keeps of every subnet."""

Resources = list[dict[str, Any]]


def observed(resources: Resources) -> dict[str, Resources]:
    """All lists, with an entry for whatever is asked for."""
    groups = [one for one in resources if one["type"] == "AWS::ElasticLoadBalancingV2::TargetGroup"]
    services = [one for one in resources if one["type"] == "AWS::ECS::Service"]
    instances = [one["id"] for one in resources if one["type"] == "AWS::EC2::Instance"]
    response = ("AWS/ApplicationELB", "TargetResponseTime", "Maximum", 0.25)
    metrics = [_metric(*response, {"TargetGroup": one["id"].rpartition(":")[2]}) for one in groups]
    for one in services:
        names = {"ClusterName": one["properties"]["Cluster"].rpartition("/")[2], "ServiceName": _name(one)}
        metrics += [_metric("AWS/ECS", name, "Average", 50, names) for name in ("CPUUtilization", "MemoryUtilization")]
    found: dict[str, Resources] = {listed: [] for listed in TYPES}
    found["target_health"] = [{"TargetGroupArn": one["id"], "TargetHealthDescriptions": []} for one in groups]
    found["service_events"] = [{"serviceArn": one["id"], "events": []} for one in services]
    found["metrics"] = metrics
    found["instance_status"] = [_status(id) for id in instances]
    return found


def observe(resources: Resources) -> Resources:
    """The resources with the attributes that only an account has, and the log groups that their containers log to."""
    logs = set()
    for one in resources:
        if one["type"] == "AWS::EC2::Subnet":
            one.setdefault("attributes", {})["AvailableIpAddressCount"] = _free(one["properties"].get("CidrBlock"))
        elif one["type"] == "AWS::Logs::LogGroup":
            one.setdefault("attributes", {})["LastEventTime"] = ENDS
            logs.add(one["id"])
    for one in resources:
        for container in one["properties"].get("ContainerDefinitions", ()):
            logged = container.get("LogConfiguration") or {}
            options = logged.get("Options") or {}
            if logged.get("LogDriver") == "awslogs" and options.setdefault("awslogs-group", "shop") not in logs:
                logs.add(options["awslogs-group"])
                attributes = {"LastEventTime": ENDS}
                group = {"type": "AWS::Logs::LogGroup", "id": options["awslogs-group"], "attributes": attributes}
                resources = [*resources, {**group, "properties": {}}]
            logged.setdefault("Options", options)
    return resources


def _name(service: dict[str, Any]) -> str:
    return str(service["properties"].get("ServiceName") or service["id"].rpartition("/")[2])


def _free(block: Any) -> int:
    try:
        return ipaddress.IPv4Network(block).num_addresses - RESERVED
    except ValueError:
        return 250


def _metric(namespace: str, name: str, stat: str, top: float, dimensions: dict[str, str]) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Stat": stat,
        "Period": 300,
        "StartTime": BEGINS,
        "EndTime": ENDS,
        "Datapoints": {"Count": 288, "Maximum": top, "MaximumAt": BEGINS},
    }


def _status(id: str) -> dict[str, Any]:
    check = {"Status": "ok"}
    return {
        "InstanceId": id,
        "InstanceState": {"Name": "running"},
        "SystemStatus": check,
        "InstanceStatus": check,
    }
