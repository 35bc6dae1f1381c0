"""Texts known in part, against every way in which they can turn out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.analysis.texts import Parts, differ, parts_of, segments
from scanner.model import Reference, Unknown

VALUES = ("", "a", "b", "ab", "ba")
SYMBOLS = ("x", "y")
PART = st.sampled_from(["a", "b", "ab", *(("value", symbol) for symbol in SYMBOLS)])
TEXT = st.lists(PART, max_size=4).map(tuple)


def written(parts: Parts, values: dict[object, str]) -> str:
    return "".join(part if isinstance(part, str) else values[part[1]] for part in parts)


@settings(max_examples=1000)
@given(TEXT, TEXT)
def test_texts_that_differ_do_so_whatever_is_put_in(left: Parts, right: Parts) -> None:
    if differ(left, right):
        for chosen in product(VALUES, repeat=len(SYMBOLS)):
            values: dict[object, str] = dict(zip(SYMBOLS, chosen, strict=True))
            assert written(left, values) != written(right, values)


REGION = ("value", ("pseudo", "AWS::Region"))


@pytest.mark.parametrize(
    ("left", "right", "different"),
    [
        ((REGION, "a"), (REGION, "b"), True),
        ((REGION, "a"), (REGION, "a"), False),
        ((REGION, "a"), ("us-east-1b",), True),
        ((REGION, "a"), ("us-east-1a",), False),
        (("x-", REGION), ("y-", REGION), True),
        ((REGION,), (("value", "other"),), False),
        (("a",), ("b",), True),
        ((), ("a",), True),
        ((), (REGION,), False),
        (("a", REGION), (REGION, "a"), False),
    ],
)
def test_differ(left: Parts, right: Parts, different: bool) -> None:
    assert differ(left, right) is different
    assert differ(right, left) is different


def test_parts_of_values() -> None:
    text = Unknown(("text", ("a", ("value", "k"))), "")
    assert parts_of(text) == ("a", ("value", "k"))
    assert parts_of(Unknown("k", "")) == (("value", "k"),)
    assert parts_of(Reference("t#A", "Name")) == (("value", ("attribute", "t#A", "Name")),)
    assert parts_of("a") == ("a",)
    assert parts_of("") == ()


def test_segments_are_cut_in_literals_only() -> None:
    assert segments(("service/", REGION, "/web"), "/") == (("service",), (REGION,), ("web",))
    assert segments(("a-", REGION), "/") == (("a-", REGION),)
    assert segments(("a/",), "/") == (("a",), ())
    assert segments((), "/") == ((),)
