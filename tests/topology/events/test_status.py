from __future__ import annotations

from typing import Any

import pytest

from tests.topology.graphs import ids
from tests.topology.states.machines import machine

PATTERN: dict[str, Any] = {
    "source": ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    "detail": {"status": ["FAILED"], "stateMachineArn": [{"Ref": "Machine"}]},
}


def rules(change: dict[str, Any], status: str = "FAILED", services: tuple[str, ...] = ("sns",), **more: Any) -> Any:
    properties = {"EventPattern": PATTERN, "Targets": [{"Id": "t", "Arn": {"Ref": "Topic"}}], **change}
    return machine({"Notice": {"Type": "AWS::Events::Rule", "Properties": properties}, **more}).status_rules(
        status=status, services=services
    )


def test_a_rule_on_failed_executions() -> None:
    assert ids(rules({})) == ["Notice"]
    assert rules({}).rest is None


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.states"]},
        {**PATTERN, "detail": {"status": ["TIMED_OUT", "FAILED"]}},
        '{"source": ["aws.states"], "detail": {"status": ["FAILED"]}}',
    ],
)
def test_what_a_pattern_leaves_out_matches_anything(pattern: object) -> None:
    assert ids(rules({"EventPattern": pattern})) == ["Notice"]


@pytest.mark.parametrize(
    "change",
    [
        {"EventPattern": {**PATTERN, "source": ["aws.ecs"]}},
        {"EventPattern": {**PATTERN, "detail": {"status": ["SUCCEEDED"]}}},
        {"EventPattern": {**PATTERN, "detail-type": ["Another"]}},
        {"EventPattern": {**PATTERN, "detail": {"stateMachineArn": [{"Ref": "Topic"}]}}},
        {"EventPattern": None},
        {"State": "DISABLED"},
        {"Targets": []},
        {"Targets": [{"Id": "t", "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}]},
    ],
)
def test_a_rule_that_tells_nothing(change: dict[str, Any]) -> None:
    found = rules(
        {name: value for name, value in change.items() if value is not None} or {"EventPattern": {"source": ["x"]}}
    )
    assert found.items == ()
    assert found.rest is None


def test_the_service_of_a_target_is_told_by_its_arn() -> None:
    change = {"Targets": [{"Id": "t", "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}]}
    assert ids(rules(change, services=("lambda",))) == ["Notice"]


def test_a_pattern_that_is_not_known_leaves_a_doubt() -> None:
    change = {"EventPattern": {"Ref": "Pattern"}}
    found = rules(change, **{"Parameters.Pattern": {"Type": "String"}})
    assert found.items == ()
    assert "whether Notice matches the executions of Machine is not known" in found.rest.reason
    prefix = {**PATTERN, "detail": {"stateMachineArn": [{"prefix": "arn:aws:states"}]}}
    assert rules({"EventPattern": prefix}).rest is not None


def test_a_machine_that_others_may_name_leaves_a_doubt() -> None:
    found = rules({"State": "DISABLED"}, **{"Outputs.Machine": {"Value": {"Ref": "Machine"}}})
    assert found.rest is not None
    assert "output Machine" in found.rest.reason
