from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from scanner.model import Fact, Items, Location, Reference, ResourceGraph, Unknown, World
from scanner.sources.cloudformation import Parameters, Template, load_template
from scanner.sources.cloudformation.root import read_root
from scanner.sources.cloudformation.stacks import Library

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n"
FLOW = """\
Parameters:
  Cluster: {Type: String, Default: main}
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Run
        States:
          Run:
            Type: Task
            Resource: arn:aws:states:::ecs:runTask.sync
            Parameters: {Cluster: !Ref Cluster}
            End: true
      Policies:
        - Statement:
            - Effect: Allow
              Action: ecs:RunTask
              Resource: "*"
      Events:
        Nightly:
          Type: Schedule
          Properties: {Schedule: rate(1 day)}
  Extra:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: extra, Roles: [!Ref FlowRole]}
"""
FUNCTION = """\
Globals:
  Function: {Timeout: 9, CodeUri: src/}
Resources:
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      VpcConfig: {SecurityGroupIds: [!Ref Group], SubnetIds: [subnet-1]}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: resize}}
"""


def template(body: str, wanted: frozenset[str] | None = None, **given: str) -> Template:
    return load_template(HEAD + dedent(body), "t.yaml", Parameters().merged(given, "given with --set"), wanted)


def prop(source: Template, id: str, path: str) -> Fact[Any]:
    return source.resource(id, World()).get(path)


def plain(fact: Fact[Any]) -> Any:
    value = fact.value
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def shown(source_text: str, fact: Fact[Any]) -> str:
    """What stands at the first place of a fact."""
    place = fact.at[0]
    line = (HEAD + source_text).split("\n")[place.line - 1]
    return line[place.column - 1 : place.end_column - 1 if place.end_line == place.line else None]


# --- what is generated


def test_a_state_machine_becomes_its_resources() -> None:
    assert template(FLOW).types == {
        "Flow": "AWS::StepFunctions::StateMachine",
        "FlowRole": "AWS::IAM::Role",
        "FlowNightly": "AWS::Events::Rule",
        "FlowNightlyRole": "AWS::IAM::Role",
        "Extra": "AWS::IAM::Policy",
    }


def test_generated_resources_are_named_by_what_refers_to_them() -> None:
    source = template(FLOW)
    graph = ResourceGraph([source])
    (role,) = prop(source, "Extra", "Roles").value.items
    named = graph.named_by(role)
    assert named is not None
    assert (named.id, named.type) == ("FlowRole", "AWS::IAM::Role")
    assert prop(source, "Flow", "RoleArn").value == Reference("t.yaml#FlowRole", "Arn")
    assert graph.exits(graph.resource("t.yaml#FlowRole")) == ()


def test_a_generated_resource_stands_where_its_maker_does() -> None:
    source = template(FLOW)
    lines = {id: source.place_of(id).line for id in source.types}
    text = (HEAD + FLOW).split("\n")
    assert text[lines["Flow"] - 1] == text[lines["FlowRole"] - 1] == "  Flow:"
    assert text[lines["FlowNightly"] - 1] == text[lines["FlowNightlyRole"] - 1] == "        Nightly:"


def test_what_the_template_says_keeps_its_place() -> None:
    source = template(FLOW)
    definition = "Definition.States.Run"
    assert shown(FLOW, prop(source, "Flow", f"{definition}.Resource")) == "Resource: arn:aws:states:::ecs:runTask.sync"
    statement = prop(source, "FlowRole", "Policies.0.PolicyDocument.Statement.0.Action")
    assert statement.value == "ecs:RunTask"
    assert shown(FLOW, statement) == "Action: ecs:RunTask"
    made = prop(source, "FlowRole", "AssumeRolePolicyDocument.Statement.0.Action")
    assert plain(made) == ["sts:AssumeRole"]
    assert shown(FLOW, made) == "Flow"


def test_a_definition_keeps_its_references() -> None:
    assert prop(template(FLOW), "Flow", "Definition.States.Run.Parameters.Cluster").value == "main"
    set_by_user = template(FLOW, Cluster="other")
    assert prop(set_by_user, "Flow", "Definition.States.Run.Parameters.Cluster").value == "other"
    open_flow = template(FLOW.replace(", Default: main", ""))
    assert isinstance(prop(open_flow, "Flow", "Definition.States.Run.Parameters.Cluster").value, Unknown)


def test_globals_and_local_code() -> None:
    source = template(FUNCTION)
    assert source.types["Resize"] == "AWS::Lambda::Function"
    timeout = prop(source, "Resize", "Timeout")
    assert timeout.value == 9
    assert shown(FUNCTION, timeout) == "Timeout: 9"
    code = prop(source, "Resize", "Code")
    assert code.value == "src/"
    assert shown(FUNCTION, code) == "CodeUri: src/"
    group = prop(source, "Resize", "VpcConfig.SecurityGroupIds").value.items[0]
    assert group.value == Reference("t.yaml#Group")
    assert shown(FUNCTION, group) == "!Ref Group"


def test_a_definition_in_a_file_keeps_its_name() -> None:
    body = "Resources: {Flow: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.asl.json}}}\n"
    location = prop(template(body), "Flow", "DefinitionS3Location")
    assert location.value == "flow.asl.json"
    assert shown(body, location) == "DefinitionUri: flow.asl.json"


def test_other_resources_stay_as_they_are_written() -> None:
    with_transform, without = template(FUNCTION), load_template(FUNCTION, "t.yaml")
    place = prop(without, "Group", "GroupDescription").at[0]
    moved = Location("t.yaml", place.line + 2, place.column, place.end_line + 2, place.end_column)
    assert prop(with_transform, "Group", "GroupDescription") == Fact("resize", (moved,))


def test_conditions_hold_for_what_is_generated() -> None:
    body = FLOW.replace("Resources:\n", "Conditions: {IsOn: !Equals [!Ref Cluster, main]}\nResources:\n", 1).replace(
        "StateMachine\n", "StateMachine\n    Condition: IsOn\n", 1
    )
    for value, exists in (("main", True), ("other", False)):
        source = template(body, Cluster=value)
        assert {id: source.resource(id, World()).exists() for id in ("Flow", "FlowRole", "Extra")} == {
            "Flow": exists,
            "FlowRole": exists,
            "Extra": True,
        }


def test_aliases_whose_names_are_not_known_do_not_stop_the_rest() -> None:
    body = FUNCTION.replace("Handler:", "AutoPublishAlias: !Ref Stage\n      Handler:")
    source = template("Parameters: {Stage: {Type: String}}\n" + body)
    assert source.untranslated == ""
    assert "ResizeRole" in source.types


def test_a_nested_application_is_linked_beside_what_is_translated() -> None:
    child = "Resources: {Group: {Type: AWS::EC2::SecurityGroup}}\nOutputs: {Id: {Value: !Ref Group}}\n"
    parent = HEAD + dedent(FUNCTION).replace("subnet-1]}", "subnet-1]}\n      Tags: {group: !GetAtt Net.Outputs.Id}")
    parent += "  Net: {Type: AWS::Serverless::Application, Properties: {Location: ./net.yaml}}\n"
    roots = {"t.yaml": read_root(parent, "t.yaml"), "net.yaml": read_root(child, "net.yaml")}
    (stack,) = Library(roots, Parameters()).stacks()
    assert [one.name for one in stack.templates] == ["t.yaml", "t.yaml#Net"]
    tags = prop(stack.root, "Resize", "Tags").value.items
    assert Reference("t.yaml#Net#Group") in [tag.value["Value"].value for tag in tags]


# --- when


@pytest.mark.parametrize(
    ("wanted", "type"),
    [
        (frozenset({"AWS::ECS::Service"}), "AWS::Serverless::Function"),
        (frozenset({"AWS::IAM::Role"}), "AWS::Lambda::Function"),
        (frozenset({"AWS::Lambda::Function"}), "AWS::Lambda::Function"),
        (None, "AWS::Lambda::Function"),
    ],
)
def test_it_is_translated_where_somebody_reads_the_outcome(wanted: frozenset[str] | None, type: str) -> None:
    assert template(FUNCTION, wanted).types["Resize"] == type


def test_it_is_translated_where_a_judged_resource_refers_to_what_is_generated() -> None:
    wanted = frozenset({"AWS::ECS::Service"})
    assert "FlowRole" in template(FLOW, wanted).types
    unrelated = FLOW.replace("AWS::IAM::Policy", "AWS::S3::Bucket")
    assert template(unrelated, wanted).types["Flow"] == "AWS::Serverless::StateMachine"


def test_the_translator_is_not_imported_where_it_is_not_needed(tmp_path: Path, root: Path) -> None:
    plain_sam = HEAD + "Resources: {Net: {Type: AWS::Serverless::Application, Properties: {Location: ./a.yaml}}}\n"
    (tmp_path / "t.yaml").write_text(plain_sam)
    (tmp_path / "f.yaml").write_text(HEAD + FUNCTION)
    program = (
        "import sys; from scanner.commands import main\n"
        f"own = ['--rules', {str(root / 'tests' / 'policy' / 'user_rules')!r}, '--select', 'STORE001']\n"
        f"status = main(['scan', {str(tmp_path)!r}, *own, '-q'])\n"
        "print(status, 'samtranslator' in sys.modules, 'boto3' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=root)
    assert run.stdout.strip().endswith("0 False False"), run.stdout + run.stderr


# --- without


def test_without_the_translator_the_template_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.parser.parser", None)
    source = template(FLOW)
    assert source.problems == []
    assert source.types["Flow"] == "AWS::Serverless::StateMachine"
    (role,) = prop(source, "Extra", "Roles").value.items
    assert isinstance(role.value, Unknown)
    assert role.value.reason == "FlowRole is made of Flow by the SAM transform (aws-sam-translator is not installed)"
    assert role.value.supply == "pip install 'clearway[sam]'"


def test_a_refused_template_is_read_as_it_stands(capfd: pytest.CaptureFixture[str]) -> None:
    source = template(FLOW.replace("Schedule: rate(1 day)", ""))
    assert source.problems == []
    (role,) = prop(source, "Extra", "Roles").value.items
    assert role.value.reason == (
        "FlowRole is made of Flow by the SAM transform (the SAM transform refuses the template: Resource with id "
        "[FlowNightly] is invalid. Missing required property 'Schedule'.)"
    )
    assert role.value.supply == ""
    assert capfd.readouterr() == ("", "")


def test_an_attribute_of_what_is_generated() -> None:
    body = FLOW.replace("!Ref FlowRole", "!GetAtt FlowRole.Arn").replace("Schedule: rate(1 day)", "")
    (role,) = prop(template(body), "Extra", "Roles").value.items
    assert role.value.reason.startswith("FlowRole is made of Flow by the SAM transform")


@pytest.mark.parametrize(
    "resources",
    [
        "Resources: {Flow: {Type: AWS::Serverless::StateMachine, Properties: text}}",
        "Resources: {Flow: {Type: AWS::Serverless::StateMachine, Properties: [1]}}",
        "Resources: {Flow: {Type: AWS::Serverless::StateMachine}, Other: text, Third: {}}",
        "Globals: text\nResources: {Fn: {Type: AWS::Serverless::Function}}",
        "Globals: {Function: text}\nResources: {Fn: {Type: AWS::Serverless::Function, Properties: {Runtime: 1}}}",
        "Parameters: text\nResources: {Fn: {Type: AWS::Serverless::Function}}",
        "Resources: {Fn: {Type: AWS::Serverless::Function, Properties: {Events: {A: {Type: Schedule}}, 'Fn::If': []}}}",
    ],
)
def test_malformed_templates_are_no_fault_of_the_program(resources: str) -> None:
    try:
        source = template(resources + "\n")
    except Exception as error:
        assert type(error).__name__ == "SyntaxProblem"  # noqa: PT017
        return
    for id in source.types:
        dict(source.resource(id, World()).properties)
