"""What security-group rules admit, against an enumeration of every address, port and way to turn out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded, Members
from scanner.analysis.flows import Admission, Peers, Rule, Source, admitted, protocol_name
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Fact, Location, Reference, Unknown, Verdict

BALANCER, OTHER_GROUP = Fact(Reference("t#BalancerGroup", "GroupId")), Fact(Reference("t#OtherGroup", "GroupId"))
PARAMETER = Unknown(("parameter", "Cidr"), "parameter Cidr has no value")
REST = Unknown("rest", "there may be more rules")
SUBNET = Unknown(("parameter", "SubnetId"), "parameter SubnetId has no value")
DYNAMIC = Bounded.exactly(PortSet.parse("32768-65535"))


def ports(text: str) -> Bounded[PortSet]:
    return Bounded.exactly(PortSet.parse(text))


def cidrs(*texts: str) -> AddressSet:
    return AddressSet.of_cidrs(texts)


def from_cidr(port_text: str, *texts: str, protocol: str = "tcp", **more: Any) -> Rule:
    return Rule(protocol, ports(port_text), Peers(addresses=cidrs(*texts)), **more)


def from_group(port_text: str, *groups: Fact[Any], **more: Any) -> Rule:
    return Rule("tcp", ports(port_text), Peers(groups=groups), **more)


def ask(rules: Iterable[Rule], source: Source, need: str | Bounded[PortSet] = "443", **more: Any) -> Admission:
    wanted = ports(need) if isinstance(need, str) else need
    return admitted(tuple(rules), more.get("rest"), source, more.get("protocol", "tcp"), wanted)


IN_GROUP = Source(groups=Members((BALANCER,)))
IN_BLOCK = Source(addresses=cidrs("10.0.1.0/24"))
NOWHERE = Source(where=(SUBNET,), within=cidrs("10.0.0.0/16"))


# Groups and ports


def test_two_adjoining_ranges_cover_together() -> None:
    rules = [from_group("32768-49152", BALANCER), from_group("49153-65535", BALANCER)]
    answer = ask(rules, IN_GROUP, DYNAMIC)
    assert answer == Admission(Verdict.PASS, (), tuple(rules), ())


def test_says_which_ports_are_missing() -> None:
    short, other = from_group("32768-61000", BALANCER), from_group("61001-65535", OTHER_GROUP)
    unrelated = from_group("22", BALANCER)
    answer = ask([unrelated, other, short], IN_GROUP, DYNAMIC)
    assert answer == Admission(Verdict.FAIL, ("61001-65535",), (short, unrelated), ())


def test_a_group_without_rules_admits_nothing() -> None:
    assert ask([], IN_GROUP, DYNAMIC) == Admission(Verdict.FAIL, ("32768-65535",))


def test_any_of_several_groups_admits() -> None:
    source = Source(groups=Members((OTHER_GROUP, BALANCER)))
    assert ask([from_group("443", BALANCER)], source).verdict is Verdict.PASS


def test_a_group_admits_wherever_the_source_is() -> None:
    for place in (IN_BLOCK, NOWHERE):
        assert ask([from_group("443", BALANCER)], replace(place, groups=IN_GROUP.groups)).verdict is Verdict.PASS


def test_a_source_that_has_no_group_is_admitted_by_address_only() -> None:
    assert ask([from_group("443", BALANCER)], IN_BLOCK).verdict is Verdict.FAIL


def test_a_group_of_which_it_is_not_known_whether_it_is_this_one() -> None:
    here = (Location("t.yaml", 7, 3),)
    answer = ask([Rule("tcp", ports("443"), Peers(groups=(Fact("sg-1", here),)))], IN_GROUP)
    assert answer.verdict is Verdict.UNDECIDED
    assert answer.missing == ("443",)
    assert [str(unknown) for unknown in answer.unknown] == ["whether sg-1 is BalancerGroup is not known"]
    assert answer.unknown[0].location == here[0]


def test_an_unknown_group_names_itself_as_the_reason() -> None:
    assert ask([from_group("443", Fact(PARAMETER))], IN_GROUP).unknown == (PARAMETER,)
    assert ask([from_group("443", BALANCER)], Source(groups=Members((Fact(SUBNET),)))).unknown == (SUBNET,)
    assert ask([from_group("443", BALANCER)], Source(groups=Members((), REST))).unknown == (REST,)


def test_the_same_unknown_group_on_both_sides_admits() -> None:
    assert ask([from_group("443", Fact(PARAMETER))], Source(groups=Members((Fact(PARAMETER),)))).verdict is Verdict.PASS


# Addresses


def test_two_halves_of_a_block_cover_it_together() -> None:
    halves = [from_cidr("443", "10.0.1.0/25"), from_cidr("443", "10.0.1.128/25")]
    assert ask(halves, IN_BLOCK).verdict is Verdict.PASS
    assert ask(halves[:1], IN_BLOCK).missing == ("443 from 10.0.1.128/25",)


def test_ports_are_united_per_address() -> None:
    rules = [from_cidr("80", "10.0.1.0/24"), from_cidr("443", "10.0.1.0/25")]
    answer = ask(rules, IN_BLOCK, "80,443,8080")
    assert answer.missing == ("8080", "443 from 10.0.1.128/25")
    assert answer.deciding == tuple(rules)


def test_host_bits_do_not_count() -> None:
    assert ask([from_cidr("443", "192.168.1.0/0")], IN_BLOCK).verdict is Verdict.PASS


def test_the_other_family_does_not_admit() -> None:
    rules = [from_cidr("443", "::/0")]
    assert ask(rules, IN_BLOCK).verdict is Verdict.FAIL
    assert ask(rules, Source()).verdict is Verdict.FAIL
    assert ask(rules, Source(family=6)).verdict is Verdict.PASS
    dual = Source(addresses=cidrs("10.0.1.0/24", "2001:db8::/64"))
    assert ask(rules, replace(dual, family=6)).verdict is Verdict.PASS
    assert ask(rules, dual).verdict is Verdict.FAIL


@pytest.mark.parametrize("open_to", ["0.0.0.0/0", "10.0.0.0/16", "10.0.0.0/8"])
def test_what_covers_the_vpc_covers_its_unknown_subnets(open_to: str) -> None:
    assert ask([from_cidr("443", open_to)], NOWHERE).verdict is Verdict.PASS


def test_an_unknown_subnet_may_lie_inside_a_rule() -> None:
    answer = ask([from_cidr("443", "10.0.1.0/24")], NOWHERE)
    assert (answer.verdict, answer.missing, answer.unknown) == (Verdict.UNDECIDED, ("443",), (SUBNET,))


def test_an_unknown_subnet_cannot_lie_outside_its_vpc() -> None:
    assert ask([from_cidr("443", "192.168.0.0/16")], NOWHERE).verdict is Verdict.FAIL


def test_an_unknown_subnet_fails_if_no_place_would_do() -> None:
    rules = [from_cidr("80", "10.0.1.0/24"), from_cidr("443", "10.0.2.0/24")]
    answer = ask(rules, NOWHERE, "80,443")
    assert (answer.verdict, answer.missing) == (Verdict.FAIL, ("80, 443",))


def test_known_and_unknown_subnets_are_told_apart() -> None:
    source = replace(NOWHERE, addresses=cidrs("10.0.1.0/24"), within=None)
    answer = ask([from_cidr("80,443", "10.0.1.0/24")], source, "443")
    assert (answer.verdict, answer.unknown) == (Verdict.UNDECIDED, (SUBNET,))
    assert answer.missing == ("443 from subnets with unknown IPv4 addresses",)


def test_a_source_of_which_nothing_is_known_needs_a_rule_open_to_everyone() -> None:
    assert ask([from_cidr("443", "0.0.0.0/0")], Source()).verdict is Verdict.PASS
    assert ask([from_cidr("443", "0.0.0.0/1", "128.0.0.0/1")], Source()).verdict is Verdict.PASS
    answer = ask([from_cidr("443", "10.0.0.0/8")], Source())
    assert answer.verdict is Verdict.UNDECIDED
    assert [str(unknown) for unknown in answer.unknown] == ["the addresses of the peer are not known"]
    assert ask([from_cidr("80", "0.0.0.0/0")], Source()).verdict is Verdict.FAIL


def test_the_same_unknown_block_on_both_sides_admits() -> None:
    rule = Rule("tcp", ports("443"), Peers(unknown=(PARAMETER,)))
    assert ask([rule], Source(where=(PARAMETER,))).verdict is Verdict.PASS
    assert ask([rule], Source(where=(SUBNET,), within=PARAMETER)).verdict is Verdict.PASS
    assert ask([rule], replace(IN_GROUP, within=PARAMETER)).verdict is Verdict.PASS
    assert ask([rule], Source(where=(PARAMETER, SUBNET))).unknown == (PARAMETER,)


# What is not known of the rules


def test_more_rules_turn_fail_into_undecided_and_leave_pass() -> None:
    assert ask([], IN_GROUP, rest=REST) == Admission(Verdict.UNDECIDED, ("443",), (), (REST,))
    assert ask([from_group("443", BALANCER)], IN_GROUP, rest=REST).verdict is Verdict.PASS


def test_a_rule_that_may_not_be_there() -> None:
    perhaps = from_group("443", BALANCER, certain=False, unknown=PARAMETER)
    assert ask([perhaps], IN_GROUP) == Admission(Verdict.UNDECIDED, ("443",), (perhaps,), (PARAMETER,))
    assert ask([perhaps], IN_GROUP, "80").verdict is Verdict.FAIL
    surely = from_group("443", BALANCER)
    assert ask([perhaps, surely], IN_GROUP) == Admission(Verdict.PASS, (), (surely,), ())


def test_ports_that_are_known_in_part() -> None:
    vague = Rule("tcp", Bounded(PortSet.parse("443"), PortSet.parse("443-500"), (PARAMETER,)), IN_GROUP_PEERS)
    assert ask([vague], IN_GROUP, "443").verdict is Verdict.PASS
    assert ask([vague], IN_GROUP, "443-444") == Admission(Verdict.UNDECIDED, ("444",), (vague,), (PARAMETER,))
    assert ask([vague], IN_GROUP, "443-501").missing == ("501",)


def test_a_need_that_is_known_in_part() -> None:
    need = Bounded(NONE, ALL, (SUBNET,))
    answer = ask([from_group("443", BALANCER)], IN_GROUP, need)
    assert (answer.verdict, answer.unknown) == (Verdict.UNDECIDED, (SUBNET,))
    assert answer.missing == ("0-442, 444-65535",)
    assert ask([from_group("0-65535", BALANCER)], IN_GROUP, need).verdict is Verdict.PASS


def test_no_need_is_met() -> None:
    assert ask([], IN_GROUP, Bounded.exactly(NONE)).verdict is Verdict.PASS


def test_a_prefix_list_may_hold_any_address() -> None:
    rule = Rule("tcp", ports("443"), Peers(prefix_lists=(Fact("pl-1"),)))
    answer = ask([rule], IN_BLOCK)
    assert answer.verdict is Verdict.UNDECIDED
    assert [str(unknown) for unknown in answer.unknown] == ["the entries of prefix list pl-1 are not known"]
    unnamed = Rule("tcp", ports("443"), Peers(prefix_lists=(Fact(PARAMETER),)))
    assert ask([unnamed], IN_BLOCK).unknown == (PARAMETER,)
    assert ask([rule], IN_BLOCK, "80").verdict is Verdict.FAIL


def test_reasons_that_cannot_matter_are_left_out() -> None:
    elsewhere = Rule("tcp", ports("22"), Peers(unknown=(SUBNET,)))
    needed = Rule("tcp", ports("443"), Peers(unknown=(PARAMETER,)))
    assert ask([elsewhere, needed], IN_BLOCK).unknown == (PARAMETER,)


# Protocols

IN_GROUP_PEERS = Peers(groups=(BALANCER,))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("tcp", "tcp"),
        ("TCP", "tcp"),
        (6, "tcp"),
        ("6", "tcp"),
        ("06", "tcp"),
        (17, "udp"),
        ("1", "icmp"),
        ("58", "icmpv6"),
        (-1, "-1"),
        ("-1", "-1"),
        ("all", "-1"),
        ("50", "50"),
    ],
)
def test_protocol_name(written: str | int, name: str) -> None:
    assert protocol_name(written) == name


@pytest.mark.parametrize(
    ("rule", "asked", "expected"),
    [
        ("6", "tcp", Verdict.PASS),
        ("tcp", "6", Verdict.PASS),
        ("udp", "tcp", Verdict.FAIL),
        ("tcp", "-1", Verdict.FAIL),
        ("icmp", "tcp", Verdict.FAIL),
        ("50", "tcp", Verdict.FAIL),
        ("50", "50", Verdict.PASS),
    ],
)
def test_protocols_must_agree(rule: str, asked: str, expected: Verdict) -> None:
    assert ask([from_cidr("443", "0.0.0.0/0", protocol=rule)], IN_BLOCK, protocol=asked).verdict is expected


@pytest.mark.parametrize(("rule", "asked"), [("-1", "tcp"), ("all", "udp"), ("-1", "-1"), ("50", "50")])
def test_other_protocols_ignore_the_ports(rule: str, asked: str) -> None:
    assert ask([from_cidr("1", "0.0.0.0/0", protocol=rule)], IN_BLOCK, "443", protocol=asked).verdict is Verdict.PASS


def test_an_unknown_protocol_may_be_any() -> None:
    rule = Rule(PARAMETER, ports("443"), IN_GROUP_PEERS)
    assert ask([rule], IN_GROUP).unknown == (PARAMETER,)


# The oracle: addresses 0-3 are the VPC, 4 stands for a block elsewhere, 5 for the rest of the world; three ports;
# what is admitted is a relation of addresses and ports, kept as a bit set.

VPC = cidrs("10.0.0.0/30")
PORTS = (80, 81, 443)
BLOCKS = {
    "10.0.0.0/32": {0},
    "10.0.0.1/32": {1},
    "10.0.0.0/31": {0, 1},
    "10.0.0.2/31": {2, 3},
    "10.0.0.0/30": {0, 1, 2, 3},
    "0.0.0.0/0": {0, 1, 2, 3, 4, 5},
    "192.0.2.0/24": {4},
    "::/0": set(),
}
EVERYONE, INSIDE = frozenset(range(6)), frozenset(range(4))
ANY_BLOCK = [frozenset(block) for block in BLOCKS.values() if block] + [frozenset({5})]
GROUPS = ("a", "b", PARAMETER)
LIST = Unknown("groups", "there may be more groups")


def number_of(ports_found: PortSet) -> frozenset[int]:
    return frozenset(n for n, port in enumerate(PORTS) if port in ports_found)


PORT_SETS = st.frozensets(st.sampled_from(PORTS)).map(PortSet.of)
BOUNDED_PORTS = st.tuples(PORT_SETS, PORT_SETS).map(lambda two: Bounded(two[0] & two[1], two[0] | two[1]))
SOME_PORTS = st.one_of(PORT_SETS.map(Bounded.exactly), BOUNDED_PORTS)
SOME_BLOCKS = st.frozensets(st.sampled_from(sorted(BLOCKS)), max_size=2)
UNKNOWN_BLOCK = Unknown("block", "an unknown block")


@st.composite
def rules_and_sources(draw: st.DrawFn, groups: tuple[Any, ...] = GROUPS) -> tuple[list[Any], dict[str, Any]]:
    rules = [
        {
            "ports": draw(SOME_PORTS),
            "blocks": draw(SOME_BLOCKS),
            "groups": draw(st.frozensets(st.sampled_from(groups), max_size=1)),
            "list": draw(st.sampled_from([False, False, False, True])),
            "unknown": draw(st.sampled_from([None, None, None, UNKNOWN_BLOCK, REST])),
            "certain": draw(st.sampled_from([True, True, False])),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    within = draw(st.sampled_from([VPC, None]))
    source = {
        "groups": draw(st.frozensets(st.sampled_from(groups), max_size=2)),
        "more": draw(st.sampled_from([None, None, LIST])) if PARAMETER in groups else None,
        "blocks": frozenset(block for block in draw(SOME_BLOCKS) if within is None or BLOCKS[block] <= INSIDE),
        "where": draw(st.sampled_from([(), (SUBNET,), (UNKNOWN_BLOCK,)])),
        "within": within,
    }
    return rules, source


def real(rules: list[Any], source: dict[str, Any]) -> tuple[list[Rule], Source]:
    return [
        Rule(
            "tcp",
            rule["ports"],
            Peers(
                tuple(map(Fact, rule["groups"])),
                cidrs(*rule["blocks"]),
                (Fact("pl-1"),) if rule["list"] else (),
                (rule["unknown"],) if rule["unknown"] else (),
            ),
            certain=rule["certain"],
        )
        for rule in rules
    ], Source(
        Members(tuple(map(Fact, source["groups"])), source["more"]),
        cidrs(*source["blocks"]),
        source["where"],
        source["within"],
    )


def subsets(of: Iterable[int]) -> list[frozenset[int]]:
    return reduce(lambda found, item: found + [one | {item} for one in found], of, [frozenset[int]()])


def between(known: Bounded[PortSet]) -> list[frozenset[int]]:
    must = number_of(known.must)
    return [must | more for more in subsets(number_of(known.may) - must)]


def relation(admitted_addresses: Iterable[int], admitted_ports: Iterable[int]) -> int:
    return sum(1 << (address * len(PORTS) + port) for address in set(admitted_addresses) for port in admitted_ports)


def worlds(rules: list[Any], source: dict[str, Any], rest: bool) -> Iterator[tuple[set[int], list[list[int]]]]:
    """All relations that can be, with the addresses at which each part of the source can stand."""
    stands_in_block = UNKNOWN_BLOCK in source["where"]
    named_in_rule = any(rule["unknown"] is UNKNOWN_BLOCK for rule in rules)
    inside = source["within"] is not None
    blocks = [
        block
        for block in (ANY_BLOCK if stands_in_block or named_in_rule else [EVERYONE])
        if not (stands_in_block and inside) or block <= INSIDE
    ] or [INSIDE]
    more_groups = map(frozenset, ("", "a", "b", "ab", "c")) if source["more"] else [frozenset()]
    for parameter, more, block in product("abc" if uses_parameter(rules, source) else "a", more_groups, blocks):
        own = {parameter if group is PARAMETER else group for group in source["groups"]} | more
        found = {0}
        for rule in rules:
            named = {parameter if group is PARAMETER else group for group in rule["groups"]}
            reach = set().union(*(BLOCKS[one] for one in rule["blocks"]))
            if rule["unknown"] is UNKNOWN_BLOCK:
                reach |= block
            if named & own:
                reach = set(EVERYONE)
            reaches = [reach]
            if rule["list"] or rule["unknown"] is REST:
                reaches = [reach | added for added in subsets(EVERYONE)]
            options = {relation(one, some) for one in reaches for some in between(rule["ports"])}
            if not rule["certain"]:
                options.add(0)
            found = {old | option for old in found for option in options}
        if rest:
            found |= {relation(EVERYONE, range(3))}
        known = set().union(*(BLOCKS[one] for one in source["blocks"]))
        space = sorted(INSIDE if inside else EVERYONE)
        standing = [[address] for address in sorted(known)]
        standing += [sorted(block) if where is UNKNOWN_BLOCK else space for where in source["where"]]
        yield found, standing or [space]


def uses_parameter(rules: list[Any], source: dict[str, Any]) -> bool:
    return any(PARAMETER in groups for groups in (source["groups"], *(rule["groups"] for rule in rules)))


def truth(rules: list[Any], source: dict[str, Any], rest: bool, need: Bounded[PortSet]) -> Verdict:
    outcomes = set()
    for found, standing in worlds(rules, source, rest):
        for wanted, places in product(between(need), product(*standing)):
            needed = relation(places, wanted)
            outcomes |= {not needed & ~offered for offered in found}
        if len(outcomes) == 2:
            return Verdict.UNDECIDED
    return Verdict.of(outcomes.pop())


@settings(max_examples=1500, deadline=None)
@given(rules_and_sources(("a", "b")), st.booleans(), SOME_PORTS)
def test_admitted_is_exact(case: tuple[list[Any], dict[str, Any]], rest: bool, need: Bounded[PortSet]) -> None:
    rules, source = real(*case)
    answer = admitted(rules, REST if rest else None, source, "tcp", need)
    assert answer.verdict is truth(*case, rest, need)


@settings(max_examples=1500, deadline=None)
@given(rules_and_sources(), st.booleans(), SOME_PORTS)
def test_admitted_is_true_with_unknown_groups(
    case: tuple[list[Any], dict[str, Any]], rest: bool, need: Bounded[PortSet]
) -> None:
    rules, source = real(*case)
    answer = admitted(rules, REST if rest else None, source, "tcp", need)
    expected = truth(*case, rest, need)
    if expected is Verdict.FAIL:
        # That one unknown group is not two groups at once is not used: then undecided.
        assert answer.verdict in (Verdict.FAIL, Verdict.UNDECIDED)
    else:
        assert answer.verdict is expected


@settings(max_examples=500, deadline=None)
@given(rules_and_sources(), st.booleans(), SOME_PORTS)
def test_answers_say_what_is_missing(
    case: tuple[list[Any], dict[str, Any]], rest: bool, need: Bounded[PortSet]
) -> None:
    rules, source = real(*case)
    answer = admitted(rules, REST if rest else None, source, "tcp", need)
    assert bool(answer.missing) is (answer.verdict is not Verdict.PASS)
    assert set(map(id, answer.deciding)) <= set(map(id, rules))
    if answer.verdict is not Verdict.UNDECIDED:
        assert answer.unknown == ()


@settings(max_examples=300, deadline=None)
@given(rules_and_sources(), SOME_PORTS)
def test_the_deciding_rules_of_a_pass_are_enough(
    case: tuple[list[Any], dict[str, Any]], need: Bounded[PortSet]
) -> None:
    rules, source = real(*case)
    answer = admitted(rules, None, source, "tcp", need)
    if answer.verdict is Verdict.PASS:
        assert admitted(answer.deciding, None, source, "tcp", need).verdict is Verdict.PASS


def test_everywhere_is_the_two_families() -> None:
    assert Source().space == EVERYWHERE_V4
    assert Source(family=6, within=cidrs("10.0.0.0/16")).space == EVERYWHERE_V6
