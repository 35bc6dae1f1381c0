"""Port sets, against sets of integers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.ports import ALL, NONE, PortSet

# Few ports at both ends, so that ranges often meet, adjoin and touch the limits.
PORTS = st.sampled_from([*range(9), *range(65529, 65536)])
RANGES = st.lists(st.tuples(PORTS, PORTS).map(lambda pair: (min(pair), max(pair))), max_size=5)
SETS = st.frozensets(PORTS)


def built(ranges: list[tuple[int, int]]) -> tuple[PortSet, set[int]]:
    ports, oracle = NONE, set()
    for low, high in ranges:
        ports |= PortSet.of_range(low, high)
        oracle |= set(range(low, high + 1))
    return ports, oracle


@pytest.mark.parametrize("operate", [operator.or_, operator.and_, operator.sub])
@given(left=SETS, right=SETS)
def test_operators_are_those_of_sets(
    operate: Callable[[Any, Any], Any], left: frozenset[int], right: frozenset[int]
) -> None:
    assert operate(PortSet.of(left), PortSet.of(right)) == PortSet.of(operate(left, right))


@given(left=SETS, right=SETS)
def test_comparisons_are_those_of_sets(left: frozenset[int], right: frozenset[int]) -> None:
    assert (PortSet.of(left) <= PortSet.of(right)) is (left <= right)
    assert (PortSet.of(left) == PortSet.of(right)) is (left == right)
    assert bool(PortSet.of(left)) is bool(left)


@given(RANGES)
def test_holds_what_its_ranges_hold(ranges: list[tuple[int, int]]) -> None:
    ports, oracle = built(ranges)
    assert len(ports) == len(oracle)
    assert [port for port in (-1, *range(10), *range(65528, 65537)) if port in ports] == [
        port for port in (-1, *range(10), *range(65528, 65537)) if port in oracle
    ]


@given(RANGES)
def test_ranges_are_maximal_and_rise(ranges: list[tuple[int, int]]) -> None:
    ports, oracle = built(ranges)
    found = list(ports.ranges())
    assert {port for low, high in found for port in range(low, high + 1)} == oracle
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(found))


@given(RANGES.filter(bool))
def test_reads_what_it_writes(ranges: list[tuple[int, int]]) -> None:
    ports, _ = built(ranges)
    assert PortSet.parse(str(ports)) == ports


@given(RANGES)
def test_equal_sets_have_one_hash_however_built(ranges: list[tuple[int, int]]) -> None:
    ports, _ = built(ranges)
    other, _ = built(list(reversed(list(ports.ranges()))))
    assert (ports, hash(ports)) == (other, hash(other))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", "80"),
        ("32768-65535", "32768-65535"),
        ("80,443,8000-8100", "80, 443, 8000-8100"),
        (" 443 , 80 - 81 ", "80-81, 443"),
        ("80,81,82", "80-82"),
        ("0-65535", "all ports"),
        ("all ports", "all ports"),
        ("0080", "80"),
    ],
)
def test_parses(text: str, expected: str) -> None:
    assert str(PortSet.parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is neither a port"),
        ("http", "'http' is neither a port"),
        ("80,", "'' is neither a port"),
        ("80-", "'80-' is neither a port"),
        ("-80", "'-80' is neither a port"),
        ("1-2-3", "'1-2-3' is neither a port"),
        ("8\u0660", "is neither a port"),
        ("65536", "outside of the ports 0-65535"),
        ("0-70000", "outside of the ports 0-65535"),
        ("9" * 5000, "is neither a port"),
        ("443-80", "443-80 ends before it starts"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PortSet.parse(text)


def test_a_proof_of_the_dynamic_range() -> None:
    need = PortSet.parse("32768-65535")
    offered = PortSet.parse("32768-49152") | PortSet.parse("49153-61000")
    assert str(need - offered) == "61001-65535"
    assert need <= offered | PortSet.of_range(61001, 65535)


def test_limits() -> None:
    assert len(ALL) == 65536
    assert not NONE
    assert str(NONE) == "no ports"
    assert repr(PortSet.parse("80")) == "<PortSet 80>"
