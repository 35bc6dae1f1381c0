from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.model import ResourceGraph
from scanner.policy.examples import long_form
from scanner.render.policies import FORMATS, shown, size
from scanner.syntax import load
from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST
from scanner.topology.iam.policy import every_case
from tests.render import snapshots
from tests.topology.graphs import RUN_TASK, graph
from tests.topology.iam.needed import template

SNAPSHOTS = Path(__file__).with_name("snapshots")
ENDINGS = {"json": "json", "cloudformation": "yaml", "terraform": "tf"}


def written(of: ResourceGraph, format: str, baseline: str = TIGHTEST) -> str:
    return shown(every_case(of, baseline), format).text


@pytest.mark.parametrize("baseline", [DOCUMENTED, TIGHTEST])
@pytest.mark.parametrize("format", FORMATS)
def test_the_policies_of_a_workflow(format: str, baseline: str) -> None:
    text = written(graph(RUN_TASK), format, baseline)
    snapshots.check(f"least-policy-{baseline}.{ENDINGS[format]}", text, SNAPSHOTS)


def test_what_placeholders_stand_for() -> None:
    found = shown(every_case(graph(RUN_TASK), TIGHTEST), "json").placeholders
    assert found["<Region>"] == "AWS::Region is known when the stack is deployed (--region NAME)"
    assert found["<Topic.TopicName>"] == "Topic.TopicName is known after deployment"
    assert shown(every_case(graph(RUN_TASK), TIGHTEST), "cloudformation").placeholders == {}
    assert shown(every_case(graph(RUN_TASK), TIGHTEST), "terraform").placeholders == {}


STATE = """
Parameters:
  Arn: {Type: String}
Resources:
  Role: {Type: AWS::IAM::Role}
  RolePolicy: {Type: AWS::SNS::Topic}
  Bucket: {Type: AWS::S3::Bucket}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: Do
        States: {Do: {Type: Task, End: true, Resource: 'arn:aws:states:::sns:publish', Parameters: {TopicArn: TOPIC}}}
"""


def publishing(topic: str) -> ResourceGraph:
    return template(STATE.replace("TOPIC", topic))


@pytest.mark.parametrize(
    ("topic", "intrinsic"),
    [
        ("!Ref RolePolicy", {"Ref": "RolePolicy"}),
        ("!Ref Arn", {"Ref": "Arn"}),
        ("!ImportValue shared-topic", {"Fn::ImportValue": "shared-topic"}),
        (
            "!Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:a-${!b}'",
            {"Fn::Sub": "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:a-${!b}"},
        ),
        ("!Select [1, !Split ['/', !Ref Arn]]", {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Arn"}]}]}),
        (
            "!Sub ['arn:aws:sns:us-east-1:111122223333:${Name}', {Name: !ImportValue name}]",
            {
                "Fn::Sub": [
                    "arn:aws:sns:us-east-1:111122223333:${Value1}",
                    {"Value1": {"Fn::ImportValue": "name"}},
                ]
            },
        ),
        ("'arn:aws:sns:us-east-1:111122223333:a'", "arn:aws:sns:us-east-1:111122223333:a"),
        ("!GetAtt Bucket.Made", {"Fn::GetAtt": ["Bucket", "Made"]}),
    ],
)
def test_values_in_a_template(topic: str, intrinsic: Any) -> None:
    made = long_form(load(written(publishing(topic), "cloudformation"), "p.yaml"))["Resources"]
    assert list(made) == ["RolePolicy2"]  # RolePolicy is taken
    assert made["RolePolicy2"]["Properties"]["RoleName"] == {"Ref": "Role"}
    [statement] = made["RolePolicy2"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {"Effect": "Allow", "Action": "sns:Publish", "Resource": intrinsic}


def test_a_value_that_a_template_cannot_give_is_a_placeholder() -> None:
    of = template(STATE.replace("TopicArn: TOPIC", "'TopicArn.$': $.topic"))
    found = shown(every_case(of, TIGHTEST), "cloudformation")
    assert 'Resource: "<TopicArn>"' in found.text
    assert found.placeholders == {"<TopicArn>": "TopicArn is known only when the machine runs"}
    assert 'Resource: "*"' in written(of, "cloudformation", DOCUMENTED)


def test_a_role_that_is_elsewhere_gets_a_policy_to_attach() -> None:
    text = written(
        template(STATE.replace("!GetAtt Role.Arn", "!Ref Arn").replace("TOPIC", "!Ref Arn")), "cloudformation"
    )
    made = long_form(load(text, "p.yaml"))["Resources"]
    assert made["MachinePolicy"]["Type"] == "AWS::IAM::ManagedPolicy"
    assert "Its role is not in the template" in text


def test_text_for_terraform_holds_no_interpolation_of_its_own() -> None:
    text = written(publishing("'arn:aws:sns:us-east-1:111122223333:a-${b}-%{c}'"), "terraform")
    assert 'resources = ["arn:aws:sns:us-east-1:111122223333:a-$${b}-%%{c}"]' in text


def test_a_parameter_is_a_variable_of_terraform() -> None:
    text = written(publishing("!Ref Arn"), "terraform")
    assert 'variable "arn" {\n  type        = string\n' in text
    assert "resources = [var.arn]" in text


DOES = "{Type: Task, End: true, Resource: 'arn:aws:states:::sns:publish', Parameters: {TopicArn: TOPIC}}"
PROCESSOR = "{ProcessorConfig: {Mode: DISTRIBUTED}, StartAt: A, States: {A: {Type: Pass, End: true}}}"
MAP = f"{{Type: Map, End: true, ItemProcessor: {PROCESSOR}}}"
"""One action on several resources."""


@pytest.mark.parametrize("baseline", [DOCUMENTED, TIGHTEST])
@pytest.mark.parametrize("of", [graph(RUN_TASK), template(STATE.replace(DOES, MAP))], ids=["task", "map"])
def test_terraform_would_format_it_so(of: ResourceGraph, baseline: str) -> None:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("the program terraform is not here")
    text = written(of, "terraform", baseline)
    made = subprocess.run([program, "fmt", "-"], input=text, capture_output=True, text=True, check=True)
    assert made.stdout == text


def test_a_role_of_which_nothing_is_needed_gets_no_policy() -> None:
    of = template(STATE.replace(DOES, "{Type: Pass, End: true}"))
    assert written(of, "cloudformation") == "# state machine Machine needs nothing of Role\nResources: {}\n"


def test_the_size_leaves_blanks_aside() -> None:
    [policy] = every_case(publishing("'arn:aws:sns:us-east-1:111122223333:a'"), TIGHTEST)
    document = json.loads(shown([policy], "json").text)["Role"]
    assert size(policy) == len(json.dumps(document, separators=(",", ":")))
