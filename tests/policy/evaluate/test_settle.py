from __future__ import annotations

from typing import Any

from tests.policy.evaluate.small import THING, only, result, rule, template

P, Q = {"Ref": "P"}, {"Ref": "Q"}


def findings(a: Any, b: Any) -> dict[str, list[str]]:
    asserted = [
        {"name": name, "check": {"equals": [f"thing.{name.upper()}", "x"]}, "message": f"{name} is wrong"}
        for name in "ab"
    ]
    judgement = only(result(rule(**{"assert": asserted}), template({"A": a, "B": b})))
    return {name: [one.outcome.verdict.word for one in found] for name, found in judgement.findings.items()}


def test_what_is_undecided_for_the_same_reason_is_said_once() -> None:
    assert findings(P, P) == {"a": ["undecided"]}


def test_another_reason_is_another_finding() -> None:
    assert findings(P, Q) == {"a": ["undecided"], "b": ["undecided"]}


def test_a_failure_is_never_dropped_nor_does_it_drop() -> None:
    assert findings(P, "y") == {"a": ["undecided"], "b": ["fail"]}
    assert findings("y", P) == {"a": ["fail"], "b": ["undecided"]}


def test_reasons_of_several_rows_are_one_message() -> None:
    made = rule({"equals": ["one", "x"]}, match={"thing": THING, "one": "thing.List[]"})
    found = only(result(made, template({"List": [P, Q, P, "x"]}))).findings["right"]
    said = {one.message for one in found if one.outcome.verdict.word == "undecided"}
    assert said == {
        "Thing: not decided whether things are right: parameter P has no value and no default; "
        "parameter Q has no value and no default"
    }


def test_many_reasons_are_counted() -> None:
    names = [f"P{number}" for number in range(6)]
    made = rule({"equals": ["one", "x"]}, match={"thing": THING, "one": "thing.List[]"})
    values = {"List": [{"Ref": name} for name in names]}
    found = only(result(made, template(values, Parameters={name: {"Type": "String"} for name in names}))).findings[
        "right"
    ]
    assert found[0].message.endswith("parameter P2 has no value and no default; and 3 more")
