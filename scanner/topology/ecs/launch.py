"""What an Auto Scaling group launches its instances from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.model import ABSENT, Fact, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.lookup import why_opaque

GROUP = "AWS::AutoScaling::AutoScalingGroup"
INSTANCE = "AWS::EC2::Instance"
LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"
LAUNCH_CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"


def launch_of(graph: ResourceGraph, group: Resource) -> Resource | Unknown | None:
    """The launch template or configuration of an Auto Scaling group; Unknown if it is not in the scan."""
    values = []
    for value in _launch_values(group):
        if value.value is ABSENT:
            continue
        values.append(value)
        named = graph.named_by(value, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)
        if named is not None:
            return named
        by_name = _template_named(graph, group, value)
        if by_name is not None:
            return by_name
    return why_opaque(graph, values[0], "launch template", LAUNCH_TEMPLATE) if values else None


def _launch_values(group: Resource) -> Iterator[Fact[Any]]:
    yield group.get("LaunchConfigurationName")
    for owner in ("LaunchTemplate", "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"):
        for name in ("LaunchTemplateId", "LaunchTemplateName"):
            yield group.get(f"{owner}.{name}")


def _template_named(graph: ResourceGraph, group: Resource, value: Fact[Any]) -> Resource | None:
    if isinstance(value.value, (Reference, Mapping)):
        return None
    for template in graph.declared(LAUNCH_TEMPLATE):
        if (
            not graph.apart(group, template)
            and template.get("LaunchTemplateName").value == value.value
            and template.exists()
        ):
            return template
    return None
