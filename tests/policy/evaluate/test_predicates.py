# The tables below are read line by line.

from __future__ import annotations

from typing import Any

import pytest

from scanner.policy.evaluate.predicates import PREDICATES
from scanner.policy.predicates import PREDICATES as TYPES
from tests.policy.evaluate.small import finding, verdict

P, Q, L = {"Ref": "P"}, {"Ref": "Q"}, {"Ref": "L"}


def test_every_predicate_of_the_language_is_carried_out() -> None:
    assert PREDICATES.keys() == TYPES.keys()


@pytest.mark.parametrize(
    ("left", "right", "word"),
    [
        ("a", "a", "pass"),
        ("a", "b", "fail"),
        (80, "80", "pass"),
        (True, "true", "pass"),
        (P, P, "pass"),
        (P, Q, "undecided"),
        (P, "a", "undecided"),
        ({"Ref": "Thing"}, {"Fn::GetAtt": ["Thing", "Arn"]}, "pass"),
        ({"Fn::Sub": "${P}-a"}, {"Fn::Join": ["-", [P, "a"]]}, "pass"),
        (["a", "b"], ["a", "b"], "pass"),
        (["a", "b"], ["a", P], "undecided"),
        (None, None, "undecided"),
    ],
)
def test_equals(left: Any, right: Any, word: str) -> None:
    properties = {name: value for name, value in (("A", left), ("B", right)) if value is not None}
    assert verdict({"equals": ["thing.A", "thing.B"]}, properties) == word


@pytest.mark.parametrize(
    ("value", "of", "word"),
    [
        ("a", ["a", "b"], "pass"),
        ("c", ["a", "b"], "fail"),
        ("a", [], "fail"),
        (P, ["a", "b"], "undecided"),
        (P, [Q, P], "pass"),
        ("a", [P, "a"], "pass"),
        ("c", [P, "a"], "undecided"),
        ("c", L, "undecided"),
    ],
)
def test_one_of(value: Any, of: Any, word: str) -> None:
    assert verdict({"one_of": {"value": "thing.A", "of": "thing.B[]"}}, {"A": value, "B": of}) == word


def test_one_of_names_the_member_that_is_not_known() -> None:
    found = finding({"one_of": {"value": "thing.A", "of": "thing.B[]"}}, {"A": "c", "B": [P, "a"]})
    assert [unknown.reason for unknown in found.outcome.unknown] == ["parameter P has no value and no default"]


@pytest.mark.parametrize(
    ("name", "left", "right", "word"),
    [
        ("at_least", 5, 5, "pass"),
        ("at_least", "5", 6, "fail"),
        ("at_least", 1.5, 2, "fail"),
        ("at_least", 2.5, 2, "pass"),
        ("at_least", "1.5", "1.25", "pass"),
        ("at_least", P, 1, "undecided"),
        ("at_least", P, P, "pass"),
        ("at_most", 5, 5, "pass"),
        ("at_most", 6, 5, "fail"),
        ("at_most", P, P, "pass"),
        ("less_than", 4, 5, "pass"),
        ("less_than", 5, 5, "fail"),
        ("less_than", P, P, "undecided"),
        ("less_than", None, 5, "undecided"),
        ("at_least", "many", 5, "undecided"),
    ],
)
def test_comparisons(name: str, left: Any, right: Any, word: str) -> None:
    properties = {"B": right} if left is None else {"A": left, "B": right}
    assert verdict({name: ["thing.A", "thing.B"]}, properties) == word


@pytest.mark.parametrize(
    ("value", "word"), [("/a", "pass"), ("a/", "fail"), ("/a\nb", "fail"), (P, "undecided"), (None, "undecided")]
)
def test_matches(value: Any, word: str) -> None:
    assert verdict({"matches": {"value": "thing.A", "pattern": "/.*"}}, {} if value is None else {"A": value}) == word


@pytest.mark.parametrize(
    ("of", "within", "word"),
    [
        (["a"], ["a", "b"], "pass"),
        (["a", "c"], ["a", "b"], "fail"),
        ([], ["a"], "pass"),
        ([P], [P, "a"], "pass"),
        ([P], ["a"], "undecided"),
        (["c", P], ["a"], "fail"),
        (["c"], ["a", P], "undecided"),
        (L, ["a"], "undecided"),
        (["a"], L, "undecided"),
        (L, L, "pass"),
    ],
)
def test_subset(of: Any, within: Any, word: str) -> None:
    assert verdict({"subset": {"of": "thing.A[]", "in": "thing.B[]"}}, {"A": of, "B": within}) == word


def test_subset_says_what_is_missing() -> None:
    found = finding({"subset": {"of": "thing.A[]", "in": "thing.B[]"}}, {"A": ["a", "c", "d"], "B": ["a"]})
    assert found.outcome.missing == ("c", "d")


@pytest.mark.parametrize(
    ("left", "right", "word"),
    [
        (["a"], ["b"], "pass"),
        (["a", "b"], ["b"], "fail"),
        ([], ["b"], "pass"),
        ([P], [P], "fail"),
        ([P], ["a"], "undecided"),
        (["a", P], ["a"], "fail"),
        (L, ["a"], "undecided"),
        (L, [], "pass"),
    ],
)
def test_disjoint(left: Any, right: Any, word: str) -> None:
    assert verdict({"disjoint": ["thing.A[]", "thing.B[]"]}, {"A": left, "B": right}) == word


@pytest.mark.parametrize(
    ("blocks", "word"),
    [
        (["10.0.0.0/16"], "pass"),
        (["10.0.0.0/25", "10.0.0.128/25"], "pass"),
        (["192.168.1.0/0"], "pass"),
        (["10.0.0.0/25"], "fail"),
        ([], "fail"),
        ([P], "undecided"),
        (["10.0.0.0/24", P], "pass"),
        (L, "undecided"),
    ],
)
def test_cidrs_cover(blocks: Any, word: str) -> None:
    assert verdict({"cidrs_cover": {"cidrs": "thing.A[]", "need": "10.0.0.0/24"}}, {"A": blocks}) == word


@pytest.mark.parametrize(
    ("path", "properties", "word"),
    [
        ("thing.A", {"A": 1}, "pass"),
        ("thing.A", {}, "fail"),
        ("thing.A", {"A": P}, "pass"),
        ("thing.A.B", {"A": {"B": 0}}, "pass"),
        ("thing.A.B", {"A": {}}, "fail"),
        ("thing.A.B", {"A": P}, "undecided"),
        ("thing.A", {"A": {"Ref": "AWS::NoValue"}}, "fail"),
        ("thing.A[]", {"A": []}, "fail"),
        ("thing.A[]", {"A": ["a"]}, "pass"),
        ("thing.A[]", {"A": L}, "undecided"),
        ("thing.A[].B", {"A": [{"C": 1}]}, "fail"),
        ("thing.A[].B", {"A": [{"C": 1}, {"B": 1}]}, "pass"),
    ],
)
def test_exists(path: str, properties: Any, word: str) -> None:
    assert verdict({"exists": path}, properties) == word


@pytest.mark.parametrize(
    ("bounds", "value", "word"),
    [
        ({"at_least": 2}, ["a", "b"], "pass"),
        ({"at_least": 2}, ["a", "a"], "fail"),
        ({"at_least": 2}, ["a", P], "undecided"),
        ({"at_most": 2}, ["a", P], "pass"),
        ({"at_most": 1}, ["a", "b", P], "fail"),
        ({"equals": 2}, ["a", "b"], "pass"),
        ({"equals": 1}, ["a", "b"], "fail"),
        ({"at_least": 1}, L, "undecided"),
        ({"at_most": 1}, [], "pass"),
    ],
)
def test_count(bounds: Any, value: Any, word: str) -> None:
    assert verdict({"count": {"of": "thing.A[]", **bounds}}, {"A": value}) == word


def test_count_with_a_bound_that_is_not_known() -> None:
    for bound in ("at_least", "at_most", "equals"):
        check = {"count": {"of": "thing.A[]", bound: "thing.B"}}
        assert verdict(check, {"A": ["a", "b"], "B": P}) == "undecided"
        assert verdict(check, {"A": ["a", "b"], "B": 2}) == "pass"


def test_subset_names_only_what_is_in_doubt() -> None:
    check = {"subset": {"of": "thing.A[]", "in": "thing.B[]"}}
    found = finding(check, {"A": ["a", P], "B": ["a", {"Ref": "Q"}]})
    assert [unknown.key[-1] for unknown in found.outcome.unknown] == ["P", "Q"]
    found = finding(check, {"A": ["b", {"Ref": "Q"}], "B": ["b", "a"]})
    assert [unknown.key[-1] for unknown in found.outcome.unknown] == ["Q"]
    found = finding(check, {"A": L, "B": ["a", P]})
    assert [unknown.key[-1] for unknown in found.outcome.unknown] == ["L", "P"]
