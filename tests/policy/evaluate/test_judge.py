from __future__ import annotations

from typing import Any

import pytest
import yaml

from scanner.model import Verdict
from scanner.policy.evaluate.judge import judge_rule
from scanner.scan import Input, Options, judge_text, scan
from tests.policy.evaluate.small import THING, only, result, rule, template
from tests.topology.graphs import graph_of

P, Q, L = {"Ref": "P"}, {"Ref": "Q"}, {"Ref": "L"}
IS_X = {"equals": ["thing.A", "x"]}


def assertion(name: str, check: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "check": check, "message": "{thing} is " + name, **more}


def words(of: Any) -> dict[str, str]:
    """The worst verdict of each assertion."""
    return {name: min(f.outcome.verdict for f in findings).word for name, findings in only(of).findings.items()}


# --- where, when, after, for, let


@pytest.mark.parametrize(
    ("value", "applies", "word"),
    [("x", "yes", "pass"), ("y", "yes", "fail"), ("y", "no", None), ("y", P, "undecided"), ("x", P, "pass")],
)
def test_where_drops_rows_and_keeps_those_in_doubt(value: Any, applies: Any, word: str | None) -> None:
    found = result(rule(IS_X, where={"equals": ["thing.B", "yes"]}), template({"A": value, "B": applies}))
    if word is None:
        assert (found.judgements, found.not_applicable) == ({}, 1)
    else:
        assert only(found).verdict.word == word


@pytest.mark.parametrize(
    ("value", "applies", "word"),
    [("x", "yes", "pass"), ("y", "yes", "fail"), ("y", "no", "pass"), ("y", P, "undecided"), ("x", P, "pass")],
)
def test_when_lets_an_assertion_off(value: Any, applies: Any, word: str) -> None:
    asserted = assertion("right", IS_X, when={"equals": ["thing.B", "yes"]})
    assert only(result(rule(**{"assert": [asserted]}), template({"A": value, "B": applies}))).verdict.word == word


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("x", "x", {"first": "pass", "second": "pass"}),
        ("x", "y", {"first": "pass", "second": "fail"}),
        ("y", "y", {"first": "fail"}),
        (P, "y", {"first": "undecided"}),
    ],
)
def test_after_judges_only_what_passed_before(a: Any, b: Any, expected: dict[str, str]) -> None:
    second = assertion("second", {"equals": ["thing.B", "x"]}, after="first")
    made = rule(**{"assert": [assertion("first", IS_X), second]})
    assert words(result(made, template({"A": a, "B": b}))) == expected


def test_for_joins_in_one_assertion_alone() -> None:
    inner = assertion("inner", {"equals": ["one", "x"]}, **{"for": {"one": "thing.List[]"}})
    made = rule(**{"assert": [inner, assertion("right", IS_X)]})
    assert words(result(made, template({"A": "x", "List": ["x", "y"]}))) == {"inner": "fail", "right": "pass"}
    assert words(result(made, template({"A": "x", "List": []}))) == {"right": "pass"}


def test_let_calculates() -> None:
    made = rule({"at_least": ["sum", 10]}, let={"sum": "thing.A * 2 + thing.B"})
    assert only(result(made, template({"A": 4, "B": 2}))).verdict is Verdict.PASS
    assert only(result(made, template({"A": 4, "B": 1}))).verdict is Verdict.FAIL
    assert only(result(made, template({"A": 4, "B": P}))).verdict is Verdict.UNDECIDED


def test_max_over_a_path() -> None:
    made = rule({"at_least": ["thing.A", "most"]}, let={"most": "max(thing.List[])"})
    assert only(result(made, template({"A": 5, "List": [1, 5]}))).verdict is Verdict.PASS
    assert only(result(made, template({"A": 5, "List": [1, 6]}))).verdict is Verdict.FAIL
    assert only(result(made, template({"A": 5, "List": [1, P]}))).verdict is Verdict.UNDECIDED


# --- joins


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (["x", "x"], "pass"),
        (["x", "y"], "fail"),
        ([], None),
        (["x", P], "undecided"),
        (["y", P], "fail"),
        (L, "undecided"),
    ],
)
def test_a_join_makes_a_row_of_each_element(values: Any, word: str | None) -> None:
    made = rule({"equals": ["one", "x"]}, match={"thing": THING, "one": "thing.List[]"})
    found = result(made, template({"List": values}))
    if word is None:
        assert (found.judgements, found.not_applicable) == ({}, 1)
    else:
        assert only(found).verdict.word == word


def test_the_open_row_turns_a_failure_into_doubt_and_no_pass() -> None:
    """An unknown list is one more row; what fails there may not be there, what is known fails surely."""
    failing = rule({"equals": ["thing.A", "x"]}, match={"thing": THING, "one": "thing.List[]"})
    assert only(result(failing, template({"A": "y", "List": L}))).verdict is Verdict.UNDECIDED
    assert only(result(failing, template({"A": "x", "List": L}))).verdict is Verdict.PASS


def test_rows_of_one_subject_are_one_judgement_with_all_that_is_missing() -> None:
    made = rule({"equals": ["one", "x"]}, match={"thing": THING, "one": "thing.List[]"})
    judgement = only(result(made, template({"List": ["y", "x", "z"]})))
    verdicts = [finding.outcome.verdict.word for finding in judgement.findings["right"]]
    assert sorted(verdicts) == ["fail", "fail", "pass"]


# --- worlds

CONDITION = {"Conditions": {"Production": {"Fn::Equals": [P, "prod"]}}}


def test_a_failure_in_one_world_names_it() -> None:
    made = template({"A": {"Fn::If": ["Production", "y", "x"]}}, **CONDITION)
    judgement = only(result(rule(IS_X), made))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.worlds == 2
    [failed] = [one for one in judgement.findings["right"] if one.outcome.verdict is Verdict.FAIL]
    assert "P = prod" in failed.world.replace("'", "")


def test_a_pass_needs_every_world() -> None:
    assert (
        only(result(rule(IS_X), template({"A": {"Fn::If": ["Production", "x", "x"]}}, **CONDITION))).verdict
        is Verdict.PASS
    )


def test_allowed_values_are_worlds() -> None:
    allowed = {"Parameters": {"P": {"Type": "String", "AllowedValues": ["x", "z"]}}}
    made = rule({"one_of": {"value": "thing.A", "of": ["x", "z"]}})
    assert only(result(made, template({"A": P}, **allowed))).verdict is Verdict.PASS
    judgement = only(result(rule(IS_X), template({"A": P}, **allowed)))
    assert [one.world for one in judgement.findings["right"] if one.outcome.verdict is Verdict.FAIL] == ["P = z"]


def test_a_world_that_creates_no_resource_does_not_count() -> None:
    made = template({"A": "y"}, **CONDITION)
    made["Resources"]["Thing"]["Condition"] = "Production"
    judgement = only(result(rule(IS_X), made))
    assert [one.world for one in judgement.findings["right"]] != [""]
    made["Conditions"]["Production"] = {"Fn::Equals": ["a", "b"]}
    found = result(rule(IS_X), made)
    assert (found.judgements, found.not_applicable) == ({}, 0)


def test_too_many_worlds_are_undecided() -> None:
    names = [f"P{number}" for number in range(8)]
    made = template(
        {"List": [{"Fn::If": [name, "x", "y"]} for name in names]},
        Parameters={name: {"Type": "String"} for name in names},
        Conditions={name: {"Fn::Equals": [{"Ref": name}, "on"]} for name in names},
    )
    judgement = only(result(rule({"count": {"of": "thing.List[]", "at_least": 1}}), made))
    assert judgement.verdict is Verdict.UNDECIDED
    assert "more combinations of conditions" in judgement.findings["right"][0].message


# --- messages, places, fingerprints


def test_messages_are_filled() -> None:
    asserted = {
        "name": "right",
        "check": {"subset": {"of": "thing.A[]", "in": "thing.B[]"}},
        "message": "{thing} lacks {missing} of {thing.A[]}",
        "at": "thing.B",
    }
    [found] = only(result(rule(**{"assert": [asserted]}), template({"A": ["a", "c"], "B": ["a"]}))).findings["right"]
    assert found.message == "Thing lacks c of a, c"
    assert found.remediation == "Mend Thing."
    assert found.at[0].line > 1


def test_an_unknown_value_is_shown_by_its_name() -> None:
    asserted = assertion("right", {"equals": ["thing.A", "x"]}, message="A is {thing.A}, B is {thing.B}")
    [found] = only(result(rule(**{"assert": [asserted]}), template({"A": "y", "B": P}))).findings["right"]
    assert found.message == "A is y, B is ${P}"


def _fingerprints(text: str, *others: str) -> list[str]:
    names = [f"o{number}.yaml" for number in range(len(others))]
    inputs = [*(Input(name, other) for name, other in zip(names, others, strict=True)), Input("t.yaml", text)]
    document = scan(inputs, Options((rule(IS_X),), jobs=1))
    return [one["fingerprint"] for one in document["results"] if one["location"]["file"] == "t.yaml"]


def test_fingerprints_stay_when_lines_move_and_other_files_come() -> None:
    text = yaml.safe_dump(template({"A": "y"}))
    before = _fingerprints(text)
    assert len(before) == 1
    assert _fingerprints("# a line\n\n" + text) == before
    other = yaml.safe_dump(template({"A": "y", "B": "z"}))
    assert _fingerprints(text, other, other) == before


def test_fingerprints_tell_subjects_apart() -> None:
    made = template({"A": "y"})
    made["Resources"]["Other"] = {"Type": THING, "Properties": {"A": "y"}}
    assert len(set(_fingerprints(yaml.safe_dump(made)))) == 2


def test_no_two_results_of_a_rule_share_a_place() -> None:
    made = template({"A": "y"})
    both = [assertion("right", IS_X), assertion("again", IS_X)]
    document = judge_text(yaml.safe_dump(made), "t.yaml", [rule(**{"assert": both})], parameters={}, closed=False)
    places = [(one["location"]["line"], one["location"]["column"]) for one in document["results"]]
    assert len(places) == 2
    assert len(set(places)) == 2


def test_roots_are_judged_each_for_itself() -> None:
    made = template({"A": "y"})
    made["Resources"]["Good"] = {"Type": THING, "Properties": {"A": "x"}}
    found = judge_rule(rule(IS_X), graph_of(made))
    assert sorted((one.subject.label, one.verdict.word) for one in found.judgements.values()) == [
        ("Good", "pass"),
        ("Thing", "fail"),
    ]
