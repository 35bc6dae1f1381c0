"""From a service to the Auto Scaling groups and instances that its cluster is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.model import ABSENT, Fact, Resource, ResourceGraph, Unknown, get
from scanner.topology.ecs.join import joins
from scanner.topology.ecs.launch import GROUP, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, launch_of
from scanner.topology.ecs.service import Service
from scanner.topology.lookup import elements, text, why_opaque

CLUSTER = "AWS::ECS::Cluster"
PROVIDER = "AWS::ECS::CapacityProvider"
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"


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
        provider = graph.named_by(name, PROVIDER) or _provider_by_name(service, name)
        if provider is None:
            if not (text(name) or "").startswith("FARGATE"):
                opaque = opaque or why_opaque(graph, name, "capacity provider", PROVIDER)
            continue
        group = provider.get("AutoScalingGroupProvider.AutoScalingGroupArn")
        resource = graph.named_by(group, GROUP)
        if resource is not None:
            found.append(resource)
        elif provider.get("ManagedInstancesProvider").value is not ABSENT:
            reason = f"the instances of {provider.id} are chosen by ECS (managed instances)"
            opaque = opaque or Unknown(("managed", provider.address), reason, provider.location)
        else:
            opaque = opaque or why_opaque(graph, group, "Auto Scaling group", GROUP)
    return found, opaque


def _provider_names(service: Service) -> Iterator[Fact[Any]]:
    own = list(elements(service.property("CapacityProviderStrategy")))
    if not own:
        cluster = service.graph.named_by(service.property("Cluster"), CLUSTER)
        if cluster is not None:
            own = list(elements(cluster.get("DefaultCapacityProviderStrategy")))
            for association in _associations(service.graph, cluster):
                own += elements(association.get("DefaultCapacityProviderStrategy"))
    for item in own:
        yield get(item, "CapacityProvider")


def _provider_by_name(service: Service, name: Fact[Any]) -> Resource | None:
    wanted = text(name)
    for provider in service.graph.declared(PROVIDER):
        if service.graph.apart(service.resource, provider):
            continue
        if wanted is not None and text(provider.get("Name")) == wanted and provider.exists():
            return provider
    return None


def launch_sources(service: Service) -> Iterator[Resource]:
    """The Auto Scaling groups and instances that are in the service's cluster: their user data or metadata joins it,
    or a capacity provider of the cluster has them."""
    graph = service.graph
    cluster = service.property("Cluster")
    owner = graph.named_by(cluster, CLUSTER) or service.resource
    launches = {
        launch.address
        for launch in graph.declared(LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)
        if not graph.apart(owner, launch) and joins(graph, launch, cluster) and launch.exists()
    }
    provided = {group.address for group in _provided_groups(service)}
    for group in graph.declared(GROUP):
        if graph.apart(owner, group):
            continue
        if group.address not in provided and not joins(graph, group, cluster):
            launch = launch_of(graph, group)
            if not isinstance(launch, Resource) or launch.address not in launches:
                continue
        if group.exists():
            yield group
    for instance in graph.declared(INSTANCE):
        if not graph.apart(owner, instance) and joins(graph, instance, cluster) and instance.exists():
            yield instance


def _provided_groups(service: Service) -> Iterator[Resource]:
    """The Auto Scaling groups of all capacity providers that are associated with the service's cluster."""
    graph = service.graph
    cluster = graph.named_by(service.property("Cluster"), CLUSTER)
    if cluster is None:
        return
    names = list(elements(cluster.get("CapacityProviders")))
    for association in _associations(graph, cluster):
        names += elements(association.get("CapacityProviders"))
    for name in names:
        provider = graph.named_by(name, PROVIDER) or _provider_by_name(service, name)
        if provider is not None:
            group = graph.named_by(provider.get("AutoScalingGroupProvider.AutoScalingGroupArn"), GROUP)
            if group is not None:
                yield group


def _associations(graph: ResourceGraph, cluster: Resource) -> Iterator[Resource]:
    for association in graph.declared(ASSOCIATIONS):
        named = graph.named_by(association.get("Cluster"), CLUSTER)
        if named is not None and named.address == cluster.address and association.exists():
            yield association
