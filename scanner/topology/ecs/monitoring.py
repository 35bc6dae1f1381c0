"""What watches the utilisation of a service: alarms, target tracking, Container Insights.

Whether an alarm may be elsewhere is told by who can name the service: the dimensions of its metrics are its name and
its cluster's. That somebody may watch all services of an account at once, by a query that names none, counts for
nothing as long as no file has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.analysis.insights import Query, is_query, read
from scanner.analysis.texts import Parts, parts_of
from scanner.model import ABSENT, ACCOUNT, Fact, Items, Resource, Unknown, get
from scanner.topology.ecs.join import CLUSTER
from scanner.topology.ecs.names import both, names_cluster, names_service
from scanner.topology.ecs.scaling import POLICY, TARGET, policies
from scanner.topology.lookup import as_unknown, elements, text, why_opaque

if TYPE_CHECKING:
    from scanner.topology.ecs.service import Service

ALARM = "AWS::CloudWatch::Alarm"
SCALING = (TARGET, POLICY)
NAMESPACE = "AWS/ECS"
DIMENSIONS = {"ServiceName": names_service, "ClusterName": names_cluster}
"""The dimensions of a service's metrics, with what tells whether a text is the service's own value of it."""
TRACKED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
"""The metric that a predefined metric of target tracking watches; it creates alarms on it ("Target tracking scaling
policies", Application Auto Scaling user guide)."""


def _by_name(service: Service) -> Unknown | None:
    """Why an alarm may be elsewhere although nothing hands the service on: it has a name of its own, and its cluster
    can be named as well, which an alarm needs."""
    name = service.property("ServiceName")
    if name.value is ABSENT or service.graph.closed or service.resource.source == ACCOUNT:
        return None
    cluster = service.graph.named_by(service.property("Cluster"), CLUSTER)
    if cluster is not None and cluster.get("ClusterName").value is ABSENT and not service.graph.exits(cluster):
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


def utilisation(service: Service, metric: str) -> Resource | Unknown:
    """The values of a metric of AWS/ECS that an account has for a service, the average of each period."""
    from scanner.topology.observed import metrics

    stated = service.property("Cluster")
    cluster = service.graph.named_by(stated, CLUSTER)
    name = cluster.id if cluster is not None else (text(stated) or "default").rpartition("/")[2]
    own = {"ClusterName": name, "ServiceName": text(service.property("ServiceName")) or service.resource.id}
    return metrics.metric(service.graph, service.resource, NAMESPACE, metric, "Average", own)


def _alarmed(service: Service) -> Iterator[tuple[Resource, bool, Fact[Any]]]:
    for alarm in service.graph.declared(ALARM):
        if service.graph.apart(service.resource, alarm):
            continue
        for metric, found in _metrics(service, Fact(alarm.properties, (alarm.location,))):
            if found is not False and alarm.exists():
                yield alarm, bool(found), metric


def _metrics(service: Service, stated: Fact[Any]) -> Iterator[tuple[Fact[Any], bool | None]]:
    """The metrics, by name, that an alarm or a target-tracking policy states, by itself or in ``Metrics``, and whether
    each is one of a service.

    Metric math watches what its operands are; a Metrics Insights query what it selects ("Create a CloudWatch alarm
    based on a Metrics Insights query", CloudWatch user guide).
    """
    yield get(stated, "MetricName"), _is_of(service, stated)
    for query in elements(get(stated, "Metrics")):
        metric = get(query, "MetricStat.Metric")
        if metric.value is not ABSENT:
            yield get(metric, "MetricName"), _is_of(service, metric)
        expression = get(query, "Expression")
        if expression.value is ABSENT or is_query(parts_of(expression.value)) is False:
            continue
        selected = read(parts_of(expression.value))
        if selected is None:
            yield expression, None
        else:
            yield Fact(_value(selected.metric), expression.at), _selects(service, selected)


def _selects(service: Service, query: Query) -> bool | None:
    """Whether a query shows a metric of a service: by itself, or as the highest of all that it selects."""
    found: bool | None = None if any(not isinstance(part, str) for part in query.namespace) else True
    if found and query.namespace != (NAMESPACE,):
        return False
    if query.keys is not None and query.keys != {(key,) for key in DIMENSIONS}:
        found = False if all(isinstance(part, str) for key in query.keys for part in key) else None
    own = set(query.groups)
    for condition in query.where:
        names = DIMENSIONS.get(str(condition.key[0])) if len(condition.key) == 1 else None
        same = names(service, condition.value) if names is not None else None
        found = both(found, same if condition.equal or same is None else not same)
        if condition.equal:
            own.add(condition.key)
    shown = not query.limited and (query.function == "MAX" or all((key,) in own for key in DIMENSIONS))
    return both(found, True if shown else None)


def _value(text: Parts) -> Any:
    """A text that may be known in part, as a value."""
    if all(isinstance(part, str) for part in text):
        return "".join(map(str, text))
    return Unknown(("text", text), "the metric that the query selects is not known")


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
    for name, names in DIMENSIONS.items():
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
            for metric, found in _metrics(service, customized):
                if found is not False:
                    yield policy, certain and bool(found), metric
            continue
        predefined = get(tracking, "PredefinedMetricSpecification.PredefinedMetricType")
        known = text(predefined)
        if known is None and predefined.value is not ABSENT:
            yield policy, False, predefined
        else:
            yield policy, certain, Fact(TRACKED.get(known or "", ABSENT), predefined.at)
