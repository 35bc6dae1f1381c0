"""Places and what they are offered. The cells that rules make are tested with the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.analysis.addresses import EVERYWHERE_V4, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.places import Cell, Source, missing_ports, missing_texts, places, somewhere, verdict_of
from scanner.analysis.ports import PortSet
from scanner.model import Unknown, Verdict

SUBNET = Unknown("subnet", "the block of the subnet is not known")
LEFT, RIGHT = AddressSet.of_cidr("10.0.0.0/25"), AddressSet.of_cidr("10.0.0.128/25")
BOTH = LEFT | RIGHT


def ports(text: str) -> PortSet:
    return PortSet.parse(text)


def need(text: str) -> Bounded[PortSet]:
    return Bounded.exactly(ports(text))


def cells(pieces: Iterable[tuple[AddressSet, int]], names: frozenset[Unknown]) -> Iterator[Cell[int]]:
    """80 is open on the left, 443 on the right."""
    for addresses, mask in pieces:
        yield Cell(addresses, need({1: "80", 2: "443"}.get(mask, "22")), (mask,))


def test_a_known_source_is_cut_along_the_blocks() -> None:
    found = places(Source(addresses=BOTH), [LEFT, RIGHT], cells)
    assert [place.cells[0].addresses for place in found] == [LEFT, RIGHT]
    assert all(place.known and place.certain for place in found)


def test_a_source_without_addresses_stands_somewhere() -> None:
    [place] = places(Source(within=BOTH), [LEFT, RIGHT], cells)
    assert len(place.cells) == 2
    assert not place.known
    assert place.verdict(need("80")) is Verdict.UNDECIDED
    assert place.verdict(need("22")) is Verdict.FAIL
    assert place.lacks(need("80,443"), proven=True) == ports("80,443")


def test_an_unknown_subnet_lies_in_the_network() -> None:
    found = places(Source(where=(SUBNET,), within=LEFT), [LEFT, RIGHT], cells)
    assert [place.where for place in found] == [SUBNET]
    assert verdict_of(found, need("80")) is Verdict.PASS
    assert Source(family=4).space == EVERYWHERE_V4


def test_addresses_that_it_perhaps_has_never_fail() -> None:
    found = places(Source(addresses=LEFT, perhaps=RIGHT), [LEFT, RIGHT], cells)
    assert verdict_of(found, need("80")) is Verdict.UNDECIDED
    assert verdict_of(found, need("443")) is Verdict.FAIL
    assert list(missing_texts(found, need("443"), True, 4)) == ["443 from 10.0.0.0/25"]


def test_one_place_is_enough_for_some() -> None:
    found = places(Source(addresses=BOTH), [LEFT, RIGHT], cells)
    assert verdict_of(found, need("80,443")) is Verdict.FAIL
    assert verdict_of(found, need("80,443"), some=True) is Verdict.PASS
    assert verdict_of(found, need("80,22"), some=True) is Verdict.FAIL
    assert missing_ports(found, need("80,22"), proven=True) == ports("22")


def test_where_all_places_are_in_doubt_one_is_open_if_all_are() -> None:
    found = places(Source(perhaps=BOTH), [LEFT, RIGHT], cells)
    assert somewhere(found) == Bounded(PortSet(), ports("80,443"))
    assert verdict_of(found, need("80"), some=True) is Verdict.UNDECIDED
    assert verdict_of(found, need("22"), some=True) is Verdict.UNDECIDED
    alike = places(Source(perhaps=LEFT), [LEFT, RIGHT], cells)
    assert verdict_of(alike, need("80"), some=True) is Verdict.PASS
    assert somewhere([]).must == PortSet()


def test_missing_ports_are_named_once_where_they_lack_everywhere() -> None:
    found = places(Source(addresses=BOTH), [LEFT, RIGHT], cells)
    assert list(missing_texts(found, need("22,80"), True, 4)) == ["22", "80 from 10.0.0.128/25"]


def test_peers_become_a_source() -> None:
    six = AddressSet.of_cidr("2001:db8::/32")
    source = Source.of_peers(Bounded(LEFT, BOTH | six, (SUBNET,)), 4)
    assert source == Source(addresses=LEFT, perhaps=RIGHT, doubts=(SUBNET,))
    assert Source.of_peers(Bounded.exactly(LEFT), 6) is None
