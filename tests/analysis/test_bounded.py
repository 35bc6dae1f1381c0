"""Sets known in part, against every way in which they can turn out."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.analysis import bounded
from scanner.analysis.bounded import (
    Bounded,
    Members,
    contains,
    count,
    disjoint,
    doubtful,
    equal,
    member,
    missing,
    subset,
)
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Fact, Items, Location, Reference, Unknown, Verdict

Ints = frozenset[int]
SMALL = st.frozensets(st.integers(0, 3))
BOUNDED = st.tuples(SMALL, SMALL).map(lambda pair: Bounded(pair[0], pair[0] | pair[1]))


def completions(known: Bounded[Ints]) -> Iterator[Ints]:
    """Every set between the bounds."""
    open_ones = sorted(known.may - known.must)
    for chosen in product((False, True), repeat=len(open_ones)):
        yield known.must | {item for item, taken in zip(open_ones, chosen, strict=True) if taken}


def verdict_over(outcomes: Iterable[bool]) -> Verdict:
    """Pass if all outcomes are true, fail if none is."""
    found = set(outcomes)
    return Verdict.UNDECIDED if len(found) == 2 else Verdict.of(found.pop())


@settings(max_examples=1000)
@given(BOUNDED, BOUNDED)
def test_contains_is_exact(offer: Bounded[Ints], need: Bounded[Ints]) -> None:
    expected = verdict_over(n <= o for o in completions(offer) for n in completions(need))
    assert contains(offer, need) is expected
    assert bool(missing(offer, need)) is (expected is Verdict.FAIL)


@settings(max_examples=1000)
@given(BOUNDED, BOUNDED)
def test_disjoint_is_exact(left: Bounded[Ints], right: Bounded[Ints]) -> None:
    expected = verdict_over(not a & b for a in completions(left) for b in completions(right))
    assert disjoint(left, right) is expected


@settings(max_examples=500)
@given(BOUNDED, BOUNDED)
def test_missing_and_doubtful_tell_members_apart(offer: Bounded[Ints], need: Bounded[Ints]) -> None:
    lacking = [n - o for o in completions(offer) for n in completions(need)]
    always = frozenset.intersection(*lacking)
    assert missing(offer, need) == always
    assert doubtful(offer, need) == frozenset().union(*lacking) - always


@pytest.mark.parametrize("operate", [operator.or_, operator.and_, operator.sub])
@given(left=BOUNDED, right=BOUNDED)
def test_operators_give_the_tightest_bounds(
    operate: Callable[[Any, Any], Any], left: Bounded[Ints], right: Bounded[Ints]
) -> None:
    outcomes = [operate(a, b) for a in completions(left) for b in completions(right)]
    result = operate(left, right)
    assert result.must == frozenset.intersection(*outcomes)
    assert result.may == frozenset().union(*outcomes)


def test_bounds_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="must hold 80 cannot hold only 443"):
        Bounded(PortSet.parse("80"), PortSet.parse("443"))


def test_reasons_are_kept_once() -> None:
    first, second = Unknown("a", "first"), Unknown("b", "second")
    left, right = Bounded(NONE, ALL, (first,)), Bounded(NONE, ALL, (first, second))
    for result in (left | right, left & right, left - right):
        assert result.unknown == (first, second)


def test_ports_that_fall_short() -> None:
    offer, need = Bounded.exactly(PortSet.parse("32768-61000")), Bounded.exactly(PortSet.parse("32768-65535"))
    assert contains(offer, need) is Verdict.FAIL
    assert str(missing(offer, need)) == "61001-65535"
    assert contains(Bounded(offer.must, ALL), need) is Verdict.UNDECIDED
    assert str(doubtful(Bounded(offer.must, ALL), need)) == "61001-65535"
    assert offer.is_known
    assert not Bounded(NONE, ALL).is_known


# Symbolic members

PARAMETER, OTHER = Unknown(("parameter", "A"), "A has no value"), Unknown(("parameter", "B"), "B has no value")
REST = Unknown("rest", "there may be more")
AZS, AZS_ELSEWHERE = ("azs", ""), ("azs", "eu-west-1")


def zone(index: int, of: object = AZS) -> Unknown:
    return Unknown(("select", index, of), f"zone {index}")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("80", 80, True),
        (80, 80.0, True),
        ("0.5", 0.5, True),
        ("80", "80.0", False),
        (80, 443, False),
        ("a", "A", False),
        (True, "true", True),
        (False, "false", True),
        (True, 1, False),
        (False, 0, False),
        (True, "false", False),
        (None, None, True),
        (None, "None", False),
        (PARAMETER, PARAMETER, True),
        (PARAMETER, Unknown(("parameter", "A"), "in other words"), True),
        (PARAMETER, OTHER, None),
        (PARAMETER, "x", None),
        (PARAMETER, Reference("t#Group"), None),
        (zone(0), zone(0), True),
        (zone(0), zone(1), False),
        (zone(0), zone(1, AZS_ELSEWHERE), None),
        (zone(0, ("list", "A")), zone(1, ("list", "A")), None),
        (zone(0), "eu-west-1a", None),
        (Reference("t#Group"), Reference("t#Group"), True),
        (Reference("t#Group", "GroupId"), Reference("t#Group", "Ref"), True),
        (Reference("t#Group", "GroupId"), Reference("t#Other", "GroupId"), False),
        (Reference("t#Group"), Reference("u#Group"), False),
        (Reference("t#Group", "VpcId"), Reference("t#Other", "VpcId"), None),
        (Reference("t#Group", "VpcId"), Reference("t#Group", "VpcId"), True),
        (Reference("t#Group", "VpcId"), Reference("t#Group", "GroupId"), None),
        (Reference("t#Group"), "sg-1", None),
        (Items((Fact("a"),)), Items((Fact("a"),)), True),
        (Items((Fact("a"),)), Items((Fact("b"),)), False),
        (Items((Fact("a"),)), Items((Fact("a"), Fact("b"))), False),
        (Items((Fact("a"),)), Items((Fact(PARAMETER),)), None),
        (Items((Fact("a"),), REST), Items((Fact("a"), Fact("b"))), None),
        (Items((Fact("a"), Fact("b")), REST), Items((Fact("a"),)), False),
        (Items((Fact("a"),), REST), Items((Fact("a"),), REST), True),
        (Items((Fact("a"),), REST), Items((Fact("b"),), REST), False),
        (Items((Fact("a"),)), "a", False),
        ({"a": Fact(1)}, {"a": Fact("1")}, True),
        ({"a": Fact(1)}, {"b": Fact(1)}, False),
        ({"a": Fact(1), "b": Fact(PARAMETER)}, {"a": Fact(1), "b": Fact(2)}, None),
        ({"a": Fact(1), "b": Fact(PARAMETER)}, {"a": Fact(2), "b": Fact(2)}, False),
    ],
)
def test_equal(left: object, right: object, expected: bool | None) -> None:
    here = (Location("t.yaml", 3, 4),)
    assert equal(Fact(left, here), Fact(right)) is expected
    assert equal(Fact(right), Fact(left)) is expected


TEXTS, REFERENCES = ("a", "b", "c"), (Reference("t#A"), Reference("t#B"))
KNOWN = st.sampled_from(TEXTS)
VALUES = st.sampled_from([*TEXTS, *REFERENCES, PARAMETER, OTHER])
UNIVERSE = range(7)
"""What a member can turn out to be: 0-2 are the texts, the others are values that no text here is."""


def members(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Members]:
    items = st.lists(values.map(Fact), max_size=most).map(tuple)
    return st.builds(Members, items, st.sampled_from([None, REST]))


def assignments(*sets: Members) -> Iterator[Callable[[Members], frozenset[int]]]:
    """Every way in which the members can turn out; two resources are never the same, nor are two texts.

    The rest is empty, or a value that nothing else is, or everything: for what is asked here no other matters.
    """
    symbols = {item.value for one in sets for item in one.items if not isinstance(item.value, str)}
    references = [symbol for symbol in symbols if isinstance(symbol, Reference)]
    unknowns = [symbol for symbol in symbols if isinstance(symbol, Unknown)]
    for chosen in product(UNIVERSE, repeat=len(symbols)):
        named = dict(zip([*references, *unknowns], chosen, strict=True))
        if len({named[reference] for reference in references}) < len(references):
            continue
        for more in (frozenset[int](), frozenset({9}), frozenset({*UNIVERSE, 9})):

            def turned_out(one: Members, named: Any = named, more: frozenset[int] = more) -> frozenset[int]:
                own = {TEXTS.index(i.value) if isinstance(i.value, str) else named[i.value] for i in one.items}
                return frozenset(own) | (more if one.rest else frozenset())

            yield turned_out


def agrees(verdict: Verdict, truth: Verdict) -> bool:
    """A verdict may be undecided where a truth is, no more: pass and fail must be true."""
    return verdict in (truth, Verdict.UNDECIDED)


@settings(max_examples=150, deadline=None)
@given(members(VALUES), members(VALUES))
def test_verdicts_over_symbols_are_true(left: Members, right: Members) -> None:
    worlds = [(turn(left), turn(right)) for turn in assignments(left, right)]
    assert agrees(subset(left, right), verdict_over(a <= b for a, b in worlds))
    assert agrees(disjoint(left, right), verdict_over(not a & b for a, b in worlds))


@settings(max_examples=500)
@given(members(KNOWN), members(KNOWN))
def test_verdicts_over_known_members_are_complete(left: Members, right: Members) -> None:
    # The rests differ here: those of one list are tested with the symbols.
    right = Members(right.items, Unknown("other rest", "there may be more") if right.rest else None)
    rests: tuple[frozenset[int], ...] = (frozenset(), frozenset({0}), frozenset({9}), frozenset({*UNIVERSE, 9}))

    def ways(one: Members) -> list[frozenset[int]]:
        own = frozenset(TEXTS.index(item.value) for item in one.items)
        return [own | more for more in rests] if one.rest else [own]

    worlds = list(product(ways(left), ways(right)))
    assert subset(left, right) is verdict_over(a <= b for a, b in worlds)
    assert disjoint(left, right) is verdict_over(not a & b for a, b in worlds)
    for item in left.items:
        assert member(item, right) is verdict_over(TEXTS.index(item.value) in b for _, b in worlds)


@settings(max_examples=150, deadline=None)
@given(VALUES, members(VALUES))
def test_membership_is_exact(value: object, of: Members) -> None:
    one = Members((Fact(value),))
    assert member(Fact(value), of) is verdict_over(turn(one) <= turn(of) for turn in assignments(one, of))


@settings(max_examples=150, deadline=None)
@given(members(VALUES, 5), st.integers(0, 4), st.integers(0, 4))
def test_count_is_exact(of: Members, lower: int, upper: int) -> None:
    numbers = {len(turn(Members(of.items))) for turn in assignments(of)}
    fewest, most = bounded.size(of)
    assert fewest == min(numbers)
    assert most == (None if of.rest else max(numbers))
    if of.rest:
        numbers |= set(range(max(numbers), 99))
    assert count(of, lower) is verdict_over(number >= lower for number in numbers)
    assert count(of, upper=upper) is verdict_over(number <= upper for number in numbers)


def test_count_joins_its_bounds() -> None:
    two = Members((Fact("a"), Fact("b"), Fact("a")))
    assert count(two, 2, 2) is Verdict.PASS
    assert count(two, 3, 9) is Verdict.FAIL
    assert count(two, 0, 1) is Verdict.FAIL
    assert count(Members((), REST), 1, 1) is Verdict.UNDECIDED
    assert count(Members()) is Verdict.PASS


def test_zones_picked_from_one_list_are_counted_apart() -> None:
    zones = Members((Fact(zone(0)), Fact(zone(1)), Fact(zone(0))))
    assert count(zones, 2) is Verdict.PASS
    assert count(zones, 3) is Verdict.FAIL
    assert count(Members((Fact(PARAMETER), Fact(OTHER))), 2) is Verdict.UNDECIDED


def test_the_same_unknown_rest_lies_in_itself() -> None:
    assert subset(Members((), REST), Members((Fact("a"),), REST)) is Verdict.PASS
    assert subset(Members((Fact("b"),), REST), Members((Fact("a"),), REST)) is Verdict.UNDECIDED
    assert subset(Members((), REST), Members()) is Verdict.UNDECIDED
    assert disjoint(Members((), REST), Members()) is Verdict.PASS
    assert disjoint(Members((), REST), Members((), REST)) is Verdict.UNDECIDED


def test_the_members_to_blame() -> None:
    zones = Members((Fact("a"), Fact("b"), Fact(PARAMETER)))
    enabled = Members((Fact("a"),))
    assert bounded.outside(zones, enabled) == (Fact("b"),)
    assert bounded.uncertain(zones, enabled) == (Fact(PARAMETER),)
    assert bounded.outside(zones, Members(enabled.items, REST)) == ()


def _unknown(key: Any) -> Fact[Any]:
    return Fact(Unknown(key, "unknown"))


LIST = ("parameter", "t.yaml", "SubnetIds")


@pytest.mark.parametrize(
    ("value", "whole", "expected"),
    [
        (("select", 0, LIST), LIST, Verdict.PASS),
        (LIST, LIST, Verdict.PASS),
        (("zone", ("select", 1, LIST)), ("zone", LIST), Verdict.PASS),
        (("zone", ("select", 1, LIST)), LIST, Verdict.UNDECIDED),
        (("select", 0, ("parameter", "t.yaml", "Others")), LIST, Verdict.UNDECIDED),
        (("select", ("parameter", "t.yaml", "Index"), LIST), LIST, Verdict.UNDECIDED),
    ],
)
def test_what_is_picked_from_an_unknown_list_is_in_it(value: Any, whole: Any, expected: Verdict) -> None:
    assert member(_unknown(value), Members((), Unknown(whole, "unknown"))) is expected


def test_an_unknown_list_lies_in_a_list_that_holds_it() -> None:
    rest = Unknown(LIST, "unknown")
    assert subset(Members((), rest), Members((_unknown(LIST),))) is Verdict.PASS
    assert subset(Members((), rest), Members((_unknown("other"),))) is Verdict.UNDECIDED


def test_texts_with_unknown_parts_are_told_apart_by_their_literals() -> None:
    region = ("value", ("pseudo", "AWS::Region"))
    a, b = _unknown(("text", (region, "a"))), _unknown(("text", (region, "b")))
    assert equal(a, b) is False
    assert equal(a, Fact("us-east-1b")) is False
    assert equal(Fact("us-east-1a"), a) is None
    assert equal(a, _unknown(("parameter", "t.yaml", "Zone"))) is None
    assert equal(_unknown("k"), Fact("b")) is None


LIST = ("import", "groups")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("parameter", "t", "Group"), None),
        (("import", "shared"), False),
        (("ssm", "/shared"), None),
        (("select", 0, LIST), False),
        (("select", 0, ("split", ",", LIST)), False),
        (("select", 0, ("split", ",", ("text", (("value", LIST),)))), None),
        (("select", 0, ("attribute", "t#Nested", "Outputs.Groups")), None),
        (("attribute", "t#Custom", "Group"), None),
        (("undefined", "t", "Group"), None),
        ("anything", None),
    ],
)
def test_what_comes_from_outside_is_nothing_that_never_leaves(key: Any, expected: bool | None) -> None:
    outside = Fact(Unknown(key, "not known"))
    assert equal(Fact(Reference("t#Group", inside=True)), outside) is expected
    assert equal(outside, Fact(Reference("t#Group", inside=True))) is expected
    assert equal(Fact(Reference("t#Group")), outside) is None


@pytest.mark.parametrize(
    ("written", "other", "same"),
    [
        ("sg-1", "sg-1", True),
        ("sg-1", "sg-2", False),
        ("sg-1", "vpc-1", None),
        ("shop", "shop", True),
        ("shop", "arn:aws:ecs:eu-west-1:111122223333:cluster/shop", None),
        ("", "sg-1", None),
    ],
)
def test_a_reference_by_what_is_written(written: str, other: str, same: bool | None) -> None:
    reference = Fact(Reference("account#resource", text=written))
    assert equal(reference, Fact(other)) is same
    assert equal(Fact(other), reference) is same


def test_what_is_written_makes_no_other_reference() -> None:
    assert Reference("account#cluster", text="shop") == Reference("account#cluster")
    assert equal(Fact(Reference("a#x", text="x")), Fact(Reference("a#y", text="x"))) is False


def test_a_reference_that_is_written_against_a_text_in_parts() -> None:
    part = Unknown(("text", ("sg-", ("value", "x"))), "x")
    assert equal(Fact(Reference("a#v", text="vpc-1")), Fact(part)) is False
    assert equal(Fact(Reference("a#s", text="sg-1")), Fact(part)) is None
