# The tables below are read line by line.

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.policy.compile import compile_rule
from scanner.policy.rule import (
    Assertion,
    Literal,
    Parameter,
    Path,
    Predicate,
    Quantified,
    Rule,
    RuleParameter,
    Source,
    Step,
)
from tests.policy.kinds import KINDS, ROOTS, RULE, rule


def compiled(text: str) -> Rule:
    found, problems = compile_rule(text, "r.yaml", KINDS, roots=ROOTS)
    assert problems == []
    assert found is not None
    return found


def faults(text: str) -> list[str]:
    found, problems = compile_rule(text, "r.yaml", KINDS, roots=ROOTS)
    assert (found is None) == bool(problems)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in problems]


def test_a_rule_becomes_a_tree() -> None:
    shop, shelves = Path("shop"), Path("shop", (Step("shelves"),))
    assert compiled(RULE) == Rule(
        id="SHOP001",
        name="shops-are-tidy",
        title="Shops are tidy",
        severity="medium",
        applies=("template", "live"),
        source=(),
        rationale="Customers stay away from untidy shops.",
        remediation="Tidy {shop}.",
        subject="shop",
        match=(Source("shop", kind="test.shop"), Source("shelf", path=shelves)),
        where=Predicate("equals", {"left": Path("shop", (Step("open"),)), "right": Literal(True)}),
        let=(("doors", Path("shop", (Step("doors", (("range", Literal("80-90")),)),))),),
        parameters=(RuleParameter("least", "number", 3, "How many shelves there must be."),),
        assertions=(
            Assertion(
                "shelves",
                Predicate("count", {"of": shelves, "at_least": Parameter("least")}),
                "{shop} has {found} shelves, not {$least}",
                "medium",
                at=shelves,
            ),
            Assertion(
                "doors",
                Predicate("ports_cover", {"ports": Path("doors"), "need": Literal("80")}),
                "{shop} lacks {missing}",
                "low",
                after="shelves",
                related=(Path("shelf"),),
            ),
        ),
        path="r.yaml",
    )
    assert shop.steps == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("severity: medium", "severity: midium", '4:11: "severity" must be one of high, medium, low, not "midium"'),
        ("id: SHOP001", "id: shop1", '1:5: "id" is malformed: "shop1".'),
        ("title: Shops are tidy\n", "", '1:1: the rule lacks "title"'),
        ("title:", "tite:", '3:1: unknown key "tite" (did you mean "title"?)'),
        ("title: Shops are tidy", "title: 7", '3:8: "title" must be text, not a number'),
        ("title: Shops are tidy", 'title: ""', '3:8: "title" must not be empty'),
        ("default: 3", "default: three", '8:34: default of parameter "least": a number is wanted'),
        ("type: number, default: 3", "type: regex, default: 3", '8:17: "type" must be one of number, text,'),
        (
            "shop: test.shop",
            "shop: test.shp",
            '10:9: there is no kind or variable "test.shp" (did you mean "test.shop"?)',
        ),
        (
            "shop: test.shop",
            "shop: test.shelf",
            '10:9: a join cannot begin with "test.shelf": reach it by a path from test.shop.shelves',
        ),
        (
            "shop: test.shop",
            "shop: AWS:S3:Bucket",
            '10:9: "AWS:S3:Bucket" is neither a kind, a CloudFormation type nor a path',
        ),
        ("shop: test.shop", "shop: AWS::bucket", '10:9: "AWS::bucket" is not the name of a CloudFormation type'),
        ("shop: test.shop", "Shop: test.shop", '10:3: "Shop" cannot be a name here'),
        ("shop: test.shop", "min: test.shop", '10:3: "min" cannot be a name here: the word is reserved'),
        (
            "shop.shelves\nwhere",
            "shop.shelfs\nwhere",
            '11:15: test.shop has no fact or relation "shelfs" (did you mean "shelves"?)',
        ),
        ("shop.shelves\nwhere", "shop.size\nwhere", '11:10: "shelf" cannot go through a number'),
        ("  shelf: shop.shelves\n", "  shelf: keeper.shops\n", '11:10: there is no kind or variable "keeper.shops"'),
        ("where: {equals", "where: {equal", '12:9: unknown predicate "equal" (did you mean "equals"?)'),
        ("[shop.open, true]", "[shop.open]", '12:17: "equals" takes two operands in a list, not 1'),
        (
            "[shop.open, true]",
            "[shop.opn, true]",
            '12:23: test.shop has no fact or relation "opn" (did you mean "open"?)',
        ),
        ("[shop.open, true]", "[shp.open, true]", '12:18: there is no variable "shp" here (did you mean "shop"?)'),
        ("  doors: shop", "  shop: shop", '14:3: variable "shop" is already taken'),
        ("range=80-90", "rnge=80-90", '14:21: "doors" takes no argument "rnge" (did you mean "range"?)'),
        ("range=80-90", "", '14:15: "doors" needs its argument "range", as in doors(range=...)'),
        ("range=80-90", "range=90-80", "14:10: the range 90-80 runs backwards"),
        ("range=80-90", "range=$door", '14:27: there is no parameter "door"'),
        ("range=80-90", "range: 80-90", "14:26: a colon does not belong here"),
        ("ports: doors", "ports: shop.visitors", '22:34: "ports" takes ports, and this is address blocks'),
        ("ports: doors", "ports: $least", '14:3: variable "doors" is never used'),
        ("$least}}", "$last}}", '17:49: there is no parameter "last" (did you mean "least"?)'),
        ("at: shop.shelves", "at: here", "18:9: a path from a variable is wanted here"),
        ("after: shelves", "after: shelfs", '21:12: there is no earlier assertion "shelfs" (did you mean "shelves"?)'),
        ("name: doors", "name: shelves", '20:11: another assertion is already called "shelves"'),
        ("lacks {missing}", "lacks {mising}", '25:29: there is nothing called "mising" to put here'),
        (
            "lacks {missing}",
            "lacks {shop.sze}",
            '25:34: test.shop has no fact or relation "sze" (did you mean "size"?)',
        ),
        ("Tidy {shop}.", "Tidy {shop", '6:19: a single "{"'),
        ("severity: low", "severity: lo", '23:15: "severity" must be one of high, medium, low'),
        (
            "related: [shelf]",
            "related: [shelv]",
            '24:15: a path from a variable is wanted here (did you mean "shelf"?)',
        ),
        (
            "assert:",
            "subject: shlf\nassert:",
            '15:10: subject "shlf" is not a variable of match (did you mean "shelf"?)',
        ),
    ],
)
def test_mistakes_are_named_where_they_stand(old: str, new: str, expected: str) -> None:
    assert RULE.count(old) == 1
    found = faults(RULE.replace(old, new))
    assert any(fault.startswith(expected) for fault in found), found


def test_a_parameter_that_nothing_reads_is_a_mistake() -> None:
    unused = RULE.replace("at_least: $least", "at_least: 4").replace(", not {$least}", "")
    assert faults(unused) == ['8:3: parameter "least" is never used']


def test_all_mistakes_are_told_at_once_in_order() -> None:
    found = faults(RULE.replace("medium", "midium").replace("shop.open", "shop.opn").replace("{missing}", "{mising}"))
    assert [fault.split(":")[0] for fault in found] == ["4", "12", "25"]


def test_let_may_be_used_above_its_line_but_not_in_a_circle() -> None:
    let = "let: {a: b + 1, b: shop.size}"
    found = compiled(rule("{at_least: [a, 2]}", more=let))
    assert [name for name, _ in found.let] == ["b", "a"]
    circle = faults(rule("{at_least: [a, 2]}", more="let: {a: b + 1, b: a + 1}"))
    assert circle == [
        '13:10: "a" is defined by itself: a and b go round in a circle',
        '13:20: "b" is defined by itself: a and b go round in a circle',
    ]


def test_variables_of_for_and_some_end_with_their_clause() -> None:
    more = "  - {name: next, for: {each: shop.shelves}, check: {exists: each}, message: '{each}'}\n"
    assert compiled(rule("{some: {in: shop.shelves, as: s, check: {exists: s.colour}}}", more=more))
    late = faults(rule("{exists: shop}", more=more + "  - {name: last, check: {exists: each}, message: m}\n"))
    assert late == ['14:34: "value" of exists takes a path from a variable']
    taken = faults(rule("{some: {in: shop.shelves, as: shelf, check: {exists: shelf}}}"))
    assert taken == ['11:42: variable "shelf" is already taken; choose another name']


def test_quotes_make_text_of_anything_but_a_path_that_must_be_one() -> None:
    literal = compiled(rule('{equals: [shop.street, "shop.open"]}')).assertions[0].check
    assert literal == Predicate("equals", {"left": Path("shop", (Step("street"),)), "right": Literal("shop.open")})
    path = compiled(rule('{exists: "bucket.Tags[].Key"}')).assertions[0].check
    assert path == Predicate("exists", {"value": Path("bucket", (Step("Tags"), Step("[]"), Step("Key")))})
    assert faults(rule('{at_least: ["shop.sales(month=May)", 2]}'))[-1].startswith("11:24: this is text, being quoted")


def test_joins_and_quantifiers_take_lists_apart_and_leave_relations() -> None:
    joins = "{one: bucket.Tags, two: shop.goods, three: shop.shelves}"
    more = f"  - {{name: b, for: {joins}, check: {{exists: one}}, message: m}}\n"
    check = "{every: {in: bucket.Tags, as: t, check: {some: {in: t.X, as: u, check: {exists: u}}}}}"
    found = compiled(rule(check, more=more))
    outer = found.assertions[0].check
    assert isinstance(outer, Quantified)
    assert isinstance(outer.check, Quantified)
    assert outer.path == Path("bucket", (Step("Tags"), Step("[]")))
    assert outer.check.path == Path("t", (Step("X"), Step("[]")))
    assert [source.path for source in found.assertions[1].joins] == [
        Path("bucket", (Step("Tags"), Step("[]"))),
        Path("shop", (Step("goods"), Step("[]"))),
        Path("shop", (Step("shelves"),)),
    ]


def test_text_of_several_lines_is_blamed_where_it_stands() -> None:
    text = RULE.replace("remediation: Tidy {shop}.", "remediation: >-\n  Tidy\n  up {shp}.")
    assert faults(text) == ['8:7: there is nothing called "shp" to put here (did you mean "shop"?)']


@pytest.mark.parametrize("text", ["", "- a\n", "a\n", "a: [\n", "match: [1]\nassert: {a: 1}\nlet: x\nexamples: 3\n"])
def test_what_is_no_rule_at_all_is_refused_without_a_crash(text: str) -> None:
    assert faults(text)


JUNK = st.sampled_from([None, True, 7, -1.5, "", "shop", "shop.", "$x", "a.b(c=", "{", [], {}, [[1]], {"a": {"b": []}}])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within a value."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


@given(st.data())
def test_no_damage_to_a_rule_is_a_crash(data: st.DataObject) -> None:
    document = yaml.safe_load(RULE)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from([place for place in places(document) if place]))
        owner = document
        for step in path:
            owner = owner[step]
        owner[last] = copy.deepcopy(data.draw(JUNK))
    text = yaml.safe_dump(document, sort_keys=False)
    found, problems = compile_rule(text, "r.yaml", KINDS, roots=ROOTS)
    assert (found is None) == bool(problems)
    lines = text.splitlines()
    assert all(1 <= problem.line <= len(lines) and problem.column >= 1 for problem in problems)
