from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Fact
from scanner.topology.iam.named import role_named
from tests.topology.graphs import graph_of

ROLES = {
    "Named": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reports", "Path": "/tasks/"}},
    "Made": {"Type": "AWS::IAM::Role"},
    "ByStage": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Fn::Sub": "reports-${Stage}"}}},
    "Topic": {"Type": "AWS::SNS::Topic"},
}


def named(value: Any, **more: Any) -> str | None:
    template = {
        "Parameters": {"Stage": {"Type": "String"}, "Any": {"Type": "String"}},
        "Resources": {**ROLES, **more, "User": {"Type": "AWS::Test::User", "Properties": {"Role": value}}},
    }
    of = graph_of(template)
    found = role_named(of, of.resource("t.yaml#User").get("Role"))
    return found.id if found is not None else None


@pytest.mark.parametrize(
    ("value", "id"),
    [
        ({"Ref": "Made"}, "Made"),
        ({"Fn::GetAtt": ["Made", "Arn"]}, "Made"),
        ({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Made}"}, "Made"),
        ({"Fn::Sub": "${Made}"}, "Made"),
        ("arn:aws:iam::111122223333:role/tasks/reports", "Named"),
        ("reports", "Named"),
        (
            {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":role/reports-", {"Ref": "Stage"}]]},
            "ByStage",
        ),
        ("arn:aws:iam::111122223333:role/tasks/report", None),
        ("arn:aws:iam::111122223333:user/reports", None),
        ("arn:aws:sns:eu-west-1:111122223333:reports", None),
        ({"Ref": "Topic"}, None),
        ({"Ref": "Any"}, None),
        ("", None),
    ],
)
def test_a_role_is_named_in_many_ways(value: Any, id: str | None) -> None:
    assert named(value) == id


def test_a_name_that_two_roles_have_names_neither() -> None:
    assert named("reports", Second=ROLES["Named"]) is None


def test_nothing_names_nothing() -> None:
    from scanner.model import ABSENT

    assert role_named(graph_of({"Resources": ROLES}), Fact(ABSENT)) is None
