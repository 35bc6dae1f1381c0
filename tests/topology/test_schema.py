from __future__ import annotations

import pytest

from scanner.topology.entity import VALUE_TYPES
from scanner.topology.schema import KINDS, PARTS, ROOTS, entities, root_types, roots
from tests.topology.graphs import BRIDGE, RUN_TASK, graph


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_has_the_name_that_its_class_says(kind: str) -> None:
    assert KINDS[kind].kind == kind


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_member_is_documented_and_leads_to_something_known(kind: str) -> None:
    for member in KINDS[kind].members.values():
        assert member.doc.endswith("."), member.name
        assert member.type in VALUE_TYPES or member.type in KINDS, member.name


@pytest.mark.parametrize("base", [BRIDGE, RUN_TASK])
def test_a_root_stands_for_one_resource(base: str) -> None:
    of = graph(base)
    for kind, types in ROOTS.items():
        assert root_types(kind) == types
        for resource in roots(of, kind):
            assert [entity.resource for entity in entities(of, kind, resource)] == [resource]


def test_parts_are_found_on_their_owner() -> None:
    of = graph(BRIDGE)
    for kind, (owner, _) in PARTS.items():
        assert root_types(kind) == ROOTS[owner]
    [service] = roots(of, "ecs.binding")
    assert [one.label for one in entities(of, "ecs.binding", service)] == ["Service/web:8080"]


def test_a_resource_of_any_type_can_be_matched() -> None:
    of = graph(BRIDGE)
    [vpc] = roots(of, "AWS::EC2::VPC")
    [found] = entities(of, "AWS::EC2::VPC", vpc)
    assert (found.kind, found.label) == ("resource", "Vpc")


def test_what_this_world_does_not_create_has_no_entity() -> None:
    of = graph(BRIDGE, {"Conditions.Never": {"Fn::Equals": ["a", "b"]}, "Service.Condition": "Never"})
    assert entities(of, "ecs.service", of.resource("t.yaml#Service")).items == ()


def test_a_kind_may_stand_for_resources_of_several_types() -> None:
    assert root_types("states.run_task") == root_types("states.machine")
    of = graph(RUN_TASK, {"Other": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": {"Arn": "arn"}}}})
    assert [one.id for one in roots(of, "events.schedule")] == ["Schedule", "Other"]
