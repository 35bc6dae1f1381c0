# The tables below are read line by line.

from __future__ import annotations

import pytest

from tests.policy.kinds import rule
from tests.policy.test_compile import compiled, faults


@pytest.mark.parametrize(
    "check",
    [
        "{equals: [shop.size, 3]}",
        "{equals: [shop.size, '3']}",
        "{equals: [shop, shop.keeper.Property]}",
        "{equals: [shop.street, $none]}",
        "{equals: [shop.goods, [a, b]]}",
        "{one_of: {value: shop.street, of: [High, Low]}}",
        "{one_of: {value: shop, of: shop.keeper.shops}}",
        "{one_of: {value: shelf.height, of: shop.shelves.height}}",
        "{at_least: [max(shop.shelves.height), 1]}",
        "{at_least: [shop.sales, shop.sales(month=June)]}",
        "{less_than: [bucket.Size, shop.size * 2]}",
        "{matches: {value: shop.street, pattern: '[A-Z].*'}}",
        "{subset: {of: shop.goods, in: shop.keeper.shops.goods}}",
        "{disjoint: [shop.goods, [poison]]}",
        "{disjoint: [shop.doors(range=1-9), 400-499]}",
        "{subset: {of: 80, in: shop.doors(range=1-9)}}",
        "{ports_cover: {ports: '1-10', need: 7}}",
        "{cidrs_cover: {cidrs: shop.visitors, need: 10.0.0.0/8}}",
        "{flow_allowed: {rules: shop.shelves, peer: shop, protocol: tcp, ports: 443}}",
        "{count: {of: shop.shelves, equals: 2}}",
        "{exists: bucket.Role->AWS::IAM::Role.Path}",
        "{exists: bucket.Role->.Anything}",
        "{every: {in: shop.shelves, as: s, check: {at_least: [s.height, 2]}}}",
        "{all: [{exists: shop}, {not: {any: [{exists: shelf}]}}]}",
    ],
)
def test_what_fits(check: str) -> None:
    if "$none" in check:
        assert faults(rule(check)) == ['11:35: there is no parameter "none"']
    else:
        assert compiled(rule(check))


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("{at_least: [shop.street, 1]}", '"left" takes a number, and this is text'),
        ("{at_least: [shop.size, many]}", '"right" takes a number, and this is text'),
        ("{at_least: [shop, 1]}", '"left" takes a number, and this is an entity test.shop'),
        ("{at_least: [shop.shelves.height, 1]}", '"left" takes one value, and this path gives several'),
        ("{at_least: [shop.street + 1, 1]}", "the + of numbers takes numbers, and this is text"),
        ("{at_least: [shop.shelves.height + 1, 1]}", "the + of numbers takes one number, and this path gives several"),
        ("{at_least: [max(shop.street), 1]}", "max(...) takes numbers, and this is text"),
        ("{equals: [shop.shelves.colour, red]}", '"left" takes one value, and this path gives several'),
        (
            "\n      equals:\n      - bucket.Tags[].Key\n      - red",
            '"left" takes one value, and this path gives several',
        ),
        ("{equals: [shop.open, yes]}", "true or false is compared with text 'yes'"),
        ("{equals: [shop.size, big]}", "a number is compared with text 'big'"),
        ("{equals: [shop.keeper, Smith]}", "an entity test.keeper never equals text; compare one of its facts"),
        ("{equals: [shop.keeper, shop]}", "an entity test.keeper never equals an entity test.shop"),
        ("{equals: [shop.keeper, shop.street]}", "an entity test.keeper never equals text"),
        ("{equals: [shop.goods, bread]}", "a list is compared with text"),
        ("{one_of: {value: shop.street, of: High}}", '"of" takes an entity or a list, and this is text'),
        ("{one_of: {value: shop.street, of: shop.size}}", '"of" takes an entity or a list, and this is a number'),
        ("{matches: {value: shop.street, pattern: '['}}", '"[" is not a regular expression'),
        ("{matches: {value: shop.open, pattern: a}}", '"value" takes a number or text, and this is true or false'),
        ("{subset: {of: shop.street, in: shop.goods}}", '"of" takes an entity or a list or address blocks or ports'),
        ("{ports_cover: {ports: shop.size, need: 80}}", '"ports" takes ports, and this is a number'),
        ("{ports_cover: {ports: 80-70, need: 80}}", "the range 80-70 runs backwards"),
        ("{ports_cover: {ports: http, need: 80}}", '"http" is not a set of ports'),
        ("{cidrs_cover: {cidrs: shop.visitors, need: 10.0.0.0/40}}", '"10.0.0.0/40" is not an address block'),
        (
            "{flow_allowed: {rules: shop.shelves, peer: shp, protocol: tcp, ports: 80}}",
            '"peer" of flow_allowed takes a path',
        ),
        ("{flow_allowed: {rules: shop.shelves, peer: shop, protocol: tpc, ports: 80}}", '"tpc" is not a protocol'),
        ("{count: {of: shop.shelves}}", "count needs at_least, at_most or equals"),
        ("{count: {of: shelves, equals: 1}}", '"of" of count takes a path from a variable'),
        ("{exists: shop.street.length}", 'there is no "length" in text'),
        ("{exists: bucket.tags}", 'AWS::S3::Bucket has no fact or relation "tags"'),
        ("{exists: bucket.Tags(a=1)}", "only facts take arguments"),
        ("{exists: 'shop.street[]'}", "[] takes the elements of a list, and this is text"),
        ("{equals: [shop.size, 3], exists: shop}", "a check is one predicate, combination or quantifier, not 2"),
        (
            "{every: {in: shop.shelves, as: s, check: {at_least: [s.colour, 2]}}}",
            '"left" takes a number, and this is text',
        ),
        ("{equals: [[shop, a], [b]]}", "a list holds values, not paths or parameters"),
        ("{equals: [~, 1]}", "item 1, must be text or a number or true or false or a list, not nothing"),
    ],
)
def test_what_does_not_fit(check: str, message: str) -> None:
    found = faults(rule(check))
    assert any(message in fault for fault in found), found
