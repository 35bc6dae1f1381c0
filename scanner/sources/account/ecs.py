"""ECS: clusters, services, the task definitions in use, and what runs where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found, strings
from scanner.sources.account.secrets import without_options

CLUSTER, SERVICE, TASK_SET = "AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::ECS::TaskSet"
PROVIDER, DEFINITION = "AWS::ECS::CapacityProvider", "AWS::ECS::TaskDefinition"
MACHINE, RULE, SCHEDULE = "AWS::StepFunctions::StateMachine", "AWS::Events::Rule", "AWS::Scheduler::Schedule"
USERS = (SERVICE, TASK_SET, MACHINE, RULE, SCHEDULE)
"""What names the task definitions that it runs."""

_IN_CLUSTER = (SERVICE, TASK_SET, DEFINITION)
_OBSERVED = ("Observed::ContainerInstance", "Observed::ServiceEvents", "Observed::StoppedTask")
APIS: dict[str, tuple[str, ...]] = {
    "ecs:DescribeCapacityProviders": (PROVIDER,),
    "ecs:DescribeClusters": (CLUSTER, "AWS::ECS::ClusterCapacityProviderAssociations"),
    "ecs:DescribeServices": (*_IN_CLUSTER, "Observed::ServiceEvents"),
    "ecs:DescribeTaskDefinition": (DEFINITION,),
    "ecs:DescribeTaskSets": (TASK_SET,),
    "ecs:ListClusters": (CLUSTER, "AWS::ECS::ClusterCapacityProviderAssociations", *_IN_CLUSTER, *_OBSERVED),
    "ecs:ListServices": (*_IN_CLUSTER, "Observed::ServiceEvents"),
}
"""The calls, and the types of the resources that they tell of, also by what they are asked for."""

SERVICES_A_CALL = 10
CLUSTERS_A_CALL = 100
"""The most that DescribeServices and DescribeClusters take (Amazon ECS API Reference)."""
_OF_TASK_SET = ("TaskDefinition", "LaunchType", "CapacityProviderStrategy", "LoadBalancers", "NetworkConfiguration")
_EVENT = ("id", "createdAt", "message")


def clusters(calls: Calls, found: Found) -> None:
    """Clusters, capacity providers, services with their events, and task sets."""
    for provider in calls.items("ecs:DescribeCapacityProviders", "capacityProviders", include=["TAGS"]):
        if "CapacityProviderArn" in provider and not str(provider.get("Name")).startswith("FARGATE"):
            found.add(PROVIDER, provider)
    arns = calls.items("ecs:ListClusters", "clusterArns")
    include = ["SETTINGS", "TAGS", "CONFIGURATIONS"]
    for batch in calls.batches(arns, CLUSTERS_A_CALL):
        for item in _described(calls, "ecs:DescribeClusters", "clusters", clusters=list(batch), include=include):
            if item.get("Status") != "INACTIVE":
                found.add(CLUSTER, {"Settings": [], **item})
    calls.each(lambda cluster: _services(calls, found, cluster), arns)


def definitions(calls: Calls, found: Found) -> None:
    """The task definitions that something of the account uses, and no other revision."""
    calls.each(lambda name: _definition(calls, found, name), sorted(_used(found)))


def _services(calls: Calls, found: Found, cluster: str) -> None:
    arns = calls.items("ecs:ListServices", "serviceArns", cluster=cluster, maxResults=100)
    for batch in calls.batches(arns, SERVICES_A_CALL):
        asked = {"cluster": cluster, "services": list(batch), "include": ["TAGS"]}
        for item in _described(calls, "ecs:DescribeServices", "services", **asked):
            if item.get("Status") == "INACTIVE":
                continue
            made = found.add(SERVICE, _whole(item))
            made["properties"]["Cluster"] = cluster
            events = [{name[:1].lower() + name[1:]: event[name] for name in event} for event in item.get("Events", ())]
            kept = [{name: event[name] for name in _EVENT if name in event} for event in events]
            found.observe("service_events", [{"serviceArn": made["id"], "events": kept}])
            if item.get("DeploymentController", {}).get("Type") == "EXTERNAL":
                _task_sets(calls, found, cluster, made["id"])


def _whole(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service with what its primary task set has in its place, where CodeDeploy deploys it."""
    sets = [one for one in service.get("TaskSets", ()) if one.get("Status") == "PRIMARY"]
    primary: Mapping[str, Any] = sets[0] if sets else {}
    kept = {name: primary[name] for name in _OF_TASK_SET if primary.get(name)}
    return {"LoadBalancers": [], **kept, **{name: value for name, value in service.items() if value not in ([], "")}}


def _task_sets(calls: Calls, found: Found, cluster: str, service: str) -> None:
    asked = {"cluster": cluster, "service": service, "include": ["TAGS"]}
    for item in _described(calls, "ecs:DescribeTaskSets", "taskSets", **asked):
        found.add(TASK_SET, {**item, "ClusterArn": cluster, "ServiceArn": service})


def _described(calls: Calls, api: str, key: str, **asked: Any) -> Iterator[dict[str, Any]]:
    """What a call describes; what it could not describe is noted, unless that is gone."""
    answer = calls.one(api, **asked) or {}
    for failure in answer.get("Failures", ()):
        if failure.get("Reason") != "MISSING":
            calls.fail(api, str(failure.get("Reason") or "Unknown"))
    yield from answer.get(key[:1].upper() + key[1:], ())


def _definition(calls: Calls, found: Found, name: str) -> None:
    answer = calls.one("ecs:DescribeTaskDefinition", taskDefinition=name, include=["TAGS"])
    if not answer or "TaskDefinition" not in answer:
        return
    item = answer["TaskDefinition"]
    containers = [_container(container) for container in item.get("ContainerDefinitions", ())]
    made = found.add(DEFINITION, {**item, "ContainerDefinitions": containers, "Tags": answer.get("Tags", [])})
    if ":" not in name.rpartition("/")[2]:  # a family alone means its latest revision
        made["attributes"]["Latest"] = True


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    """A container without what may be secret in its log options; the table of shapes leaves out the rest."""
    made = dict(container)
    logging = container.get("LogConfiguration")
    if logging:
        made["LogConfiguration"] = {**logging, "Options": without_options(logging.get("Options") or {})}
    return made


def _used(found: Found) -> set[str]:
    """The task definitions that are named in the account: ARNs, or families with or without a revision."""
    used: set[str] = set()
    for one in found.of(*USERS):
        properties = one["properties"]
        if one["type"] in (SERVICE, TASK_SET):
            used |= {str(properties[name]) for name in ("TaskDefinition",) if properties.get(name)}
        else:
            used |= {text for text in strings(properties) if ":task-definition/" in text and _is_name(text)}
            used |= set(_named_in_documents(properties))
    return used


def _named_in_documents(properties: Mapping[str, Any]) -> Iterator[str]:
    """Task definitions that state machines and universal targets name in the documents that they hold."""
    import json

    for text in strings(properties):
        if text.lstrip()[:1] == "{" and "askDefinition" in text:
            try:
                yield from filter(_is_name, _below(json.loads(text)))
            except ValueError:
                continue


def _below(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("TaskDefinition", "taskDefinition") and isinstance(inner, str):
                yield inner
            else:
                yield from _below(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _below(inner)


def _is_name(text: str) -> bool:
    """Whether a text can be the name of a task definition, not a path or an expression."""
    name = text.rpartition("/")[2].partition(":")[0]
    return bool(name) and name.replace("-", "").replace("_", "").isalnum() and text[:1] not in "$.{"
