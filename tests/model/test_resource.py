from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Fact, Items, Location, Resource, Unknown, get

OWNER, LIST, FIRST = Location("f", 1), Location("f", 2), Location("f", 3)
OPEN = Unknown("k", "not known", FIRST, "--set K=...")
PROPERTIES: dict[str, Fact[Any]] = {
    "Name": Fact("n", (FIRST,)),
    "List": Fact(Items((Fact({"Port": Fact(80, (FIRST,))}, (FIRST,)), Fact("b"))), (LIST,)),
    "Tail": Fact(Items((Fact("a"),), OPEN), (LIST,)),
    "Open": Fact(OPEN, (FIRST,)),
    "None": Fact(ABSENT, (LIST,)),
}
RESOURCE = Resource("f#R", "R", "T", PROPERTIES, OWNER)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("Name", "n", FIRST),
        ("List.0.Port", 80, FIRST),
        ("List.1", "b", None),
        ("Tail.0", "a", None),
        ("Tail.1", OPEN, LIST),
        ("Open", OPEN, FIRST),
    ],
)
def test_what_stands_at_a_path(path: str, value: object, place: Location | None) -> None:
    found = RESOURCE.get(path)
    assert (found.value, found.location) == (value, place)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("Missing", OWNER),
        ("Missing.Deep", OWNER),
        ("List.2", LIST),
        ("List.x", LIST),
        ("List.0.Other", FIRST),
        ("Name.x", FIRST),
        ("None.x", LIST),
    ],
)
def test_absence_is_placed_at_the_nearest_owner(path: str, place: Location) -> None:
    found = RESOURCE.get(path)
    assert found.value is ABSENT
    assert found.location == place


def test_below_an_unknown_stands_an_unknown_of_its_own() -> None:
    one, other, same = RESOURCE.get("Open.A.B").value, RESOURCE.get("Open.A.C").value, RESOURCE.get("Open.A.B").value

    assert one == same
    assert one != other
    assert one != OPEN
    assert (one.reason, one.supply) == (OPEN.reason, OPEN.supply)


def test_a_path_below_any_value() -> None:
    assert get(PROPERTIES["List"], "0.Port").value == 80


def test_a_resource_exists_unless_it_says_otherwise() -> None:
    assert RESOURCE.exists()
    assert not Resource("f#R", "R", "T", {}, OWNER, exists=lambda: False).exists()
