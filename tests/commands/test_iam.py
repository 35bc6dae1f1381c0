from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.commands import main

WORKFLOW = "rules/fixtures/run-task.yaml"
NONE = "has no state machine, and nothing else that takes a role whose needs are known"


@pytest.fixture(autouse=True)
def in_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["iam", "policy", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_json_alone_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, WORKFLOW)
    assert status == 0
    assert list(json.loads(out)) == ["MachineRole", "ScheduleRole", "ExecutionRole"]
    assert "<Region>: AWS::Region is known when the stack is deployed (--region NAME)\n" in err


def test_what_is_given_stands_in_the_policy(capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--region", "eu-central-1", "--account", "111122223333")
    _, out, err = run(capsys, WORKFLOW, *where)
    rule = "arn:aws:events:eu-central-1:111122223333:rule/StepFunctionsGetEventsForECSTaskRule"
    assert rule in [statement["Resource"] for statement in json.loads(out)["MachineRole"]["Statement"]]
    assert "<Region>" not in err


def test_the_tightest_policy_leaves_out_what_works_without(capsys: pytest.CaptureFixture[str]) -> None:
    _, wide, _ = run(capsys, WORKFLOW, "--machine", "Machine")
    _, tight, _ = run(capsys, WORKFLOW, "--machine", "Machine", "--tightest")
    assert "logs:PutLogEvents" in json.dumps(json.loads(wide)["MachineRole"])
    assert "logs:PutLogEvents" not in json.dumps(json.loads(tight)["MachineRole"])


@pytest.mark.parametrize(("form", "begins"), [("cloudformation", "Resources:\n"), ("terraform", 'data "aws_')])
def test_other_forms(capsys: pytest.CaptureFixture[str], form: str, begins: str) -> None:
    status, out, err = run(capsys, WORKFLOW, "-o", form)
    assert (status, err) == (0, "")
    assert out.startswith(begins)


def test_a_machine_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, WORKFLOW, "--machine", "Nightly")
    assert (status, out) == (2, "")
    assert err == "clearway iam policy: there is no state machine Nightly: the state machines are Machine\n"
    status, _, err = run(capsys, "examples/good.yaml", "--machine", "Nightly")
    assert status == 2
    assert err.endswith("there is no state machine Nightly: there is none\n")


def test_a_template_without_machines_may_have_an_execution_role(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "deploy/nightly-scan.yaml")
    assert status == 0
    assert "ExecutionRole" in json.loads(out)


def test_a_template_without_either(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "rules/fixtures/acl-service.yaml")
    assert (status, out) == (0, "{}\n")
    assert err.endswith(f"clearway iam policy: rules/fixtures/acl-service.yaml {NONE}\n")
    assert run(capsys, "rules/fixtures/acl-service.yaml", "-o", "terraform")[1] == ""


def test_what_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    assert run(capsys, str(missing)) == (2, "", f"{missing}:1:1: the file does not exist\n")
    broken = tmp_path / "broken.yaml"
    broken.write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: {\n")
    status, out, err = run(capsys, str(broken))
    assert (status, out) == (2, "")
    assert err.startswith(f"{broken}:")
    status, _, err = run(capsys, WORKFLOW, "--set", "Region")
    assert (status, err) == (2, "clearway: --set Region: write NAME=VALUE\n")


def test_what_may_be_needed_besides_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = Path(WORKFLOW).read_text()
    template = tmp_path / "t.yaml"
    template.write_text(text.replace("TaskDefinition: !Ref TaskDefinition\n", "TaskDefinition: elsewhere\n"))
    _, _, err = run(capsys, str(template), "--machine", "Machine")
    assert (
        "MachineRole may need iam:PassRole as well (state Make Report gives its task roles): the ExecutionRoleArn of "
        "what state Make Report names is not known: elsewhere is not defined in the scan\n"
    ) in err
    template.write_text(text.replace("sns:publish", "quantum:entangle"))
    _, _, err = run(capsys, str(template))
    assert "MachineRole may need more: what state Tell Success needs for quantum:entangle is not known here\n" in err


def test_a_policy_that_is_too_large_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    states = ", ".join(
        f"S{n}: {{Type: Task, End: true, Resource: 'arn:aws:states:::sns:publish', Parameters: {{TopicArn: "
        f"'arn:aws:sns:us-east-1:111122223333:a-topic-with-a-name-that-is-rather-long-number-{n}'}}}}"
        for n in range(150)
    )
    template = tmp_path / "t.yaml"
    template.write_text(
        "Resources:\n  Role: {Type: AWS::IAM::Role}\n  Machine:\n    Type: AWS::StepFunctions::StateMachine\n"
        f"    Properties: {{RoleArn: !GetAtt Role.Arn, Definition: {{StartAt: S0, States: {{{states}}}}}}}\n"
    )
    status, _, err = run(capsys, str(template))
    assert status == 0
    assert "\nthe policy of Role is too large: it has " in err
    assert (
        "Role may need kms:Decrypt as well (state S0 publishes to a topic that is encrypted, and 149 more): the " in err
    )
    assert err.endswith(" characters, and AWS takes 10,240\n")


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["iam", "policy", "--help"])
    out = capsys.readouterr().out
    assert "Prints the least policy that suffices for each role" in out
    assert "clearway iam policy workflow.yaml --machine Nightly -o cloudformation" in out
