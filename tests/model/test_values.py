from __future__ import annotations

import pickle

from scanner.model import ABSENT, Fact, Items, Location, Reference, Unknown

HERE, THERE = Location("f", 1, 2, 1, 3), Location("f", 2)


def test_absence_is_one_thing_and_false() -> None:
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT


def test_a_fact_stands_at_its_first_place() -> None:
    assert Fact(1, (HERE, THERE)).location == HERE
    assert Fact(1).location is None


def test_further_places_come_behind_and_only_once() -> None:
    found = Fact(1, (HERE,), "note").seen_at(THERE, HERE)
    assert found == Fact(1, (HERE, THERE), "note")


def test_references_are_equal_by_resource_and_attribute() -> None:
    assert Reference("f#A") == Reference("f#A", "Ref")
    assert Reference("f#A") != Reference("f#A", "Arn")


def test_a_list_may_have_an_open_end() -> None:
    assert Items().rest is None
    assert Items((), Unknown("k", "r")) != Items()


def test_unknowns_are_equal_by_key() -> None:
    assert Unknown("k", "one reason", HERE, "--set") == Unknown("k", "another")
    assert hash(Unknown("k", "one reason")) == hash(Unknown("k", "another"))
    assert Unknown("k", "same") != Unknown("l", "same")
    assert str(Unknown("k", "why")) == "why"


def test_a_location_reads_as_file_line_and_column() -> None:
    assert str(HERE) == "f:1:2"
    assert THERE[1:] == (2, 1, 1, 1)
