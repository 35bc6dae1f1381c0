from __future__ import annotations

from collections.abc import Hashable

import pytest

from scanner.model import Choice, World
from scanner.sources.cloudformation.consistency import consistent

A, B, C = (("parameter", "f", name) for name in "ABC")
TEXT = ("text", (("value", A), "-s"))
TWO = ("text", (("value", A), ("value", B)))


def world(*choices: tuple[Hashable, object, bool]) -> World:
    found = World()
    for symbol, value, holds in choices:
        found = found.assume(Choice(symbol, value, "", holds))
    return found


def equal(left: Hashable, right: Hashable, holds: bool = True) -> tuple[Hashable, object, bool]:
    return ("equal", left, right), holds, True


def is_(symbol: Hashable, value: str, holds: bool = True) -> tuple[Hashable, object, bool]:
    return symbol, value, holds


HOLDS = {
    "nothing": [],
    "values": [is_(A, "x"), is_(B, "y")],
    "conditions": [(("condition", "f", "C"), True, True), is_(A, "x")],
    "equal and of one value": [equal(A, B), is_(A, "x"), is_(B, "x")],
    "different values, not equal": [is_(A, "x"), is_(B, "y"), equal(A, B, False)],
    "equal, one value excluded": [equal(A, B), is_(A, "x", False), is_(B, "y", False)],
    "not equal, excluding the same": [equal(A, B, False), is_(A, "x", False), is_(B, "x", False)],
    "a text of its part": [is_(TEXT, "x-s"), is_(A, "x")],
    "a text that is not of its part": [is_(TEXT, "x-s", False), is_(A, "y")],
    "texts of parts that are open": [is_(TWO, "xy"), is_(A, "x")],
}


@pytest.mark.parametrize("name", HOLDS)
def test_assumptions_that_can_hold_together(name: str) -> None:
    assert consistent(world(*HOLDS[name]))


FAILS = {
    "equal with different values": [equal(A, B), is_(A, "x"), is_(B, "y")],
    "equal with different values, assumed late": [is_(A, "x"), is_(B, "y"), equal(A, B)],
    "not equal with one value": [is_(A, "x"), equal(A, B, False), is_(B, "x")],
    "equal over a third": [equal(A, B), equal(B, C), equal(A, C, False)],
    "values over a third": [equal(A, B), equal(B, C), is_(A, "x"), is_(C, "y")],
    "equal to what is excluded": [equal(A, B), is_(A, "x"), is_(B, "x", False)],
    "equal to a literal twice": [equal(A, "x"), equal(A, "y")],
    "a text of another part": [is_(TEXT, "x-s"), is_(A, "y")],
    "a text that is excluded": [is_(TEXT, "x-s", False), is_(A, "x")],
    "a text of two parts": [is_(A, "x"), is_(B, "y"), is_(TWO, "yx")],
    "two texts of one value": [equal(TEXT, B), is_(A, "x"), is_(B, "x")],
}


@pytest.mark.parametrize("name", FAILS)
def test_assumptions_that_contradict_each_other(name: str) -> None:
    assert not consistent(world(*FAILS[name]))
