from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.ports import PortSet
from scanner.model import Items, Unknown
from scanner.topology.elbv2.target_group import TargetGroup
from scanner.topology.lookup import text
from scanner.topology.observed.target import Target, registered_ports
from tests.topology.graphs import BRIDGE, binding, find, graph
from tests.topology.observed.live import denied, web, web_group

FIRST = "observed.target_health.0.TargetHealthDescriptions.0"
DYNAMIC = PortSet.of_range(32768, 65535)


def first(health: dict[str, Any], more: dict[str, Any] | None = None) -> Target:
    return web_group({f"{FIRST}.TargetHealth": health, **(more or {})}).targets().items[0]


def test_targets_with_the_ports_that_their_tasks_have() -> None:
    targets = web_group().targets()
    assert [one.label for one in targets] == ["web/i-0a1:32769", "web/i-0a2:49153"]
    assert [(text(one.id()), one.port().value) for one in targets] == [("i-0a1", 32769), ("i-0a2", 49153)]
    assert targets.rest is None
    assert [one.label for one in targets.items[0].group()] == ["web"]
    assert targets.items[0].at[0].line > 1


def test_the_targets_of_a_binding_are_those_of_its_group() -> None:
    [bound] = web().bindings()
    assert [one.label for one in bound.targets()] == ["web/i-0a1:32769", "web/i-0a2:49153"]
    assert bound.targets().rest is None


def test_why_a_target_is_not_healthy() -> None:
    found = first({"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"})
    assert found.health().value == "unhealthy"
    assert found.reason().value == "Target.Timeout"
    assert str(found.because().value).startswith("Target.Timeout (Request timed out); APP003, APP006, ")
    rules = found.explained_by().value
    assert isinstance(rules, Items)
    assert "NET002" in [rule.value for rule in rules.items]


def test_a_description_explains_where_the_code_does_not() -> None:
    found = first({"State": "unhealthy", "Description": "Health checks failed with these codes: [502]"})
    assert str(found.because().value).startswith("no reason is given (Health checks failed with these codes: [502]); ")
    assert "HC002" in str(found.because().value)


def test_a_code_without_description_says_what_it_means() -> None:
    found = first({"State": "unused", "Reason": "Target.IpUnusable"})
    assert found.because().value == "Target.IpUnusable (The address is in use by a load balancer)"


def test_health_that_is_unavailable_is_not_known() -> None:
    value = first({"State": "unavailable", "Reason": "Target.HealthCheckDisabled"}).health().value
    assert isinstance(value, Unknown)
    assert "Target.HealthCheckDisabled" in value.reason


def test_a_group_without_targets_has_none_and_one_without_entry_is_not_known() -> None:
    none = web_group({"observed.target_health.0.TargetHealthDescriptions": []}).targets()
    assert (none.items, none.rest) == ((), None)
    unasked = web_group({"observed.target_health.0": None}).targets()
    assert unasked.items == ()
    assert unasked.rest is not None
    assert unasked.rest.reason == "a target of web is not known: target_health has no entry for it"


@pytest.mark.parametrize(
    "api", ["elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeTargetGroups"]
)
def test_a_call_that_failed_leaves_the_known_ones_and_may_hide_others(api: str) -> None:
    targets = web_group(denied(api)).targets()
    assert len(targets.items) == 2
    assert targets.rest is not None
    assert api in targets.rest.reason


def test_a_template_tells_no_targets() -> None:
    targets = find(TargetGroup, graph(BRIDGE), "TargetGroup").targets()
    assert targets.items == ()
    assert targets.rest is not None
    assert "only an account tells" in targets.rest.reason


# --- ports


def test_ports_of_targets_that_take_requests() -> None:
    ports = registered_ports(web_group())
    assert ports.must == ports.may == PortSet.parse("32769,49153")
    for state in ("draining", "unused", "unhealthy.draining"):
        leaving = web_group({f"{FIRST}.TargetHealth": {"State": state}})
        assert registered_ports(leaving).must == PortSet.parse("49153")


@pytest.mark.parametrize(
    ("port", "expected"), [(40000, DYNAMIC), (20001, DYNAMIC | PortSet.parse("20001")), (0, DYNAMIC)]
)
def test_the_dynamic_range_and_what_is_registered_outside(port: int, expected: PortSet) -> None:
    [bound] = web({f"{FIRST}.Target.Port": port}).bindings()
    found = bound.ports(dynamic_ports=DYNAMIC).value
    assert (found.must, found.may) == (expected, expected)


def test_a_static_port_stays_what_it_is() -> None:
    [bound] = web({"task-definition/web:7.properties.ContainerDefinitions.0.PortMappings.0.HostPort": 8080}).bindings()
    assert bound.ports(dynamic_ports=DYNAMIC).value.must == PortSet.parse("8080")


def test_a_template_asks_for_the_range_alone() -> None:
    assert binding(graph(BRIDGE)).ports(dynamic_ports=DYNAMIC).value.must == DYNAMIC
