from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.policy.evaluate.predicates import PREDICATES as EVALUATED
from scanner.policy.load import SCHEMA_FILE
from scanner.policy.predicates import COMBINATIONS, PREDICATES, QUANTIFIERS, PredicateType
from scanner.topology.entity import VALUE_TYPES

CHECKS: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["$defs"]["check"]["properties"]


def test_the_schema_enumerates_the_same_checks() -> None:
    assert set(CHECKS) == {*PREDICATES, *COMBINATIONS, *QUANTIFIERS}


def test_the_evaluator_has_the_same_predicates() -> None:
    assert set(EVALUATED) == set(PREDICATES)


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=lambda predicate: predicate.name)
def test_the_schema_says_the_same_of_a_predicate(predicate: PredicateType) -> None:
    schema = CHECKS[predicate.name]
    assert schema["description"] == predicate.doc
    assert schema["examples"]
    if predicate.positional:
        assert [item["description"] for item in schema["prefixItems"]] == [one.doc for one in predicate.arguments]
    elif len(predicate.arguments) > 1:
        stated = {name: value["description"] for name, value in schema["properties"].items()}
        assert stated == {one.name: one.doc for one in predicate.arguments}
        assert schema["required"] == [one.name for one in predicate.arguments if not one.optional]


def test_arguments_have_types_that_facts_have() -> None:
    for predicate in PREDICATES.values():
        for argument in predicate.arguments:
            assert argument.types <= VALUE_TYPES | {"entity"}
