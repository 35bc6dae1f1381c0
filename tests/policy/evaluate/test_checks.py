# The tables below are read line by line.

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.policy.evaluate.small import finding, verdict

P, L = {"Ref": "P"}, {"Ref": "L"}
RANK = ("fail", "undecided", "pass")
VALUES = {"pass": "x", "fail": "y", "undecided": P}


def is_x(name: str) -> dict[str, Any]:
    return {"equals": [f"thing.{name}", "x"]}


@pytest.mark.parametrize(("left", "right"), list(product(RANK, RANK)))
def test_all_is_the_worst_and_any_the_best(left: str, right: str) -> None:
    properties = {"A": VALUES[left], "B": VALUES[right]}
    both = [is_x("A"), is_x("B")]
    assert verdict({"all": both}, properties) == min(left, right, key=RANK.index)
    assert verdict({"any": both}, properties) == max(left, right, key=RANK.index)


@pytest.mark.parametrize("word", RANK)
def test_not_swaps_pass_and_fail(word: str) -> None:
    assert verdict({"not": is_x("A")}, {"A": VALUES[word]}) == RANK[2 - RANK.index(word)]


@pytest.mark.parametrize(
    ("values", "every", "some"),
    [
        (["x", "x"], "pass", "pass"),
        (["x", "y"], "fail", "pass"),
        (["y", "y"], "fail", "fail"),
        ([], "pass", "fail"),
        (["x", P], "undecided", "pass"),
        (["y", P], "fail", "undecided"),
        (L, "undecided", "undecided"),
    ],
)
def test_quantifiers(values: Any, every: str, some: str) -> None:
    for name, word in (("every", every), ("some", some)):
        check = {name: {"in": "thing.A[]", "as": "one", "check": {"equals": ["one", "x"]}}}
        assert verdict(check, {"A": values}) == word


def test_every_gathers_all_that_is_wrong() -> None:
    check = {"every": {"in": "thing.A[]", "as": "one", "check": {"one_of": {"value": "one", "of": ["x"]}}}}
    outcome = finding(check, {"A": ["x", "y", "z"]}).outcome
    assert outcome.found == "y, z"
    assert len(outcome.at) == 2
