"""What the tags of a resource would tell, where they could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from scanner.model import Reference, Unknown
from scanner.sources.snapshot import Accounts, Context, account_text, read_snapshot

ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly"
MACHINE = "AWS::StepFunctions::StateMachine"


@dataclass(frozen=True)
class Stack:
    """A template of the scan."""

    name: str = "t.yaml"
    types: Mapping[str, str] = field(default_factory=lambda: {"Machine": MACHINE})
    stack_name: str = ""


def meant(*failed: str, stack: Stack | None = None, module: str = "", tags: Any = None) -> Reference | Unknown | None:
    resource = {"type": MACHINE, "id": ARN, "arn": ARN, **({"tags": tags} if tags else {})}
    unreadable = [{"api": api, "error": "AccessDenied"} for api in failed]
    entry = {"account": "111122223333", "region": "eu-west-1", "resources": [resource], "unreadable": unreadable}
    (account,) = read_snapshot(account_text(entry, "2026-01-31T03:00:00Z"), "s.json")
    return Context(Accounts([account]), [stack or Stack()]).meant(ARN, (), account, module)


def test_it_may_be_what_a_template_has_deployed() -> None:
    found = meant("tag:GetResources")
    assert isinstance(found, Unknown)
    assert found.reason == (
        "nightly may be of the stack of t.yaml: tag:GetResources failed in account 111122223333, region eu-west-1 "
        "(AccessDenied)"
    )
    assert found.supply == "a snapshot for which tag:GetResources is allowed"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"failed": ["elasticloadbalancing:DescribeTags"]},
        {"failed": ["tag:GetResources"], "stack": Stack(types={"Role": "AWS::IAM::Role"})},
        {"failed": ["tag:GetResources"], "module": "t.yaml"},
        {"failed": ["tag:GetResources"], "tags": [{"Key": "team", "Value": "shop"}]},
    ],
    ids=["nothing failed", "another call", "no such type", "the template itself names it", "its tags are there"],
)
def test_it_is_what_the_account_has(given: dict[str, Any]) -> None:
    found = meant(*given.pop("failed", ()), **given)
    assert found == Reference(f"111122223333/eu-west-1#{ARN}", text=ARN)
