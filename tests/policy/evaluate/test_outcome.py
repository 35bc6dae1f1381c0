from __future__ import annotations

from scanner.model import Location, Unknown, Verdict
from scanner.policy.evaluate.outcome import Outcome, all_outcomes, any_outcome, first_reason

A, B = Unknown("a", "a is not known"), Unknown("b", "b is not known")
PLACE, OTHER = Location("t", 1), Location("t", 2)
GOOD = Outcome(Verdict.PASS, at=(PLACE,))
BAD = Outcome(Verdict.FAIL, ("80",), at=(PLACE,), found="x")
WORSE = Outcome(Verdict.FAIL, ("81", "80"), at=(OTHER,), found="y")
OPEN = Outcome(Verdict.UNDECIDED, (), (A,), (OTHER,))


def test_the_worst_carry_the_evidence_of_all_and_no_other() -> None:
    found = all_outcomes([GOOD, BAD, OPEN, WORSE])
    assert found == Outcome(Verdict.FAIL, ("80", "81"), (), (PLACE, OTHER), "x, y")


def test_the_best_carry_the_evidence_of_any() -> None:
    assert any_outcome([BAD, OPEN]) == OPEN
    assert any_outcome([BAD, WORSE]).found == "x"


def test_of_nothing_all_hold_and_none_does() -> None:
    assert all_outcomes([]).verdict is Verdict.PASS
    assert any_outcome([]).verdict is Verdict.FAIL


def test_bounds_add_their_reason_where_they_bind() -> None:
    assert GOOD.at_most(Verdict.UNDECIDED, B) == Outcome(Verdict.UNDECIDED, (), (B,), (PLACE,))
    assert BAD.at_most(Verdict.UNDECIDED, B) is BAD
    assert BAD.at_least(Verdict.UNDECIDED, B).unknown == (B,)
    assert OPEN.at_least(Verdict.UNDECIDED, B) is OPEN


def test_inverting_keeps_the_reasons_and_drops_what_was_missing() -> None:
    assert BAD.inverted() == Outcome(Verdict.PASS, (), (), (PLACE,), "x")
    assert OPEN.inverted() == OPEN


def test_the_first_reason_or_another() -> None:
    assert first_reason(OPEN, "why") is A
    assert first_reason(GOOD, "why").reason == "why"
