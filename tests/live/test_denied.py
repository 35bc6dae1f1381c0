"""A call that fails is named, and takes away nothing but what it gives."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.sources.account.collect import APIS
from scanner.sources.snapshot.tables import PROPERTY_APIS, TAG_APIS
from tests.live.conftest import read
from tests.live.proxy import Proxy
from tests.live.replay import Recorded

pytestmark = pytest.mark.live
CALLED = sorted({*APIS} - {"ecs:DescribeContainerInstances", "ecs:DescribeTasks", "ecs:DescribeTaskSets"})
ASKED_BY = {
    "ecs:DescribeTaskDefinition": ("AWS::Logs::LogGroup",),
    "states:DescribeStateMachine": ("AWS::ECS::TaskDefinition",),
    "states:ListStateMachines": ("AWS::ECS::TaskDefinition",),
    "events:ListRules": ("AWS::ECS::TaskDefinition",),
    "events:ListTargetsByRule": ("AWS::ECS::TaskDefinition",),
}
"""What is asked for only because a call names it: nothing else could refer to it."""
Key = tuple[str, str]


def keyed(entry: dict[str, Any]) -> dict[Key, dict[str, Any]]:
    return {(one["type"], one["id"]): one for one in entry["resources"]}


def without(api: str, entry: dict[str, Any], full: dict[str, Any]) -> None:
    """Checks that what an entry lacks, against the full one, is what a call gives."""
    known, whole = keyed(entry), keyed(full)
    assert set(known) <= set(whole)
    assert {type for type, _ in set(whole) - set(known)} <= set(APIS[api]) | set(ASKED_BY.get(api, ()))
    for key, one in known.items():
        if one == whole[key]:
            continue
        type = key[0]
        properties = {name for name, apis in PROPERTY_APIS.get(type, {}).items() if api in apis}
        tags = {"tags"} if any(type.startswith(start) and api == own for start, own in TAG_APIS.items()) else set()
        changed = {name for name in {*one, *whole[key]} if one.get(name) != whole[key].get(name)}
        properties |= {"Entries"} if type == "AWS::EC2::PrefixList" else set()  # of those that rules and routes name
        assert changed <= tags | ({"properties"} if properties else set()) | _attributes(type), key
        lacking = {name: value for name, value in whole[key]["properties"].items() if name not in one["properties"]}
        assert set(lacking) <= properties, key
        assert one["properties"].items() <= whole[key]["properties"].items(), key
        assert one.get("attributes", {}).items() <= whole[key].get("attributes", {}).items(), key


def _attributes(type: str) -> set[str]:
    """Types whose attributes come from calls of their own."""
    return {"attributes"} if type in ("AWS::EC2::VPC", "AWS::Logs::LogGroup") else set()


@pytest.mark.parametrize("api", CALLED)
def test_denied_call_is_named_and_nothing_else_changes(
    api: str, proxy: Proxy, recorded: Recorded, full: dict[str, Any]
) -> None:
    entry = recorded.collected(full["account"], full["region"], denied=api)
    assert [(one["api"], one["error"]) for one in entry["unreadable"]] == [(api, "AccessDenied")]
    without(api, entry, full)


def test_everything_denied(proxy: Proxy) -> None:
    """As the wire of each service says it, unlike what is denied of a recorded account."""
    proxy.rules = dict.fromkeys(APIS, "AccessDenied")
    (entry,), _ = read()
    assert entry["resources"] == []
    assert {one["error"] for one in entry["unreadable"]} == {"AccessDenied"}
    services = {one["api"].partition(":")[0] for one in entry["unreadable"]}
    assert services == {api.partition(":")[0] for api in APIS} - {"logs", "tag"}  # asked about what is there


def test_what_is_recorded_is_what_the_wire_gives(proxy: Proxy, full: dict[str, Any]) -> None:
    (entry,), refused = read()
    assert (refused, entry["unreadable"], entry["resources"]) == ([], [], full["resources"])


def test_call_that_is_throttled_is_tried_again(proxy: Proxy, full: dict[str, Any]) -> None:
    proxy.rules["ecs:DescribeServices"] = "ThrottlingException*1"
    (entry,), _ = read(attempts=2)
    assert (entry["unreadable"], entry["resources"]) == ([], full["resources"])
    assert proxy.called["ecs:DescribeServices"] == 2


def test_call_that_stays_throttled_is_named(proxy: Proxy, full: dict[str, Any]) -> None:
    proxy.rules["elasticloadbalancing:DescribeTargetGroups"] = "Throttling"
    (entry,), _ = read(attempts=2)
    assert entry["unreadable"] == [{"api": "elasticloadbalancing:DescribeTargetGroups", "error": "Throttling"}]
    assert proxy.called["elasticloadbalancing:DescribeTargetGroups"] == 2
    without("elasticloadbalancing:DescribeTargetGroups", entry, full)


@pytest.mark.parametrize(
    ("api", "error"),
    [("ec2:DescribeSecurityGroups", "ResponseParserError"), ("ecs:DescribeServices", "IncompleteReadError")],
    ids=["XML", "JSON"],
)
def test_answer_that_is_cut_off_is_named(api: str, error: str, proxy: Proxy, full: dict[str, Any]) -> None:
    proxy.rules[api] = "cut"
    (entry,), _ = read()
    assert entry["unreadable"] == [{"api": api, "error": error}]
    without(api, entry, full)


def test_what_is_gone_by_the_time_it_is_described_is_no_failure(proxy: Proxy, full: dict[str, Any]) -> None:
    proxy.rules["states:DescribeStateMachine"] = "StateMachineDoesNotExist"
    (entry,), _ = read()
    assert entry["unreadable"] == []
    missing = {key for key in keyed(full) if key not in keyed(entry)}
    assert {type for type, _ in missing} <= {"AWS::StepFunctions::StateMachine", "AWS::ECS::TaskDefinition"}
    assert "AWS::StepFunctions::StateMachine" in {type for type, _ in missing}


def test_tags_of_the_others_are_read_if_one_resource_is_gone(proxy: Proxy, full: dict[str, Any]) -> None:
    proxy.rules["elasticloadbalancing:DescribeTags"] = "LoadBalancerNotFound*1"
    (entry,), _ = read()
    assert (entry["unreadable"], entry["resources"]) == ([], full["resources"])
