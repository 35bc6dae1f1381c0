"""What watches the utilisation of a service: alarms, target tracking, Container Insights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, Fact, Items, Resource, Unknown, get
from scanner.topology.ecs.join import CLUSTER
from scanner.topology.ecs.names import both, names_cluster, names_service
from scanner.topology.ecs.scaling import POLICY, TARGET, policies
from scanner.topology.lookup import as_unknown, elements, text, why_opaque

if TYPE_CHECKING:
    from scanner.topology.ecs.service import Service

ALARM = "AWS::CloudWatch::Alarm"
SCALING = (TARGET, POLICY)
NAMESPACE = "AWS/ECS"
TRACKED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
"""The metric that a predefined metric of target tracking watches; it creates alarms on it ("Target tracking scaling
policies", Application Auto Scaling user guide)."""


def _by_name(service: Service) -> Unknown | None:
    """Why an alarm may be elsewhere although nothing hands the service on: it has a name of its own."""
    name = service.property("ServiceName")
    if name.value is ABSENT or service.graph.closed:
        return None
    reason = f"an alarm may be defined elsewhere: it can name {service.label} by its ServiceName"
    return Unknown(("by name", service.address), reason, name.location, "--closed, if the scan is all there is")


def watched_metrics(service: Service) -> Fact[Items]:
    """The metrics of a service in AWS/ECS on which there is an alarm; open where others may be elsewhere."""
    found: list[Fact[Any]] = []
    rest: Unknown | None = None
    for resource, certain, metric in (*_alarmed(service), *_tracked(service)):
        if metric.value is ABSENT:
            continue
        if not certain:
            reason = f"whether {resource.id} watches {service.label} is not known"
            rest = rest or Unknown(("watches", resource.address, service.address), reason, resource.location)
        else:
            found.append(metric)
    rest = rest or service.graph.open_world(service.resource, "an alarm", ALARM, *SCALING) or _by_name(service)
    at = tuple(place for metric in found for place in metric.at) or service.at
    return Fact(Items(tuple(found), rest), at)


def container_insights(service: Service, default: str) -> Fact[Any]:
    """The setting containerInsights of its cluster, or ``default``, the account's, where the cluster has none."""
    stated = service.property("Cluster")
    cluster = service.graph.named_by(stated, CLUSTER)
    if cluster is None:
        if stated.value is ABSENT:
            reason = f"{service.label} runs in the cluster named default, which is not in the scan"
            return Fact(Unknown(("cluster", "default"), reason, service.at[0]), service.at)
        return Fact(why_opaque(service.graph, stated, "cluster", CLUSTER), stated.at)
    settings = cluster.get("ClusterSettings")
    for setting in elements(settings):
        name = get(setting, "Name")
        if text(name) == "containerInsights":
            return get(setting, "Value")
        if text(name) is None:
            return Fact(as_unknown(name, "the name of a cluster setting"), setting.at)
    return Fact(default, settings.at, "default of the account for containerInsights")


def _alarmed(service: Service) -> Iterator[tuple[Resource, bool, Fact[Any]]]:
    for alarm in service.graph.declared(ALARM):
        if service.graph.apart(service.resource, alarm):
            continue
        plain = Fact(alarm.properties, (alarm.location,))
        queried = [get(query, "MetricStat.Metric") for query in elements(alarm.get("Metrics"))]
        for metric in (plain, *(metric for metric in queried if metric.value is not ABSENT)):
            found = _is_of(service, metric)
            if found is not False and alarm.exists():
                yield alarm, bool(found), get(metric, "MetricName")


def _is_of(service: Service, metric: Fact[Any]) -> bool | None:
    """Whether a metric is one of a service: by namespace and by the dimensions ServiceName and ClusterName."""
    namespace = get(metric, "Namespace")
    known = text(namespace)
    found: bool | None = known == NAMESPACE if known is not None else None if namespace.value is not ABSENT else False
    dimensions: dict[str, Fact[Any]] = {}
    for dimension in elements(get(metric, "Dimensions")):
        name = text(get(dimension, "Name"))
        if name is None:
            return both(found, None)
        dimensions[name] = get(dimension, "Value")
    for name, names in (("ServiceName", names_service), ("ClusterName", names_cluster)):
        if found is not False:
            found = both(found, names(service, parts_of(dimensions[name].value)) if name in dimensions else False)
    return found


def _tracked(service: Service) -> Iterator[tuple[Resource, bool, Fact[Any]]]:
    for policy, certain in policies(service):
        tracking = policy.get("TargetTrackingScalingPolicyConfiguration")
        if tracking.value is ABSENT:
            continue
        customized = get(tracking, "CustomizedMetricSpecification")
        if customized.value is not ABSENT:
            found = _is_of(service, customized)
            if found is not False:
                yield policy, certain and bool(found), get(customized, "MetricName")
            continue
        predefined = get(tracking, "PredefinedMetricSpecification.PredefinedMetricType")
        known = text(predefined)
        if known is None and predefined.value is not ABSENT:
            yield policy, False, predefined
        else:
            yield policy, certain, Fact(TRACKED.get(known or "", ABSENT), predefined.at)
