from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Resource, Unknown
from scanner.topology.ecs.launch import launch_of
from tests.topology.graphs import BRIDGE, graph


def launched(properties: dict[str, Any]) -> Any:
    change = {
        "Parameters.P": {"Type": "String"},
        "LaunchTemplate.Properties.LaunchTemplateName": "web",
        "Instances.Properties": properties,
    }
    of = graph(BRIDGE, change)
    return launch_of(of, of.resource("t.yaml#Instances"))


BY_ID = {"LaunchTemplateId": {"Ref": "LaunchTemplate"}}


@pytest.mark.parametrize(
    "properties",
    [
        {"LaunchTemplate": BY_ID},
        {"LaunchTemplate": {"LaunchTemplateName": "web"}},
        {"MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": BY_ID}}},
        {"MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "web"}}}},
    ],
)
def test_launch_templates_by_id_and_name_and_in_mixed_instances(properties: dict[str, Any]) -> None:
    found = launched(properties)
    assert isinstance(found, Resource)
    assert found.id == "LaunchTemplate"


@pytest.mark.parametrize("name", ["other", {"Ref": "P"}, {"Fn::ImportValue": "x"}])
def test_a_launch_template_outside_of_the_scan(name: Any) -> None:
    assert isinstance(launched({"LaunchTemplate": {"LaunchTemplateName": name}}), Unknown)


def test_a_group_that_names_none() -> None:
    assert launched({"MinSize": "1"}) is None
