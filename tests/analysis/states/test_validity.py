from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.states.validity import faults
from scanner.model import Fact, Unknown
from tests.analysis.states.facts import fact, task

STANDARD = Fact("STANDARD")
UNKNOWN = Unknown("u", "not known")


def found(definition: Any, kind: Fact[Any] = STANDARD) -> list[tuple[str, str]]:
    return [(fault.says, fault.place.file if fault.place else "") for fault in faults(fact(definition), kind)[0]]


def of(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


VALID = {
    "a state": of(A=task()),
    "numbers of any form": of(A=task(Retry=[{"ErrorEquals": ["States.ALL"], "BackoffRate": 2, "MaxAttempts": 0}])),
    "a path with a hyphen": of(A=task(Parameters={"x.$": "$.test-run"}, ResultPath="$.test-result")),
    "a distributed map": of(
        M={
            "Type": "Map",
            "Label": "Files",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 0},
                "Parameters": {"Bucket": "b", "Key": "k"},
            },
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **of(I=task())},
            "End": True,
        }
    ),
    "JSONata": {
        "QueryLanguage": "JSONata",
        **of(
            A={
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Arguments": {"Message": "{% $states.input %}"},
                "End": True,
            }
        ),
    },
}


@pytest.mark.parametrize("name", VALID)
def test_valid_definitions(name: str) -> None:
    assert found(VALID[name]) == []


INVALID = {
    "no such state": (of(A=task(Next="B")), "States/A/Next"),
    "no such start": ({"StartAt": "B", "States": {"A": task()}}, "StartAt"),
    "not reached": (of(A=task(), B=task()), "States/B"),
    "no type": (of(A={"End": True}), "States/A"),
    "no start": ({"States": {"A": task()}}, "States/A"),
    "a field that states do not have": (of(A=task(Retries=3)), "States/A/Retries"),
    "a name with dots": (of(**{"A. B": task(Next="C")}), "States/A. B/Next"),
    "within a branch": (
        of(P={"Type": "Parallel", "Branches": [of(I=task(Next="X"))], "End": True}),
        "States/P/Branches/0/States/I/Next",
    ),
    "States.ALL in company": (
        of(A=task(Retry=[{"ErrorEquals": ["States.ALL", "Own"]}])),
        "States/A/Retry/0/ErrorEquals",
    ),
    "States.ALL before another": (
        of(A=task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["Own"]}])),
        "States/A/Retry/0/ErrorEquals",
    ),
    "the SDK with .sync": (of(A=task(Resource="arn:aws:states:::aws-sdk:ecs:runTask.sync")), "States/A/Resource"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_definitions_say_where(name: str) -> None:
    definition, place = INVALID[name]
    assert place in [where for _, where in found(definition)]


@pytest.mark.parametrize("suffix", [".sync", ".waitForTaskToken"])
def test_express_workflows_do_not_wait(suffix: str) -> None:
    definition = of(A=task(Resource=f"arn:aws:states:::sqs:sendMessage{suffix}"))
    assert found(definition) == []
    assert found(definition, Fact("EXPRESS")) == [(f"A: Express workflows do not have {suffix}", "States/A/Resource")]
    assert faults(fact(definition), Fact(UNKNOWN)) == ([], UNKNOWN)


@pytest.mark.parametrize(
    "value", ["text", 3, [], {}, {"States": 3}, {"States": {"A": 3}}, {"States": {}, "StartAt": 1}]
)
def test_anything_is_judged(value: object) -> None:
    assert found(value)


def test_values_that_are_not_known_are_no_fault() -> None:
    stated = of(
        A=task(
            TimeoutSeconds=UNKNOWN,
            Parameters={"TopicArn": UNKNOWN},
            Retry=[{"ErrorEquals": [UNKNOWN], "BackoffRate": UNKNOWN}],
        )
    )
    assert faults(fact(stated), STANDARD) == ([], None)


def test_a_name_of_a_state_that_is_not_known_leaves_a_doubt() -> None:
    assert faults(fact(of(A=task(Next=UNKNOWN), B=task())), STANDARD) == ([], UNKNOWN)
