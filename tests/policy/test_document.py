from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scanner.policy.compile import compile_rule
from scanner.policy.document import Problems, node_at, validate
from scanner.policy.load import SCHEMA_FILE
from scanner.syntax import Scalar, load_yaml
from tests.policy.kinds import KINDS, RULE

SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def violations(text: str) -> list[str]:
    problems = Problems("r.yaml", text)
    validate(load_yaml(text, "r.yaml", rules=True), problems)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in problems.sorted()]


def test_the_schema_is_one_and_a_rule_fits_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert violations(RULE) == []


def test_everything_an_author_can_write_is_described() -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        if isinstance(schema, list):
            return [one for item in schema for one in undescribed(item, path)]
        if not isinstance(schema, dict):
            return []
        found = []
        for name, value in schema.get("properties", {}).items():
            target = SCHEMA["$defs"].get(str(value.get("$ref", "")).rpartition("/")[2], {})
            if not (value.get("description") or target.get("description")):
                found.append(f"{path}.{name}")
            found += undescribed(value, f"{path}.{name}")
        return found + [one for key, value in schema.items() if key != "properties" for one in undescribed(value, path)]

    assert undescribed(SCHEMA, "") == []


def test_the_examples_of_the_schema_fit_it() -> None:
    validator = Draft202012Validator(SCHEMA)

    def examples(schema: Any) -> list[tuple[Any, Any]]:
        if isinstance(schema, list):
            return [pair for item in schema for pair in examples(item)]
        if not isinstance(schema, dict):
            return []
        stated = schema.get("examples", [])
        own = [(schema, one) for one in stated] if isinstance(stated, list) else []
        return own + [
            pair for key, value in schema.items() if key != "examples" or own == [] for pair in examples(value)
        ]

    found = examples(SCHEMA)
    assert len(found) > 20
    for schema, example in found:
        assert list(validator.evolve(schema={**schema, "$defs": SCHEMA["$defs"]}).iter_errors(example)) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("applies: [live, live]\n", '26:10: "applies" holds a value twice'),
        ("applies: []\n", '26:10: "applies" must not be empty'),
        (
            "applies: [lve]\n",
            '26:11: "applies", item 1, must be one of template, live, not "lve"',
        ),
        ("tags: storage\n", '26:7: "tags" must be a list, not text'),
        ("source: [{document: a, url: x}]\n", '26:29: "url" is malformed: "x". Where it can be read.'),
        ("way: Shop\n", '26:6: "way" is malformed: "Shop".'),
        ("examples: {cases: []}\n", '26:11: "examples" needs either base or template, one of the two'),
        ("examples: {base: a, cases: []}\n", '26:28: "cases" must not be empty'),
        ("examples: {base: a, cases: [{name: a, expect: ok}]}\n", '26:47: "expect" must be one of pass, fail,'),
        ("examples: {base: a, template: {A: 1}, cases: [{name: a, expect: pass}]}\n", '26:11: "examples" needs either'),
        ("- a\n", "26:1: "),
    ],
)
def test_violations_in_plain_words(more: str, expected: str) -> None:
    _, problems = compile_rule(RULE + more, "r.yaml", KINDS)
    found = [f"{problem.line}:{problem.column}: {problem.message}" for problem in problems]
    assert any(message.startswith(expected) for message in found), found


def test_a_node_at_a_path() -> None:
    node = node_at(load_yaml("a: [1, {b: c}]\n", "t"), ["a", 1, "b"])
    assert isinstance(node, Scalar)
    assert node.value == "c"
