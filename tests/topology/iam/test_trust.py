from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.iam.trust import service_name
from tests.topology.iam.roles import role

TRUST = "MachineRole.Properties.AssumeRolePolicyDocument.Statement"


def principals(*statements: Any, **parameters: Any) -> list[tuple[str, Any]]:
    change = {f"Parameters.{name}": value for name, value in parameters.items()}
    found = role({TRUST: list(statements), **change}).principals()
    return [(one.principal_type, one.who().value) for one in found]


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
    found = role({f"{TRUST}.1": statement({"Service": "states.amazonaws.com"}, "Deny")})
    assert found.trusted().value.rest is not None
    assert "denies" in found.trusted().value.rest.reason
    assert role().trusted().value.rest is None


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
