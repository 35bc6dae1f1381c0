from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.data import data_folder
from scanner.policy.load import rule_files
from scanner.policy.needs import check_needs, check_needs_file
from scanner.topology.iam.needs_data import SCHEMA_FILE, folder, needs_file

FILES = sorted(path.stem for path in folder().glob("*.yaml"))
GOOD = """
source:
  - {document: A, section: B, date: "2026-11"}
things:
  table:
    argument: TableName
    form: name
    arn: arn:${partition}:dynamodb:${region}:${account}:table/${name}
    forms: {index: "${arn}/index/*"}
integrations:
  getItem:
    - {actions: ["dynamodb:GetItem"], on: ["${table}", "${table.index}"], why: reads an item}
"""


def test_the_programs_own_files_are_right() -> None:
    assert check_needs(folder()) == []


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read(name: str) -> None:
    found = needs_file(name)
    assert found is not None
    assert found.integrations or name == "sdk"


def test_there_is_no_other_file() -> None:
    assert needs_file("quantum") is None
    assert needs_file("../network/NET001") is None


def test_needs_files_are_no_rules() -> None:
    assert not [file for file in rule_files(data_folder("rules")) if file.parent == folder()]


def test_the_schema_is_one() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "", []),
        ('date: "2026-11"', 'date: "2026"', ['3:37: "date" is malformed: "2026". When it was read: YYYY-MM.']),
        (
            "why: reads an item",
            "who: I",
            ['12:7: "getItem", item 1, lacks "why"', '12:75: unknown key "who" (did you mean "why"?)'],
        ),
        (
            "    argument: TableName\n",
            "",
            ['6:5: thing "table" needs either an argument, or of and property, one of the two'],
        ),
        ("dynamodb:GetItem", "dynamodb:GetItems", ["12:18: dynamodb:GetItems is no action of the catalogue"]),
        ('"${table}"', '"${tabel}"', ['12:44: ${tabel} is no placeholder (did you mean "table"?)']),
        ("table.index", "table.indices", ['12:56: ${table.indices} is no placeholder (did you mean "table.index"?)']),
        ("${name}", "${nam}", ['8:63: ${nam} is no placeholder (did you mean "name"?)']),
        ("why:", "conditions: {Equals: {a: b}}, why:", ["12:7: Equals is no condition operator"]),
        (
            "    argument: TableName\n",
            "    of: row\n    property: Table\n",
            ['6:5: thing "table" is of "row", which is no thing'],
        ),
        (
            "    arn: arn:",
            "    names: ",
            ['6:5: thing "table" can be a name: say what its ARN is made of with arn'],
        ),
        (
            "source:",
            "sources:",
            ['2:1: the file lacks "source"', '2:1: unknown key "sources" (did you mean "source"?)'],
        ),
        (
            "things:",
            "things: [",
            ["6:13: did not find expected ',' or ']' (while parsing a flow sequence that starts on line 4)"],
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, before: str, after: str, said: list[str]) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(GOOD.replace(before, after) if before else GOOD, encoding="utf-8")
    assert [str(problem).removeprefix(f"{file.as_posix()}:") for problem in check_needs_file(file)] == said


def test_the_command_that_checks_rules_checks_them_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from scanner.commands import main
    from scanner.topology.iam import needs_data

    (tmp_path / "service.yaml").write_text("things: {}\n", encoding="utf-8")
    monkeypatch.setattr(needs_data, "folder", lambda: tmp_path)
    assert main(["rules", "check"]) == 2
