from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scanner.data import data_folder
from tests.render.sample import clean, large, sample, with_history

SCHEMA = json.loads((data_folder("reports") / "result.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_it_is_closed_and_described() -> None:
    found = list(objects(SCHEMA))
    assert len(found) > 10
    for schema in found:
        assert schema["additionalProperties"] is False or "properties" not in schema
        assert schema["description"]
        assert all("description" in item or "$ref" in item for item in schema.get("properties", {}).values())


@pytest.mark.parametrize(
    "document", [sample(), clean(), large(30), with_history()], ids=["sample", "clean", "large", "history"]
)
def test_documents_are_valid(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(document: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        here: Any = document
        for step in way:
            here = here[step]
        here[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", "clearway-result/2"),
        ("extra", 1),
        ("inputs.0.role", "other"),
        ("rules.0.severity", "critical"),
        ("results.0.verdict", "not_applicable"),
        ("results.0.location", None),
        ("results.0.location.line", 0),
        ("results.0.location.column", "1"),
        ("results.0.location.line_hash", "none"),
        ("results.0.location.excerpt", [{"line": number, "text": ""} for number in range(1, 7)]),
        ("results.0.fingerprint", "abc"),
        ("results.0.way.0.verdict", "ok"),
        ("results.0.exemption", {"reason": "x"}),
        ("results.0.exemption", {"reason": "x", "approver": "", "until": "tomorrow"}),
        ("results.0.subject.address", ""),
        ("summary.findings.critical", 1),
        ("summary.rules.NET002", {"pass": 1}),
        ("errors.0.line", 0),
    ],
)
def test_what_is_not_a_result_document_is_refused(path: str, value: Any) -> None:
    document = copy.deepcopy(sample())
    change(path, value)(document)
    assert not VALIDATOR.is_valid(document)
