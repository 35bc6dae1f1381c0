"""What is held of a large fleet."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanner.fleet.gather import Gathered
from scanner.policy.load import load_rules
from tests.fleet.work import part, result

RULES = [rule for rule in load_rules([]).rules if rule.id == "RUN004"]
A, B = "111122223333", "222233334444"


def gathered(*results: dict[str, Any], most: int = 10_000) -> dict[str, Any]:
    made = Gathered(most)
    for one in results:
        made.add(one["account"], part(one["account"], [one]))
    return made.document(RULES)


def test_all_is_held_of_a_small_fleet() -> None:
    document = gathered(result(B), result(A))
    assert [one["account"] for one in document["results"]] == [A, B]
    assert [one["path"] for one in document["inputs"]] == [f"aws/{A}/eu-west-1", f"aws/{B}/eu-west-1"]
    assert (document["notes"], document["summary"]["findings"]["high"]) == ([], 2)
    assert len(document["configurations"]) == 2


def test_of_a_large_one_the_worst_is_held_and_all_is_counted() -> None:
    low, unsure, high = result(A, severity="low"), result(B, verdict="undecided"), result(A, rule="RUN006")
    document = gathered(low, unsure, high, result(B, verdict="pass"), most=1)
    assert [one["rule"] for one in document["results"]] == ["RUN006"]
    assert [one["file"] for one in document["configurations"]] == [f"aws/{A}/eu-west-1/RUN006.json"]
    summary = document["summary"]
    assert (summary["findings"], summary["undecided"]) == ({"high": 1, "medium": 0, "low": 1}, 1)
    assert summary["rules"]["RUN004"]["fail"] == 4
    (note,) = document["notes"]
    assert note["message"] == "only the worst 1 of 4 results are here; a history has them all"


def test_errors_come_first_or_last_but_all_of_them() -> None:
    made = Gathered()
    made.add(A, part(A, []))
    error = {"file": "aws", "line": None, "column": None, "message": "interrupted"}
    assert made.document(RULES, [error])["errors"] == [error]
    assert made.accounts == {A}


@given(st.permutations(range(12)), st.integers(1, 14))
def test_order_of_arrival_changes_nothing(order: list[int], most: int) -> None:
    kinds = [("fail", "high"), ("fail", "low"), ("undecided", "medium"), ("pass", "high")]
    all_results = [
        result(f"{number:012}", verdict=kinds[number % 4][0], severity=kinds[number % 4][1]) for number in range(12)
    ]
    assert gathered(*(all_results[number] for number in order), most=most) == gathered(*all_results, most=most)
