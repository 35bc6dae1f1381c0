from __future__ import annotations

import pytest

from scanner.model import ABSENT, Fact, Items, Location, Reference, Unknown
from scanner.sources.cloudformation.text import (
    concatenate,
    literal_parts,
    may_equal,
    plain,
    references_in,
    split_text,
    symbol,
)

A, B = Unknown("A", "no A", None, "--set A=..."), Unknown("B", "no B")
ROLE, GROUP = Reference("f#Role", "Arn"), Reference("f#Group")
HERE, THERE = Location("f", 1), Location("f", 2)


def text(*values: object) -> Fact[object]:
    return concatenate([Fact(value) for value in values])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, "true"), (False, "false"), (None, ""), (ABSENT, ""), (8, "8"), (1.5, "1.5"), ("a", "a")],
)
def test_scalars_in_text(value: object, expected: str) -> None:
    assert plain(value) == expected


def test_symbols_tell_values_apart() -> None:
    assert symbol(A) == "A"
    assert symbol(ROLE) != symbol(Reference("f#Role", "Ref"))
    assert symbol(Items((Fact("a"), Fact(A)))) == symbol(Items((Fact("a", (HERE,)), Fact(A))))
    assert symbol(Items((Fact("a"),))) != symbol(Items((Fact("a"),), A))
    assert symbol({"a": Fact(1), "b": Fact(ABSENT)}) == symbol({"a": Fact("1")})
    assert symbol({"a": Fact(1)}) != symbol({"b": Fact(1)})


def test_texts_are_equal_if_their_parts_are() -> None:
    assert text("a", A, "b", "c").value == text("a", A, "bc").value
    assert text(text("a", A).value, B).value == text("a", text(A, B).value).value
    assert text(A, "").value == A
    assert text("a", A).value != text(A, "a").value


def test_a_known_text_has_the_places_of_its_parts() -> None:
    assert concatenate([Fact("a", (HERE,)), Fact(1, (THERE,))], "-") == Fact("a-1", (HERE, THERE))
    assert concatenate([]) == Fact("", ())


def test_a_text_is_unknown_for_the_reason_of_its_first_unknown() -> None:
    found = text("x", ROLE, A, B).value

    assert isinstance(found, Unknown)
    assert (found.reason, found.supply) == ("no A", "--set A=...")
    only = text("x", ROLE).value
    assert isinstance(only, Unknown)
    assert only.reason == "the text holds the value of Role.Arn, which is known after deployment"


MAY = [
    ("a", "a"), (A, "a"), (A, B), (text("a", A).value, "ab"), (text("a", A, "b").value, "ab"),
    (text(A, "x", B).value, "xx"), (text("a", A).value, text("ab", B).value), (text(A, "b").value, text(B, "ab").value),
]  # fmt: skip
MAY_NOT = [
    ("a", "b"), (text("a", A).value, "ba"), (text(A, "b").value, "ba"), (text("a", A, "a").value, "a"),
    (text(A, "x", B).value, "yy"), (text(A, "xy", B, "z").value, "xz"), (text(A, "x", B, "x").value, "ax"),
    (text("a", A).value, text("b", B).value), (text(A, "a").value, text(B, "b").value),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), MAY)
def test_texts_that_may_be_equal(left: object, right: object) -> None:
    assert may_equal(left, right)
    assert may_equal(right, left)


@pytest.mark.parametrize(("left", "right"), MAY_NOT)
def test_texts_that_cannot_be_equal(left: object, right: object) -> None:
    assert not may_equal(left, right)
    assert not may_equal(right, left)


def test_a_text_of_references_is_cut_at_commas() -> None:
    found = split_text(text(ROLE, ", ", GROUP, ",x"), ",")

    assert found is not None
    assert [fact.value for fact in found] == [ROLE, GROUP, "x"]


def test_a_text_is_not_cut_where_an_unknown_may_hold_the_delimiter() -> None:
    assert split_text(text(A, ",x"), ",") is None
    assert split_text(text(ROLE, ":x"), ":") is None


def test_the_parts_of_a_text() -> None:
    value = text("a", ROLE, "b", A).value

    assert literal_parts(value) == ("a", "b")
    assert references_in(value) == (("f#Role", "Arn"),)
    assert references_in("a") == ()
