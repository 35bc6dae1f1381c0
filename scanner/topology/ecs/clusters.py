"""From a service to the Auto Scaling groups and instances that its cluster is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner.model import ABSENT, Fact, Resource, ResourceGraph, Unknown, get
from scanner.topology.ecs.launch import GROUP, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, launch_of
from scanner.topology.ecs.service import Service
from scanner.topology.lookup import elements, text, why_opaque

CLUSTER = "AWS::ECS::Cluster"
PROVIDER = "AWS::ECS::CapacityProvider"
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"

_JOINS = re.compile(r"ECS_CLUSTER['\"]?\s*[=:]?\s*['\"]?\s*$")
_JOINS_NAMED = re.compile(r"ECS_CLUSTER\s*=\s*['\"]?([A-Za-z0-9_-]+)")


def providers_groups(service: Service) -> tuple[list[Resource] | None, Unknown | None]:
    """The Auto Scaling groups of the capacity providers that place the service's tasks.

    None if no capacity provider does; the second value says why a provider leads nowhere.
    """
    graph = service.graph
    names = list(_provider_names(service))
    if not names or service.property("LaunchType").value is not ABSENT:
        return None, None
    found: list[Resource] = []
    opaque: Unknown | None = None
    for name in names:
        provider = graph.named_by(name, PROVIDER) or _provider_by_name(graph, name)
        if provider is None:
            if not (text(name) or "").startswith("FARGATE"):
                opaque = opaque or why_opaque(graph, name, "capacity provider")
            continue
        group = provider.get("AutoScalingGroupProvider.AutoScalingGroupArn")
        resource = graph.named_by(group, GROUP)
        if resource is not None:
            found.append(resource)
        elif provider.get("ManagedInstancesProvider").value is not ABSENT:
            reason = f"the instances of {provider.id} are chosen by ECS (managed instances)"
            opaque = opaque or Unknown(("managed", provider.address), reason, provider.location)
        else:
            opaque = opaque or why_opaque(graph, group, "Auto Scaling group")
    return found, opaque


def _provider_names(service: Service) -> Iterator[Fact[Any]]:
    own = list(elements(service.property("CapacityProviderStrategy")))
    if not own:
        cluster = service.graph.named_by(service.property("Cluster"), CLUSTER)
        if cluster is not None:
            own = list(elements(cluster.get("DefaultCapacityProviderStrategy")))
            for association in service.graph.declared(ASSOCIATIONS):
                named = service.graph.named_by(association.get("Cluster"), CLUSTER)
                if named is not None and named.address == cluster.address and association.exists():
                    own += elements(association.get("DefaultCapacityProviderStrategy"))
    for item in own:
        yield get(item, "CapacityProvider")


def _provider_by_name(graph: ResourceGraph, name: Fact[Any]) -> Resource | None:
    wanted = text(name)
    for provider in graph.declared(PROVIDER):
        if wanted is not None and text(provider.get("Name")) == wanted and provider.exists():
            return provider
    return None


def launch_sources(service: Service) -> Iterator[Resource]:
    """The Auto Scaling groups and instances whose user data joins the service's cluster."""
    graph = service.graph
    cluster = service.property("Cluster")
    launches = {
        launch.address
        for launch in graph.declared(LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)
        if _joins(graph, _user_data(launch), cluster) and launch.exists()
    }
    for group in graph.declared(GROUP):
        launch = launch_of(graph, group)
        if isinstance(launch, Resource) and launch.address in launches and group.exists():
            yield group
    for instance in graph.declared(INSTANCE):
        if _joins(graph, instance.get("UserData"), cluster) and instance.exists():
            yield instance


def _user_data(launch: Resource) -> Fact[Any]:
    return launch.get("LaunchTemplateData.UserData" if launch.type == LAUNCH_TEMPLATE else "UserData")


def _joins(graph: ResourceGraph, data: Fact[Any], cluster: Fact[Any]) -> bool:
    """Whether user data sets ECS_CLUSTER to the cluster (``default`` where none is named)."""
    if data.value is ABSENT:
        return False
    wanted = graph.named_by(cluster, CLUSTER)
    names = {text(cluster)} if text(cluster) else set()
    if wanted is not None:
        names |= {name for name in (text(wanted.get("ClusterName")),) if name}
    before = ""
    for part in _parts(data.value):
        if isinstance(part, str):
            if any(name in names for name in _JOINS_NAMED.findall(before + part)):
                return True
            before = part
            continue
        if _JOINS.search(before) and _is(part, wanted, cluster):
            return True
        before = ""
    return False


def _parts(value: Any) -> tuple[Any, ...]:
    """The literal and unknown parts of a text (see the sources: the key of an unknown text holds them)."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Unknown) and isinstance(value.key, tuple) and value.key[:1] == ("text",):
        parts: tuple[Any, ...] = value.key[1]
        return parts
    return ()


def _is(part: Any, wanted: Resource | None, cluster: Fact[Any]) -> bool:
    symbol = part[1] if isinstance(part, tuple) and part[:1] == ("value",) else None
    if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
        return wanted is not None and symbol[1] == wanted.address
    return isinstance(cluster.value, Unknown) and symbol == cluster.value.key

