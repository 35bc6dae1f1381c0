"""What network ACL entries let through, against an enumeration of every address, port and way to turn out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanner.analysis.acls import Deciding, Entry, Passage, passes
from scanner.analysis.addresses import EVERYWHERE_V4, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.places import Source
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Unknown, Verdict

REST = Unknown("rest", "there may be more entries")
SUBNET = Unknown("subnet", "the block of the subnet is not known")
PARAMETER = Unknown("parameter", "parameter P has no value")
IN_BLOCK = Source(addresses=AddressSet.of_cidr("10.0.1.0/24"))
EPHEMERAL = "1024-65535"


def ports(text: str) -> Bounded[PortSet]:
    return Bounded.exactly(PortSet.parse(text))


def entry(number: Any, allow: Any, opened: str, block: Any = "0.0.0.0/0", protocol: Any = "6", **more: Any) -> Entry:
    where = AddressSet.of_cidr(block) if isinstance(block, str) else block
    return Entry(number, allow, protocol, ports(opened), where, **more)


def ask(entries: Iterable[Entry], need: str = EPHEMERAL, source: Source = IN_BLOCK, **more: Any) -> Passage:
    return passes(tuple(entries), more.pop("rest", None), source, more.pop("protocol", "tcp"), ports(need), **more)


# The order of the entries


def test_an_allow_before_a_deny_wins() -> None:
    allow, deny = entry(100, True, "0-65535"), entry(200, False, "0-65535")
    assert ask([deny, allow]) == Passage(Verdict.PASS, (), (Deciding(allow, "RuleAction"),))


def test_a_deny_before_an_allow_wins() -> None:
    allow, deny = entry(200, True, "0-65535"), entry(100, False, "3306")
    answer = ask([allow, deny])
    assert (answer.verdict, answer.missing) == (Verdict.FAIL, ("3306",))
    assert answer.deciding[0] == Deciding(deny, "RuleAction")


def test_a_deny_for_other_addresses_does_not_matter() -> None:
    assert ask([entry(50, False, "0-65535", "10.0.2.0/24"), entry(100, True, "0-65535")]).verdict is Verdict.PASS


def test_what_no_entry_matches_is_denied() -> None:
    assert ask([], "443") == Passage(Verdict.FAIL, ("443",))
    assert ask([entry(32767, False, "0-65535", protocol="-1")], "443").missing == ("443",)


def test_two_entries_cover_together() -> None:
    halves = [entry(100, True, "1024-32767"), entry(110, True, "32768-65535")]
    assert ask(halves).verdict is Verdict.PASS
    assert ask(halves[1:]).missing == ("1024-32767",)
    assert ask(halves[1:]).deciding == (Deciding(halves[1], "PortRange.From"),)
    assert ask(halves[:1]).deciding == (Deciding(halves[0], "PortRange.To"),)


def test_an_entry_far_from_what_is_missing_is_not_to_blame() -> None:
    assert ask([entry(100, True, "443")]).deciding == ()
    slip = entry(100, True, "80")
    assert ask([slip], "443").deciding == (Deciding(slip, "PortRange.To"),)


def test_two_blocks_cover_together() -> None:
    halves = [entry(100, True, "443", "10.0.1.0/25"), entry(110, True, "443", "10.0.1.128/25")]
    assert ask(halves, "443").verdict is Verdict.PASS
    assert ask(halves[:1], "443").missing == ("443 from 10.0.1.128/25",)
    assert ask(halves[:1], "443").deciding == (Deciding(halves[0], "CidrBlock"),)


def test_a_deny_of_part_of_the_addresses_names_them() -> None:
    entries = [entry(90, False, "0-65535", "10.0.1.64/26"), entry(100, True, EPHEMERAL)]
    assert ask(entries).missing == ("1024-65535 from 10.0.1.64/26",)


# Protocols and families


def test_protocol_minus_one_ignores_ports() -> None:
    assert ask([entry(100, True, "80", protocol="-1")]).verdict is Verdict.PASS
    assert ask([entry(90, False, "80", protocol="-1"), entry(100, True, "0-65535")]).verdict is Verdict.FAIL


@pytest.mark.parametrize("protocol", ["17", "udp", "1", "58", "50"])
def test_another_protocol_is_irrelevant(protocol: str) -> None:
    assert ask([entry(90, False, "0-65535", protocol=protocol), entry(100, True, "0-65535")]).verdict is Verdict.PASS
    assert ask([entry(90, True, "0-65535", protocol=protocol)]).verdict is Verdict.FAIL


def test_ipv6_is_apart() -> None:
    allow = entry(100, True, "0-65535", "::/0")
    assert ask([allow]).verdict is Verdict.FAIL
    six = Source(addresses=AddressSet.of_cidr("2001:db8::/64"), family=6)
    assert ask([allow], source=six).verdict is Verdict.PASS
    assert ask([entry(50, False, "0-65535"), allow], source=six).verdict is Verdict.PASS


# What is not known


def test_an_unknown_number_decides_only_if_the_actions_differ() -> None:
    deny, allow = entry(PARAMETER, False, "443"), entry(100, True, "443")
    answer = ask([deny, allow], "443")
    assert (answer.verdict, answer.unknown, answer.missing) == (Verdict.UNDECIDED, (PARAMETER,), ("443",))
    assert ask([entry(PARAMETER, True, "443"), allow], "443").verdict is Verdict.PASS


def test_an_entry_of_unknown_number_comes_before_the_implicit_deny() -> None:
    assert ask([entry(PARAMETER, True, "443")], "443").verdict is Verdict.PASS
    assert ask([entry(PARAMETER, True, "443", doubt=REST)], "443").verdict is Verdict.UNDECIDED
    assert ask([entry(PARAMETER, False, "443"), entry(SUBNET, False, "443")], "443").verdict is Verdict.FAIL


def test_nothing_comes_before_a_full_row_of_numbers() -> None:
    first = [entry(1, True, "443"), entry(2, True, "80")]
    assert ask(first, "443", rest=REST).verdict is Verdict.PASS
    assert ask([*first, entry(PARAMETER, False, "443")], "443").verdict is Verdict.PASS
    assert ask([entry(2, True, "443")], "443", rest=REST).verdict is Verdict.UNDECIDED
    doubted = entry(1, True, "80", doubt=PARAMETER)
    assert ask([doubted, entry(2, True, "443")], "443", rest=REST).verdict is Verdict.UNDECIDED


def test_more_entries_elsewhere_leave_it_open() -> None:
    answer = ask([entry(100, True, "0-65535")], rest=REST)
    assert (answer.verdict, answer.unknown) == (Verdict.UNDECIDED, (REST,))
    assert ask([], rest=REST).verdict is Verdict.UNDECIDED


def test_an_unknown_action_behind_a_deny_does_not_matter() -> None:
    entries = [entry(100, False, "443"), entry(110, PARAMETER, "443")]
    assert ask(entries, "443").verdict is Verdict.FAIL
    assert ask(entries[1:], "443").unknown == (PARAMETER,)


def test_an_unknown_block_may_cover_the_peer_or_not() -> None:
    assert ask([entry(100, True, "443", PARAMETER)], "443").unknown == (PARAMETER,)
    assert ask([entry(90, False, "443", PARAMETER), entry(100, True, "443")], "443").verdict is Verdict.UNDECIDED
    assert ask([entry(90, True, "443", PARAMETER), entry(100, True, "443")], "443").verdict is Verdict.PASS


def test_the_same_unknown_block_covers_its_subnet() -> None:
    somewhere = Source(where=(SUBNET,))
    assert ask([entry(100, True, "443", SUBNET)], "443", somewhere).verdict is Verdict.PASS
    assert ask([entry(90, False, "443", SUBNET), entry(100, True, "443")], "443", somewhere).verdict is Verdict.FAIL
    assert ask([entry(100, True, "443", PARAMETER)], "443", somewhere).verdict is Verdict.UNDECIDED


def test_an_unknown_subnet_lies_in_its_network() -> None:
    somewhere = Source(where=(SUBNET,), within=AddressSet.of_cidr("10.0.0.0/16"))
    assert ask([entry(100, True, "443", "10.0.0.0/8")], "443", somewhere).verdict is Verdict.PASS
    assert ask([entry(100, True, "443", "10.0.1.0/24")], "443", somewhere).verdict is Verdict.UNDECIDED
    assert ask([entry(100, True, "443", "10.1.0.0/16")], "443", somewhere).verdict is Verdict.FAIL


# Peers of which some are enough


def test_some_clients_are_enough() -> None:
    entries = [entry(90, False, "443", "198.51.0.0/16"), entry(100, True, "443")]
    public = Source(addresses=EVERYWHERE_V4)
    assert ask(entries, "443", public).verdict is Verdict.FAIL
    assert ask(entries, "443", public, some=True).verdict is Verdict.PASS
    assert ask(entries[:1], "443", public, some=True) == Passage(
        Verdict.FAIL, ("443",), (Deciding(entries[0], "RuleAction"),)
    )


def test_every_port_is_needed_by_some_client() -> None:
    entries = [entry(100, True, "1024-40000", "0.0.0.0/1"), entry(110, True, "32768-65535", "128.0.0.0/1")]
    public = Source(addresses=EVERYWHERE_V4)
    assert ask(entries, EPHEMERAL, public, some=True).verdict is Verdict.PASS
    assert ask(entries[1:], EPHEMERAL, public, some=True).missing == ("1024-32767",)


def test_clients_of_whom_only_the_range_is_known() -> None:
    clients = Source(perhaps=AddressSet.of_cidr("10.0.0.0/8"), doubts=(PARAMETER,))
    assert ask([entry(100, True, "443")], "443", clients, some=True).verdict is Verdict.PASS
    none = ask([entry(100, True, "443", "192.0.2.0/24")], "443", clients, some=True)
    assert (none.verdict, none.missing, none.unknown) == (Verdict.UNDECIDED, ("443",), (PARAMETER,))
    some = ask([entry(100, True, "443", "10.1.0.0/16")], "443", clients, some=True)
    assert (some.verdict, some.unknown) == (Verdict.UNDECIDED, (PARAMETER,))
    assert ask([entry(100, True, "443", "192.0.2.0/24")], "443", clients).verdict is Verdict.UNDECIDED


# Against an enumeration

NUMBERS = range(1, 6)
PORTS = (0, 1, 2)
SPACE = AddressSet.of_cidr("10.0.0.0/30")
BASE = SPACE.v4[0][0]
BLOCKS = [AddressSet.of_cidr(f"10.0.0.{n}/{size}") for n, size in ((0, 30), (0, 31), (2, 31), (0, 32), (3, 32))]
OUTSIDE = AddressSet.of_cidr("10.9.0.0/32")


def subsets(items: Iterable[int]) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.sampled_from(tuple(items)))


@st.composite
def bounded_ports(draw: st.DrawFn) -> Bounded[PortSet]:
    must, more = draw(subsets(PORTS)), draw(st.one_of(st.just(frozenset()), subsets(PORTS)))
    unknown = (Unknown(("ports", draw(st.integers())), "ports"),)
    return Bounded(PortSet.of(must), PortSet.of(must | more), unknown)


@st.composite
def entry_lists(draw: st.DrawFn) -> list[Entry]:
    entries = []
    for n in range(draw(st.integers(0, 3))):
        number: int | Unknown = draw(st.one_of(st.sampled_from([1, 2, 4]), st.just(Unknown(("number", n), "number"))))
        allow: bool | Unknown = draw(st.one_of(st.booleans(), st.booleans(), st.just(Unknown(("allow", n), "action"))))
        written = st.sampled_from(["6", "6", "6", "tcp", "-1", "17"])
        protocol: str | Unknown = draw(st.one_of(written, written, st.just(Unknown(("protocol", n), "protocol"))))
        block = draw(st.one_of(st.sampled_from(BLOCKS), st.sampled_from([SUBNET, Unknown(("block", n), "block")])))
        doubt = draw(st.sampled_from([None, None, None, Unknown(("doubt", n), "doubt")]))
        entries.append(Entry(number, allow, protocol, draw(bounded_ports()), block, doubt))
    known = [one.number for one in entries if isinstance(one.number, int)]
    assume(len(known) == len(set(known)))
    return entries


def first_match(entries: list[tuple[int, bool, frozenset[int], AddressSet]], address: int, port: int) -> bool:
    """What EC2 does with a packet."""
    for _, allow, matched, block in sorted(entries, key=lambda one: one[0]):
        if port in matched and any(low <= address <= high for low, high in block.v4):
            return allow
    return False


def completions(entries: list[Entry], rest: bool, where: AddressSet) -> Iterator[list[Any]]:
    """Every way in which the unknown parts of entries can turn out; ``where`` is the unknown subnet's block."""
    for there in product(*[(True,) if one.doubt is None else (True, False) for one in entries]):
        present = [one for one, is_there in zip(entries, there, strict=True) if is_there]
        extra: list[Entry] = []
        if rest:
            every = PortSet.of(PORTS)
            unknown = Unknown("more", "more")
            extra = [Entry(unknown, unknown, "-1", Bounded.exactly(every), EVERYWHERE_V4)]
        for more in ([], extra) if rest else ([],):
            yield from _completed([*present, *more], where)


def _completed(entries: list[Entry], where: AddressSet) -> Iterator[list[Any]]:
    ways = []
    for one in entries:
        allow = (True, False) if isinstance(one.allow, Unknown) else (one.allow,)
        if isinstance(one.protocol, Unknown):
            matched = [frozenset(), *_ports_between(one.ports), frozenset(PORTS)]
        elif one.protocol == "-1":
            matched = [frozenset(PORTS)]
        else:
            matched = [frozenset()] if one.protocol == "17" else list(_ports_between(one.ports))
        blocks = [one.block] if isinstance(one.block, AddressSet) else [*BLOCKS, OUTSIDE]
        if one.block == SUBNET:
            blocks = [where]
        ways.append(list(product(allow, set(matched), blocks)))
    taken = [one.number for one in entries if isinstance(one.number, int)]
    free = [number for number in NUMBERS if number not in taken]
    open_numbers = sum(isinstance(one.number, Unknown) for one in entries)
    for numbers in permutations(free, open_numbers):
        order = iter(numbers)
        placed = [one.number if isinstance(one.number, int) else next(order) for one in entries]
        for way in product(*ways):
            yield [(number, *rest) for number, rest in zip(placed, way, strict=True)]


def _ports_between(bounds: Bounded[PortSet]) -> Iterator[frozenset[int]]:
    must = frozenset(port for port in PORTS if port in bounds.must)
    more = [port for port in PORTS if port in bounds.may and port not in must]
    for chosen in product((False, True), repeat=len(more)):
        yield must | {port for port, is_chosen in zip(more, chosen, strict=True) if is_chosen}


def test_the_oracle_reads_entries_in_order() -> None:
    deny, allow = (1, False, frozenset({1}), SPACE), (2, True, frozenset(PORTS), SPACE)
    assert [first_match([allow, deny], BASE, port) for port in PORTS] == [True, False, True]


@settings(max_examples=100, deadline=None)
@given(entry_lists(), st.booleans(), st.sampled_from(BLOCKS), st.booleans(), subsets(PORTS), st.booleans(), st.data())
def test_never_contradicts_an_enumeration(
    entries: list[Entry],
    rest: bool,
    block: AddressSet,
    is_unknown: bool,
    wanted: frozenset[int],
    some: bool,
    data: st.DataObject,
) -> None:
    assume(wanted)
    optional = data.draw(subsets(wanted))
    need = Bounded(PortSet.of(wanted - optional), PortSet.of(wanted), (PARAMETER,))
    source = Source(where=(SUBNET,), within=block) if is_unknown else Source(addresses=block)
    answer = passes(entries, REST if rest else None, source, "tcp", need, some=some)

    low, high = block.v4[0]
    addresses = range(low, high + 1)
    results = set()
    subnets = [AddressSet(v4=((one, one),)) for one in addresses] if is_unknown else [block]
    needs = list(_ports_between(need))
    for where in subnets:
        peers = range(where.v4[0][0], where.v4[0][1] + 1)
        if not is_unknown:
            where = SPACE if any(one.block == SUBNET for one in entries) else where
        for way in completions(entries, rest, where):
            open_at = {(peer, port): first_match(way, peer, port) for peer in peers for port in wanted}
            for needed in needs:
                if some:
                    results.add(all(any(open_at[peer, port] for peer in peers) for port in needed))
                else:
                    results.add(all(open_at[peer, port] for peer in peers for port in needed))
        if len(results) == 2:
            break
    if not is_unknown and any(one.block == SUBNET for one in entries):
        # The unknown block is then any block, not only the one tried here: only the bounds can be compared.
        if answer.verdict is not Verdict.UNDECIDED:
            assert results == {answer.verdict is Verdict.PASS}
        return
    if answer.verdict is Verdict.UNDECIDED:
        assert answer.unknown
        assert answer.missing
        assert results != {True} or some
        if len(wanted) == 1 and not optional and low == high and not is_unknown:
            assert results == {True, False}
    else:
        assert results == {answer.verdict is Verdict.PASS}


def known(one: Entry, number: int) -> Entry:
    """An entry with all that is not known of it settled."""
    allow = one.allow if isinstance(one.allow, bool) else True
    protocol = one.protocol if isinstance(one.protocol, str) else "6"
    block = one.block if isinstance(one.block, AddressSet) else SPACE
    return Entry(number, allow, protocol, Bounded.exactly(one.ports.must), block)


@settings(deadline=None)
@given(entry_lists(), st.integers(0, 15), st.integers(0, 15), subsets(PORTS), st.booleans())
def test_peers_that_are_known_in_part(drawn: list[Entry], must: int, more: int, wanted: set[int], some: bool) -> None:
    entries = [known(one, number) for number, one in enumerate(drawn, 1)]
    may = must | more
    assume(may and wanted)
    peers = Bounded(_addresses(must), _addresses(may), (PARAMETER,))
    source = Source.of_peers(peers, 4)
    assert source is not None
    answer = passes(entries, None, source, "tcp", Bounded.exactly(PortSet.of(wanted)), some=some)
    [way] = completions(entries, False, SPACE)
    results = set()
    for chosen in range(16):
        if chosen & must == must and chosen | may == may:
            there = [BASE + n for n in range(4) if chosen >> n & 1]
            open_at = [[first_match(way, address, port) for address in there] for port in wanted]
            # To have no client at all is no fault of the entries.
            results.add(all(any(one) if some and there else all(one) for one in open_at))
    if answer.verdict is Verdict.UNDECIDED:
        assert results == {True, False}
        assert answer.unknown == (PARAMETER,)
    else:
        assert results == {answer.verdict is Verdict.PASS}


def _addresses(mask: int) -> AddressSet:
    return AddressSet.of_cidrs(f"10.0.0.{n}/32" for n in range(4) if mask >> n & 1)


@given(entry_lists(), bounded_ports())
def test_the_order_in_which_entries_are_given_does_not_matter(entries: list[Entry], need: Bounded[PortSet]) -> None:
    source = Source(addresses=SPACE)
    one = passes(entries, None, source, "tcp", need)
    other = passes(entries[::-1], None, source, "tcp", need)
    assert (one.verdict, one.missing) == (other.verdict, other.missing)


def test_two_known_entries_of_one_number_may_stand_either_way() -> None:
    both = [entry(100, True, "443"), entry(100, False, "443")]
    answer = ask(both, "443")
    assert answer.verdict is Verdict.UNDECIDED
    assert [str(unknown) for unknown in answer.unknown] == ["two entries that differ have the same rule number"]
    assert ask([both[0], entry(100, True, "443")], "443").verdict is Verdict.PASS


def test_bounds_of_ports() -> None:
    perhaps = Entry(100, True, "6", Bounded(NONE, ALL, (PARAMETER,)), EVERYWHERE_V4)
    assert ask([perhaps], "443").unknown == (PARAMETER,)
    assert ask([perhaps, entry(200, True, "443")], "443").verdict is Verdict.PASS
