"""What clauses say together of one key, against an oracle that tries every small request."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.iam.conditions import Clause, clause
from scanner.analysis.iam.context import Question, witness
from scanner.analysis.iam.patterns import PLAIN
from scanner.analysis.iam.reals import ALL_REALS, Reals, moment, number
from scanner.model import Unknown

SURE, PERHAPS = Question(PLAIN, proven=True), Question(PLAIN, proven=False)
COMPARE = {
    "Equals": lambda a, b: a == b,
    "NotEquals": lambda a, b: a != b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


@pytest.mark.parametrize("seed", range(5))
def test_numbers(seed: int) -> None:
    chance = random.Random(seed)
    tried = [None, *(Fraction(n, 2) for n in range(-2, 10))]
    for _ in range(200):
        asked = []
        for _ in range(chance.randint(1, 4)):
            name, if_exists = chance.choice(list(COMPARE)), chance.random() < 0.3
            values = [str(chance.randint(0, 3)) for _ in range(chance.randint(1, 2))]
            operator = f"Numeric{name}" + "IfExists" * if_exists
            asked.append((clause("zz:n", operator, *values), chance.random() < 0.6, name, if_exists, values))

        def passes(value: Fraction | None, name: str, if_exists: bool, values: list[str]) -> bool:
            if value is None:
                return if_exists or name == "NotEquals"
            tests = [COMPARE[name](value, Fraction(one)) for one in values]
            return all(tests) if name == "NotEquals" else any(tests)

        possible = any(all(passes(value, *rest) == holds for _, holds, *rest in asked) for value in tried)
        for question in (SURE, PERHAPS):
            found = witness("zz:n", [(one, holds) for one, holds, *_ in asked], question)
            assert (found is not None) == possible, asked


SETS = [None, *map(set, chain.from_iterable(combinations(["a", "b", "ab"], n) for n in range(1, 4)))]


@pytest.mark.parametrize("seed", range(5))
def test_qualified_tests_of_keys_with_several_values(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        asked: list[tuple[Clause, bool]] = []
        tests = []
        for _ in range(chance.randint(1, 3)):
            every, negated = chance.random() < 0.5, chance.random() < 0.4
            # aws:TagKeys has several values; the values of the tests are those of the oracle.
            values = [chance.choice(["a", "b", "ab"]) for _ in range(chance.randint(1, 3))]
            operator = f"{'ForAllValues' if every else 'ForAnyValue'}:String{'Not' if negated else ''}Equals"
            asked.append((clause("aws:TagKeys", operator, *values), chance.random() < 0.6))
            tests.append((every, negated, values))

        def passes(held: set[str] | None, every: bool, negated: bool, values: list[str]) -> bool:
            results = [(one in values) != negated for one in held or ()]
            return all(results) if every else any(results)

        tried = [*SETS, *({*one, "other"} for one in SETS if one), {"other"}]
        possible = any(
            all(passes(held, *test) == holds for test, (_, holds) in zip(tests, asked, strict=True)) for held in tried
        )
        for question in (SURE, PERHAPS):
            assert (witness("aws:TagKeys", asked, question) is not None) == possible, (asked, tests)


def test_dates_addresses_and_presence() -> None:
    before = clause("aws:CurrentTime", "DateLessThan", "2026-01-01T00:00:00Z")
    after = clause("aws:CurrentTime", "DateGreaterThan", "2026-06-01")
    assert witness("aws:CurrentTime", [(before, True), (after, False)], SURE)
    assert witness("aws:CurrentTime", [(before, True), (after, True)], PERHAPS) is None
    inside = clause("aws:SourceIp", "IpAddress", "10.0.0.0/8")
    part = clause("aws:SourceIp", "IpAddress", "10.1.0.0/16", "10.2.3.4")
    assert witness("aws:SourceIp", [(inside, False), (part, True)], PERHAPS) is None
    assert witness("aws:SourceIp", [(inside, True), (part, False)], SURE) == "aws:SourceIp is 10.0.0.0/16"
    outside = clause("aws:SourceIp", "NotIpAddress", "10.0.0.0/8")
    assert witness("aws:SourceIp", [(inside, True), (outside, True)], PERHAPS) is None
    absent = clause("ecs:cluster", "Null", "true")
    equal = clause("ecs:cluster", "ArnEquals", "arn:aws:ecs:us-east-1:111122223333:cluster/*")
    assert witness("ecs:cluster", [(absent, True), (equal, True)], PERHAPS) is None
    assert witness("ecs:cluster", [(absent, True), (equal, False)], SURE) == "ecs:cluster is absent"
    assert witness("ecs:cluster", [(absent, False)], SURE) == "ecs:cluster is present"


def test_bool_ignores_case_and_arns_are_compared_part_by_part() -> None:
    secure = clause("aws:SecureTransport", "Bool", "true")
    other = clause("aws:SecureTransport", "Bool", "TRUE")
    assert witness("aws:SecureTransport", [(secure, True), (other, False)], PERHAPS) is None
    wide = clause("aws:SourceArn", "ArnLike", "arn:aws:sns:*:111122223333:a")
    crossing = clause("aws:SourceArn", "StringEquals", "arn:aws:sns:x:y:111122223333:a")
    assert witness("aws:SourceArn", [(crossing, True), (wide, True)], PERHAPS) is None
    text = clause("aws:SourceArn", "StringLike", "arn:aws:sns:*:111122223333:a")
    assert witness("aws:SourceArn", [(crossing, True), (text, True)], SURE)


def test_what_is_not_known_is_neither_surely_nor_surely_not() -> None:
    value = Unknown("p", "not known")
    for unclear in (
        clause("zz:n", "NumericLessThan", value),
        clause("zz:n", "IpAddress", value),
        clause("zz:n", "StringEquals", value),
    ):
        present = clause("zz:n", "Null", "false")
        known = clause("zz:n", unclear.operator, "10.0.0.1" if "Ip" in unclear.operator else "1")
        assert witness("zz:n", [(present, True), (known, True), (unclear, True)], SURE) is None
        assert witness("zz:n", [(present, True), (known, True), (unclear, False)], SURE) is None
        assert witness("zz:n", [(present, True), (known, True), (unclear, True)], PERHAPS)
        assert witness("zz:n", [(present, True), (known, True), (unclear, False)], PERHAPS)


def test_a_key_that_is_never_borne_is_absent() -> None:
    equal = clause("ecs:cluster", "StringEquals", "c")
    assert witness("ecs:cluster", [(equal, True)], PERHAPS, present=False) is None
    assert witness("ecs:cluster", [(equal, False)], SURE, present=False) == "ecs:cluster is absent"


def test_there_is_no_such_operator() -> None:
    with pytest.raises(ValueError, match="StringIs is no condition operator"):
        clause("aws:username", "StringIs", "x")
    with pytest.raises(ValueError, match="x is no number"):
        clause("zz:n", "NumericEquals", "x")


pieces = st.builds(
    lambda kind, n, included: (
        Reals.only(n) if kind == "=" else (Reals.below if kind == "<" else Reals.above)(n, included=included)
    ),
    st.sampled_from("=<>"),
    st.integers(-3, 3).map(Fraction),
    st.booleans(),
)
sets = st.lists(pieces, max_size=3).map(lambda parts: parts[0] | parts[1] if len(parts) > 1 else Reals())


@given(sets, sets)
def test_sets_of_numbers_are_sets(left: Reals, right: Reals) -> None:
    for half in range(-9, 10):
        n = Fraction(half, 2)
        assert (n in (left | right)) == (n in left or n in right)
        assert (n in (left & right)) == (n in left and n in right)
        assert (n in (left - right)) == (n in left and n not in right)
    assert not left - left
    assert ALL_REALS - (ALL_REALS - left) == left
    if left:
        assert left.sample() in left
    else:
        with pytest.raises(ValueError, match="empty"):
            left.sample()


def test_numbers_and_dates_are_read_as_written() -> None:
    assert number("1.50") == Fraction(3, 2)
    assert moment("1970-01-01T00:01:00Z") == moment("60") == moment("1970-01-01T01:01:00+01:00")
    assert moment("1971") == 365 * 24 * 3600
    for text in ("x", "1/2", "1_0"):
        with pytest.raises(ValueError, match=r".+"):
            number(text)
