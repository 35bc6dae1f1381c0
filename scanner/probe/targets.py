"""The targets of a target group, as the URLs that its health checks ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DESCRIBED = 100
"""The most instances that are described at once."""
WEB = ("HTTP", "HTTPS")
LEAVING = frozenset({"draining", "unused"})
APIS = (
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "ec2:DescribeInstances",
)
"""The calls that are made."""


class NoTargets(Exception):
    """There is nothing that could be asked, and why."""


@dataclass(frozen=True, slots=True)
class Check:
    """A request that the health check of a target group makes."""

    url: str
    target: str
    group: str
    matcher: str
    timeout: float
    state: str
    """What Elastic Load Balancing calls the target, with the reason: ``unhealthy (Target.Timeout)``."""


def checks_of(clients: Any, region: str, group: str, *, public: bool = False) -> list[Check]:
    """The requests of a target group, by name or ARN, to each of its targets.

    ``public`` takes the public addresses of instances. Raises NoTargets, and botocore's errors.
    """
    elb = clients.client("elbv2", region)
    named = {"TargetGroupArns": [group]} if group.startswith("arn:") else {"Names": [group]}
    (found,) = elb.describe_target_groups(**named)["TargetGroups"][:1]
    if found.get("HealthCheckProtocol") not in WEB:
        raise NoTargets(f"the health check of {group} is {found.get('HealthCheckProtocol')}, which asks for no path")
    if found.get("ProtocolVersion") == "GRPC":
        raise NoTargets(f"the health check of {group} is gRPC, which this probe does not speak")
    if found.get("TargetType") not in ("instance", "ip", None):
        raise NoTargets(f"the targets of {group} are of type {found['TargetType']}, which has no address of its own")
    arn = str(found["TargetGroupArn"])
    described = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    described = [one for one in described if one.get("TargetHealth", {}).get("State") not in LEAVING]
    if not described:
        raise NoTargets(f"no target is registered with {group}")
    ids = [str(one["Target"]["Id"]) for one in described]
    known = _addresses(clients.client("ec2", region), ids, public) if found.get("TargetType") != "ip" else {}
    return [_check(found, arn, one, known) for one in described]


def _check(group: dict[str, Any], arn: str, described: dict[str, Any], known: dict[str, str]) -> Check:
    id, port = str(described["Target"]["Id"]), described["Target"].get("Port")
    host = known.get(id, id)
    host = f"[{host}]" if ":" in host else host
    stated = str(described.get("HealthCheckPort") or group.get("HealthCheckPort") or "traffic-port")
    asked = stated if stated.isdigit() else port
    health = described.get("TargetHealth", {})
    reason = f" ({health['Reason']})" if health.get("Reason") else ""
    return Check(
        f"{group['HealthCheckProtocol'].lower()}://{host}:{asked}{group.get('HealthCheckPath') or '/'}",
        f"{id}:{port}",
        arn,
        str(group.get("Matcher", {}).get("HttpCode") or "200"),
        float(group.get("HealthCheckTimeoutSeconds") or 5),
        f"{health.get('State', '?')}{reason}",
    )


def _addresses(ec2: Any, ids: Sequence[str], public: bool) -> dict[str, str]:
    """The addresses of instances. Raises NoTargets for one that has none."""
    field = "PublicIpAddress" if public else "PrivateIpAddress"
    found: dict[str, str] = {}
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), DESCRIBED):
        answer = ec2.describe_instances(InstanceIds=distinct[start : start + DESCRIBED])
        for reservation in answer["Reservations"]:
            found.update((one["InstanceId"], one[field]) for one in reservation["Instances"] if one.get(field))
    missing = [id for id in distinct if id not in found]
    if missing:
        raise NoTargets(f"{', '.join(missing)} has no {'public' if public else 'private'} address")
    return found
