"""The calls that collectors declare, what snapshots know of them, and the policy that is made of them."""

from __future__ import annotations

import json
import re

import botocore.session
import pytest

from scanner.analysis.iam.actions import action
from scanner.sources.account import policy
from scanner.sources.account.calls import CLIENTS
from scanner.sources.account.collect import APIS
from scanner.sources.snapshot import tables


def known() -> dict[str, set[str]]:
    """The types that the reader of snapshots takes for hidden where a call failed."""
    found: dict[str, set[str]] = {}
    for type, apis in tables.APIS.items():
        for api in apis:
            found.setdefault(api, set()).add(type)
    for type, properties in tables.PROPERTY_APIS.items():
        for apis in properties.values():
            for api in apis:
                found.setdefault(api, set()).add(type)
    for api in tables.TAG_APIS.values():
        found.setdefault(api, set())
    return found


def test_reader_and_collectors_know_the_same_calls() -> None:
    assert {api: set(types) for api, types in APIS.items()} == known()


@pytest.mark.parametrize("api", sorted(APIS))
def test_call_is_one_of_the_api(api: str) -> None:
    service, _, name = api.partition(":")
    model = botocore.session.Session().get_service_model(CLIENTS.get(service, service))
    assert name in model.operation_names


def test_actions_are_those_of_the_service_authorization_reference() -> None:
    assert [name for name in policy.actions() if action(name) is None] == []


def test_policy_holds_every_call_and_only_reads() -> None:
    document = policy.document()
    listed = [name for statement in document["Statement"] for name in statement["Action"]]
    assert listed == sorted({*APIS, "ec2:DescribeRegions"})
    assert {re.sub("(?<=[a-z])[A-Z].*", "", name.partition(":")[2]) for name in listed} == {
        "Batch",
        "Describe",
        "Get",
        "List",
    }
    assert all(statement["Effect"] == "Allow" for statement in document["Statement"])
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)
    assert len(json.dumps(document, separators=(",", ":"))) < 6144  # the most that a managed policy holds


def test_template_of_a_role() -> None:
    template = json.loads(policy.as_template("111122223333", "nightly"))
    role = template["Resources"]["Role"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::111122223333:root"}}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "nightly"}}
    assert role["Policies"][0]["PolicyDocument"] == policy.document()


def test_template_without_more_trusts_its_own_account() -> None:
    (trust,) = json.loads(policy.as_template())["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert "Condition" not in trust
