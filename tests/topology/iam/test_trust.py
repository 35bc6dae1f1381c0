from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Items, Unknown
from scanner.topology.iam.trust import service_name
from tests.topology.iam.roles import role

TRUST = "MachineRole.Properties.AssumeRolePolicyDocument.Statement"


def principals(*statements: Any, **parameters: Any) -> list[tuple[str, Any]]:
    change = {f"Parameters.{name}": value for name, value in parameters.items()}
    found = role({TRUST: list(statements), **change}).principals()
    return [(one.principal_type, one.who().value) for one in found]


def trusted(*more: Any) -> tuple[list[Any], str]:
    """Whom the usual trust policy lets in with further statements, and why there may be others."""
    found = role({f"{TRUST}.{n}": one for n, one in enumerate(more, 1)}).trusted().value
    return [one.value for one in found.items], found.rest.reason if found.rest is not None else ""


def statement(principal: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", **more}


def test_the_service_that_is_let_in() -> None:
    [one] = role().principals()
    assert (one.type().value, one.who().value, one.label) == ("Service", "states.amazonaws.com", "states.amazonaws.com")
    assert one.at == role().property("AssumeRolePolicyDocument.Statement.0.Principal.Service").at


def test_several_statements_and_kinds() -> None:
    found = principals(
        statement({"Service": ["a.amazonaws.com", "b.amazonaws.com"]}),
        statement({"AWS": "arn:aws:iam::111122223333:root", "Federated": "cognito-identity.amazonaws.com"}),
        statement("*"),
    )
    assert found == [
        ("Service", "a.amazonaws.com"),
        ("Service", "b.amazonaws.com"),
        ("AWS", "arn:aws:iam::111122223333:root"),
        ("Federated", "cognito-identity.amazonaws.com"),
        ("*", "*"),
    ]


def test_what_is_denied_is_not_let_in() -> None:
    assert principals(statement({"Service": "a.amazonaws.com"}, "Deny")) == []
    assert trusted(statement({"Service": "states.amazonaws.com"}, "Deny")) == ([], "")
    assert trusted(statement({"Service": "states.eu-west-1.amazonaws.com"}, "Deny")) == ([], "")
    assert trusted(statement("*", "Deny")) == ([], "")
    assert trusted(statement({"Service": "ec2.amazonaws.com"}, "Deny")) == (["states.amazonaws.com"], "")
    assert trusted(statement("*", "Deny", Action="sts:TagSession")) == (["states.amazonaws.com"], "")


def test_what_may_be_denied_is_not_known() -> None:
    condition = {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}
    for denied in (
        statement("*", "Deny", Condition=condition),
        {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
    ):
        values, reason = trusted(denied)
        assert values == []
        assert reason == "whether states.amazonaws.com is denied sts:AssumeRole is not known"


def test_a_service_takes_a_role_by_one_action() -> None:
    change = {f"{TRUST}.0.Action": "sts:AssumeRoleWithWebIdentity"}
    assert role(change).trusted().value == Items((), None)
    assert [one.label for one in role(change).principals()] == ["states.amazonaws.com"]
    assert not role({f"{TRUST}.0.Action": ["sts:TagSession"]}).principals().items
    for action in ("sts:*", "*", ["sts:TagSession", "STS:assumerole"]):
        assert [one.value for one in role({f"{TRUST}.0.Action": action}).trusted().value.items] == [
            "states.amazonaws.com"
        ]


def test_whether_everybody_is_a_service() -> None:
    values, reason = trusted(statement("*"))
    assert (values, reason) == (["states.amazonaws.com"], "whether * lets in services, too, is not documented")


def test_all_but_some_are_everybody() -> None:
    [found] = principals({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"})
    assert found == ("*", "*")


def test_principals_that_are_not_known() -> None:
    change = {
        "Parameters.Services": {"Type": "CommaDelimitedList"},
        TRUST: [statement({"Service": {"Ref": "Services"}})],
    }
    found = role(change).principals()
    assert found.items == ()
    assert "Services" in str(found.rest)


REGION = ("value", ("pseudo", "AWS::Region"))
SUFFIX = ("value", ("pseudo", "AWS::URLSuffix"))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("states.amazonaws.com", "states.amazonaws.com"),
        ("states.eu-west-1.amazonaws.com", "states.amazonaws.com"),
        ("states.cn-north-1.amazonaws.com.cn", "states.amazonaws.com"),
        ("ecs-tasks.amazonaws.com.cn", "ecs-tasks.amazonaws.com"),
        ("delivery.logs.amazonaws.com", "delivery.logs.amazonaws.com"),
        ("elsewhere", "elsewhere"),
        (Unknown(("text", ("states.", REGION, ".amazonaws.com")), ""), "states.amazonaws.com"),
        (Unknown(("text", ("states.", REGION, ".", SUFFIX)), ""), "states.amazonaws.com"),
        (Unknown(("text", ("ecs-tasks.", SUFFIX)), ""), "ecs-tasks.amazonaws.com"),
        (Unknown(("text", (("value", ("parameter", "t", "P")), ".amazonaws.com")), ""), None),
        (Unknown(("parameter", "t", "P"), ""), None),
    ],
)
def test_the_usual_name_of_a_service(value: Any, name: str | None) -> None:
    assert service_name(value) == name
