from __future__ import annotations

from scanner.excerpts import MOST_LINES, Excerpts
from scanner.line_hash import line_hash
from scanner.model import Location

TEXT = "one: 1\ntwo: 2\nthree: hunter2 # no\nfour: 4\nfive: 5\nsix: 6\nseven: 7\n"


def rows(place: Location, secrets: tuple[tuple[int, int, int, int], ...] = ()) -> dict[int, str]:
    found = Excerpts(TEXT, secrets).location(place)
    return {row["line"]: row["text"] for row in found["excerpt"]}


def test_a_line_around_the_place() -> None:
    assert rows(Location("x", 2, 1, 2, 7)) == {1: "one: 1", 2: "two: 2", 3: "three: hunter2 # no"}
    assert list(rows(Location("x", 1, 1, 1, 7))) == [1, 2]


def test_at_most_five_lines() -> None:
    assert len(rows(Location("x", 2, 1, 7, 3))) == MOST_LINES


def test_secrets_keep_their_columns() -> None:
    assert rows(Location("x", 3, 1, 3, 6), ((3, 8, 3, 15),))[3] == "three: ******* # no"


def test_secrets_over_several_lines() -> None:
    assert rows(Location("x", 5, 1, 5, 2), ((4, 7, 6, 4),)) == {4: "four: *", 5: "*******", 6: "***: 6"}


def test_the_hash_is_of_the_text_as_it_is() -> None:
    place = Location("x", 3, 1, 3, 6)
    assert Excerpts(TEXT, ((3, 8, 3, 15),)).location(place)["line_hash"] == line_hash(TEXT, 3)


def test_a_long_line_shows_the_place() -> None:
    text = "x" * 1500 + "HERE" + "y" * 5000
    found = Excerpts(text, ()).location(Location("x", 1, 1501, 1, 1505))
    assert "HERE" in found["excerpt"][0]["text"]
    assert len(found["excerpt"][0]["text"]) < 4001


def test_windows_line_ends() -> None:
    found = Excerpts("a: 1\r\nb: 2\r\n", ()).location(Location("x", 1, 1, 1, 5))
    assert [row["text"] for row in found["excerpt"]] == ["a: 1", "b: 2"]
