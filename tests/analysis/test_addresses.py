"""Address sets, against sets of integers in two small blocks."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, PRIVATE_V4, PUBLIC, AddressSet, cut

Block = tuple[int, int, int]
"""Family, offset and prefix among 256 addresses."""
V4 = int(ipaddress.IPv4Address("10.0.0.0"))
V6 = int(ipaddress.IPv6Address("2001:db8::"))


def text(family: int, offset: int, prefix: int) -> str:
    """A block of 2**(8 - prefix) addresses among 256; host bits are left as they fall."""
    if family == 4:
        return f"{ipaddress.IPv4Address(V4 + offset)}/{24 + prefix}"
    return f"{ipaddress.IPv6Address(V6 + offset)}/{120 + prefix}"


BLOCKS = st.tuples(st.sampled_from([4, 6]), st.integers(0, 255), st.integers(2, 8))
LISTS = st.lists(BLOCKS, max_size=6)


def built(blocks: list[Block]) -> tuple[AddressSet, set[tuple[int, int]]]:
    oracle = set()
    for family, offset, prefix in blocks:
        size = 2 ** (8 - prefix)
        first = offset - offset % size
        oracle |= {(family, address) for address in range(first, first + size)}
    return AddressSet.of_cidrs(text(*block) for block in blocks), oracle


def listed(addresses: AddressSet) -> set[tuple[int, int]]:
    found = {(4, n - V4) for low, high in addresses.v4 for n in range(low, high + 1)}
    return found | {(6, n - V6) for low, high in addresses.v6 for n in range(low, high + 1)}


@pytest.mark.parametrize("operate", [operator.or_, operator.and_, operator.sub])
@given(left=LISTS, right=LISTS)
def test_operators_are_those_of_sets(operate: Callable[[Any, Any], Any], left: list[Block], right: list[Block]) -> None:
    (ours, oracle), (other, other_oracle) = built(left), built(right)
    result = operate(ours, other)
    assert listed(result) == operate(oracle, other_oracle)
    assert result == AddressSet.of_cidrs(result.to_cidrs()), "one set has one form"


@given(left=LISTS, right=LISTS)
def test_comparisons_are_those_of_sets(left: list[Block], right: list[Block]) -> None:
    (ours, oracle), (other, other_oracle) = built(left), built(right)
    assert (ours <= other) is (oracle <= other_oracle)
    assert (ours == other) is (oracle == other_oracle)
    assert ours.is_disjoint(other) is oracle.isdisjoint(other_oracle)
    assert bool(ours) is bool(oracle)


@given(LISTS)
def test_to_cidrs_is_the_shortest_list(blocks: list[Block]) -> None:
    v4 = ipaddress.collapse_addresses(ipaddress.IPv4Network(text(*b), strict=False) for b in blocks if b[0] == 4)
    v6 = ipaddress.collapse_addresses(ipaddress.IPv6Network(text(*b), strict=False) for b in blocks if b[0] == 6)
    expected = [*map(str, v4), *map(str, v6)]
    assert list(AddressSet.of_cidrs(text(*block) for block in blocks).to_cidrs()) == expected


@given(LISTS, st.lists(LISTS, max_size=5))
def test_cut_divides_by_every_border_and_no_more(universe: list[Block], sets: list[list[Block]]) -> None:
    space, oracle = built(universe)
    parts = [built(blocks) for blocks in sets]
    expected: dict[int, set[tuple[int, int]]] = {}
    for address in oracle:
        mask = sum(1 << n for n, (_, held) in enumerate(parts) if address in held)
        expected.setdefault(mask, set()).add(address)
    cells = cut(space, [part for part, _ in parts])
    assert len(cells) == len(expected)
    assert {mask: listed(cell) for cell, mask in cells} == expected


@pytest.mark.parametrize(
    ("cidr", "canonical"),
    [
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("100.68.0.18/18", "100.68.0.0/18"),
        ("192.168.1.0/0", "0.0.0.0/0"),
        ("10.0.0.7/32", "10.0.0.7/32"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("::/0", "::/0"),
    ],
)
def test_reads_blocks_as_ec2_does(cidr: str, canonical: str) -> None:
    assert AddressSet.of_cidr(cidr).to_cidrs() == (canonical,)
    assert str(AddressSet.of_cidr(cidr)) == canonical


@pytest.mark.parametrize(
    "cidr",
    [
        "",
        "10.0.0.0",
        "10.0.0.0/33",
        "::/129",
        "10.0.0/8",
        "10.0.0.256/8",
        "010.0.0.0/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/-1",
        " 10.0.0.0/8",
        "10.0.0.0/8\n",
        "fe80::1%eth0/64",
        "sg-1",
        "10.0.0.0/8,10.1.0.0/8",
    ],
)
def test_refuses_what_is_no_block(cidr: str) -> None:
    with pytest.raises(ValueError, match="is no block of addresses"):
        AddressSet.of_cidr(cidr)


def test_text_shows_intervals_that_are_no_block() -> None:
    assert str(AddressSet.of_cidr("10.0.0.0/30") - AddressSet.of_cidr("10.0.0.0/32")) == "10.0.0.1-10.0.0.3"
    assert str(AddressSet.of_cidrs(["10.0.0.0/25", "10.0.0.128/25", "::1/128"])) == "10.0.0.0/24, ::1/128"
    assert str(AddressSet()) == "no addresses"
    assert repr(AddressSet.of_cidr("10.0.0.0/8")) == "<AddressSet 10.0.0.0/8>"


def test_two_halves_are_the_world_and_complements_reach_its_ends() -> None:
    assert AddressSet.of_cidrs(["0.0.0.0/1", "128.0.0.0/1"]) == EVERYWHERE_V4
    assert AddressSet.of_cidrs(["::/1", "8000::/1"]) == EVERYWHERE_V6
    assert EVERYWHERE_V4 - AddressSet.of_cidr("128.0.0.0/1") == AddressSet.of_cidr("0.0.0.0/1")
    assert not EVERYWHERE_V6 - EVERYWHERE_V6
    assert EVERYWHERE_V4.is_disjoint(EVERYWHERE_V6)


def test_families_are_told_apart() -> None:
    both = EVERYWHERE_V4 | EVERYWHERE_V6
    assert both.of_family(4) == EVERYWHERE_V4
    assert both.of_family(6) == EVERYWHERE_V6


@pytest.mark.parametrize("cidr", ["10.1.2.3/32", "172.31.0.0/16", "192.168.0.0/24", "100.64.0.0/10"])
def test_private_is_not_public(cidr: str) -> None:
    assert AddressSet.of_cidr(cidr) <= PRIVATE_V4
    assert AddressSet.of_cidr(cidr).is_disjoint(PUBLIC)


@pytest.mark.parametrize("cidr", ["8.8.8.8/32", "172.32.0.0/16", "100.128.0.0/9", "2600::/12", "223.255.255.255/32"])
def test_internet_is_public(cidr: str) -> None:
    assert AddressSet.of_cidr(cidr) <= PUBLIC


@pytest.mark.parametrize(
    "cidr", ["127.0.0.1/32", "169.254.169.254/32", "224.0.0.1/32", "fe80::/10", "fd00::/8", "::1/128"]
)
def test_special_is_neither(cidr: str) -> None:
    assert AddressSet.of_cidr(cidr).is_disjoint(PUBLIC | PRIVATE_V4)
