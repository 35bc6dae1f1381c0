from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.model import Reference, Unknown, get
from tests.topology.states.machines import machine, state, written

TEXT = """\
{
  "StartAt": "Run",
  "TimeoutSeconds": ${Limit},
  "States": {
    "Run": {
      "Type": "Task",
      "Resource": "arn:${Partition}:states:::ecs:runTask.sync",
      "Parameters": {"TaskDefinition": "${Task}", "Subnets": ["${Subnets}"]},
      "End": true
    }
  }
}
"""
SUBSTITUTIONS = """\
DefinitionSubstitutions:
  Limit: 60
  Partition: {Ref: AWS::Partition}
  Task: {Ref: Machine}
  Subnets: {"Fn::Join": ['","', [subnet-1, subnet-2]]}
"""
SUBSTITUTED = SUBSTITUTIONS + "DefinitionString: |\n" + "".join(f"  {line}\n" for line in TEXT.splitlines())


def lines(of: Any, path: str) -> tuple[str, int, int]:
    location = get(of.definition, path).location
    assert location is not None
    return location.file, location.line, location.column


def test_a_text_is_filled_in_and_keeps_its_places() -> None:
    found = written(SUBSTITUTED)
    assert found.timeout().value == 60
    assert get(found.definition, "States.Run.Parameters.TaskDefinition").value == Reference("t.yaml#Machine")
    assert [item.value for item in get(found.definition, "States.Run.Parameters.Subnets").value.items] == [
        "subnet-1",
        "subnet-2",
    ]
    assert lines(found, "States.Run") == ("t.yaml", 15, 13)
    assert lines(found, "States.Run.End") == ("t.yaml", 19, 15)
    assert [one.label for one in found.run_tasks()] == ["Machine/Run"]
    assert found.problems().items == ()


def test_an_object_is_filled_in() -> None:
    found = machine()
    assert get(found.definition, "States.Tell Success.Parameters.TopicArn").value == Reference("t.yaml#Topic")


def test_a_variable_without_value_stays_as_it_stands() -> None:
    change = {
        "Machine.Properties.Definition.States.Tell Success.Comment": "${Other}",
        "Machine.Properties.DefinitionSubstitutions.Name": "n",
    }
    assert get(machine(change).definition, "States.Tell Success.Comment").value == "${Other}"


def test_a_text_within_an_object_is_joined() -> None:
    change = {
        "Machine.Properties.Definition.Comment": "${Name}-${Topic}-${Flag}",
        "Machine.Properties.DefinitionSubstitutions": {"Name": "n", "Flag": True, "Topic": {"Ref": "Topic"}},
    }
    value = get(machine(change).definition, "Comment").value
    assert isinstance(value, Unknown)
    assert isinstance(value.key, tuple)
    assert value.key[0] == "text"
    change["Machine.Properties.Definition.Comment"] = "${Name}-${Flag}"
    assert get(machine(change).definition, "Comment").value == "n-true"


def test_a_text_of_sub_and_join() -> None:
    sub = written("""\
        DefinitionString: !Sub |
          {"StartAt": "A", "States": {"A": {
            "Type": "Task", "Resource": "arn:${AWS::Partition}:states:::ecs:runTask.sync", "End": true
          }}}
        """)
    assert [one.label for one in sub.run_tasks()] == ["Machine/A"]
    join = written("""\
        DefinitionString:
          Fn::Join:
            - ""
            - - '{"StartAt":"A","States":{"A":{"End":true,"Type":"Task","Resource":"arn:'
              - Ref: AWS::Partition
              - ':states:::ecs:runTask.sync","Parameters":{"TaskDefinition":"family"}}}}'
        """)
    assert [one.label for one in join.run_tasks()] == ["Machine/A"]
    assert join.problems().items == ()


def test_the_parts_of_a_join_keep_their_places() -> None:
    """Those of literal parts, in quotes or as blocks, those of what is filled in, and those of a Sub within."""
    found = written("""\
        DefinitionString:
          Fn::Join:
            - ""
            - - '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:'
              - Ref: AWS::Partition
              - ':states:::ecs:runTask.sync","Next":"B","Parameters":{"TaskDefinition":'
              - '"'
              - !Ref Task
              - |-
                "}},
                "B": {
                  "Type": "Task",
                  "TimeoutSeconds": 30,
              - !Sub |
                "Resource": "arn:${AWS::Partition}:states:::sns:publish",
                "End": true}}}
        """)
    assert found.problems().items == ()
    first, second = found.states().items
    assert lines(found, "States.A") == ("t.yaml", 8, 41)
    assert lines(found, "States.A.Next") == ("t.yaml", 10, 44)
    assert lines(found, "States.A.Parameters.TaskDefinition") == ("t.yaml", 10, 69)
    assert lines(found, "States.B.TimeoutSeconds") == ("t.yaml", 17, 17)
    place = get(found.definition, "States.A.Resource").location
    assert place is not None
    assert (place.line, place.end_line) == (8, 8)
    assert (first.at[0].line, second.at[0].line) == (8, 15)


def test_a_comma_too_many_is_told_with_its_place() -> None:
    """As in a definition that is often copied: the list of subnets ends with a comma."""
    text = TEXT.replace('["${Subnets}"]', '[\n        "<SUBNET_1>",\n        "<SUBNET_2>",\n      ]')
    found = written(SUBSTITUTIONS + "DefinitionString: |\n" + "".join(f"  {line}\n" for line in text.splitlines()))
    [problem] = found.problems()
    assert problem.label.startswith("not JSON: ")
    assert problem.at[0].line in (20, 21)
    assert found.states().items == ()
    assert found.states().rest is None  # one fault is told once


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    return tmp_path / "app"


@pytest.mark.parametrize("name", ["DefinitionUri", "DefinitionS3Location"])
def test_a_file_beside_the_template(folder: Path, name: str) -> None:
    (folder / "machine.asl.json").write_text(TEXT, encoding="utf-8")
    found = written(f"{SUBSTITUTIONS}{name}: machine.asl.json\n", "app/template.yaml")
    assert [one.label for one in found.run_tasks()] == ["Machine/Run"]
    assert lines(found, "States.Run.Type") == ("app/machine.asl.json", 6, 7)
    assert get(found.definition, "States.Run.Parameters.TaskDefinition").value == Reference("app/template.yaml#Machine")


def test_a_file_in_yaml(folder: Path) -> None:
    (folder / "machine.asl.yaml").write_text(
        "StartAt: Run\nStates:\n  Run:\n    Type: Task\n    Resource: ${Call}\n    End: true\n", encoding="utf-8"
    )
    found = written(
        "DefinitionSubstitutions: {Call: 'arn:aws:states:::ecs:runTask'}\nDefinitionUri: machine.asl.yaml\n",
        "app/template.yaml",
    )
    assert state(found, "Run").pattern().value == "request_response"
    assert lines(found, "States.Run.End") == ("app/machine.asl.yaml", 6, 5)


def test_a_file_that_is_no_json_is_a_problem_there(folder: Path) -> None:
    (folder / "machine.json").write_text('{"StartAt": "A",}\n', encoding="utf-8")
    [problem] = written("DefinitionUri: machine.json\n", "app/template.yaml").problems()
    assert problem.at[0].file == "app/machine.json"
    (folder / "machine.yaml").write_text("StartAt: [\n", encoding="utf-8")
    [problem] = written("DefinitionUri: machine.yaml\n", "app/template.yaml").problems()
    assert problem.at[0].file == "app/machine.yaml"


def test_what_is_not_read_is_named(folder: Path) -> None:
    for stated, said in (
        ("DefinitionUri: gone.json", "gone.json"),
        ("DefinitionUri: s3://bucket/key.json", "s3://bucket/key.json"),
        ("DefinitionS3Location: {Bucket: b, Key: machine.json}", "the S3 object machine.json"),
    ):
        rest = written(f"{stated}\n", "app/template.yaml").problems().rest
        assert rest is not None
        assert said in rest.reason


def test_no_definition_is_a_problem() -> None:
    [problem] = written("RoleArn: arn\n").problems()
    assert problem.label == "Machine states no definition"
