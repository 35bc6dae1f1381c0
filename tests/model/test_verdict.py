from __future__ import annotations

import itertools

import pytest

from scanner.model import Verdict, all_of, any_of

FAIL, UNDECIDED, PASS = Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS


def test_fail_is_less_than_undecided_is_less_than_pass() -> None:
    assert FAIL < UNDECIDED < PASS


@pytest.mark.parametrize(("verdict", "negated"), [(FAIL, PASS), (UNDECIDED, UNDECIDED), (PASS, FAIL)])
def test_not_swaps_pass_and_fail(verdict: Verdict, negated: Verdict) -> None:
    assert ~verdict is negated


@pytest.mark.parametrize("verdicts", list(itertools.product(Verdict, repeat=2)))
def test_all_is_the_worst_and_any_the_best(verdicts: tuple[Verdict, Verdict]) -> None:
    assert all_of(verdicts) is min(verdicts)
    assert any_of(verdicts) is max(verdicts)
    assert ~all_of(verdicts) is any_of(~verdict for verdict in verdicts)


def test_all_of_nothing_holds_and_any_of_nothing_does_not() -> None:
    assert all_of([]) is PASS
    assert any_of([]) is FAIL


@pytest.mark.parametrize(("known", "verdict"), [(True, PASS), (False, FAIL), (None, UNDECIDED)])
def test_a_truth_is_a_verdict(known: bool | None, verdict: Verdict) -> None:
    assert Verdict.of(known) is verdict
    assert verdict.word in ("pass", "fail", "undecided")
