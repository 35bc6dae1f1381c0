from __future__ import annotations

from scanner.model import ABSENT, Unknown
from tests.topology.states.machines import STATE, machine, state


def test_what_a_state_calls() -> None:
    found = state(machine(), "Make Report")
    assert (found.service().value, found.action().value, found.pattern().value) == ("ecs", "runTask", "sync")
    failed = state(machine(), "Failed")
    assert failed.service().value is ABSENT
    assert failed.type().value == "Fail"


def test_limits_of_time() -> None:
    found = state(machine({f"{STATE}.TimeoutSeconds": 5, f"{STATE}.HeartbeatSecondsPath": "$.beat"}), "Make Report")
    assert found.timeout().value == 5
    assert isinstance(found.heartbeat().value, Unknown)
    assert state(machine(), "Make Report").timeout().value is ABSENT


def test_handlers_have_places_and_names() -> None:
    retrier, catcher = state(machine(), "Make Report").handlers()
    assert retrier.label == "retrier 1 (States.ALL)"
    assert catcher.label == "catcher 1 (States.ALL)"
    assert retrier.address == "t.yaml#Machine/Make Report/Retry/0"
    assert [item.value for item in retrier.errors().value.items] == ["States.ALL"]
    assert retrier.at != catcher.at


def test_who_reports() -> None:
    def reports(resource: object, *services: str) -> bool:
        found = machine(
            {
                "Activity": {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": "a"}},
                "Function": {"Type": "AWS::Lambda::Function"},
                "Machine.Properties.Definition.States.Tell Success.Resource": resource,
            }
        )
        return state(found, "Make Report").reports(services)(state(found, "Tell Success").stated)

    assert reports("arn:aws:states:::sns:publish", "sns")
    assert reports("arn:aws:states:::aws-sdk:sns:publish", "sns")
    assert reports("arn:aws:states:::lambda:invoke.waitForTaskToken", "lambda")
    assert reports("arn:aws:states:::http:invoke", "http")
    assert reports({"Fn::GetAtt": ["Function", "Arn"]}, "lambda")
    assert not reports({"Ref": "Activity"}, "lambda")
    assert not reports("arn:aws:states:::sns:publish", "sqs")
    assert not reports("arn:aws:states:::aws-sdk:sns:createTopic", "sns")


def test_the_workflow_type_is_that_of_the_child_executions() -> None:
    inner = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "End": True}},
    }
    each = {"Type": "Map", "ItemProcessor": inner, "End": True}
    found = machine({"Machine.Properties.Definition.States.Each": each})
    assert state(found, "Each/ItemProcessor/I").workflow_type().value == "EXPRESS"
    assert state(found, "Each").workflow_type().value == "STANDARD"
