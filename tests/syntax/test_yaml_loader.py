from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scanner.syntax import Mapping, Node, Scalar, Sequence, SyntaxProblem, load_yaml, to_plain, yaml_loader
from scanner.syntax.yaml_parser import parser_class, python_parser_class
from tests.syntax.walk import outline, scalars, sliced


@pytest.fixture(params=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything holds for both of PyYAML's parsers."""
    chosen = parser_class() if request.param == "libyaml" else python_parser_class()
    monkeypatch.setattr(yaml_loader, "open_parser", chosen)
    return str(request.param)


def problem_of(text: str, *, rules: bool = False) -> str:
    with pytest.raises(SyntaxProblem) as caught:
        load_yaml(text, "f", rules=rules)
    return str(caught.value)


def child(node: Node, *path: str | int) -> Node:
    for part in path:
        if isinstance(part, int):
            assert isinstance(node, Sequence)
            node = node.items[part]
        else:
            assert isinstance(node, Mapping)
            node = node.entries[part]
    return node


def written(text: str, *path: str | int) -> str:
    """What the span of a node covers."""
    return sliced(text, child(load_yaml(text, "f"), *path).span)


def plain(text: str, *, rules: bool = False) -> object:
    return to_plain(load_yaml(text, "f", rules=rules))


# Places

PLACES = """\
# ünter
Größe: 1.50  # comment
quoted: "a\\tb"
single: 'it''s'
folded plain: one
  two

folded quotes: "one
  two"
literal: |  # comment
  one ü
    two


# comment
kept: |+
  one

stripped: >-

  one
  two
flow: {a: [1, "x
    y"], b, c: }
nothing:
empty: |
block:
- x
- k: v
  l:
    - deep

# comment
tagged: !Sub "${A}"
tagged block: !Sub |
  one
tagged list: !If
  - a
  - {b: c}
tagged nothing: !Ref
anchored: &x y
alias: *x
ends with an alias:
  - *x
last: [
  ]
"""


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["Größe"], "1.50"),
        (["quoted"], r'"a\tb"'),
        (["single"], "'it''s'"),
        (["folded plain"], "one\n  two"),
        (["folded quotes"], '"one\n  two"'),
        (["literal"], "|  # comment\n  one ü\n    two"),
        (["kept"], "|+\n  one"),
        (["stripped"], ">-\n\n  one\n  two"),
        (["flow"], '{a: [1, "x\n    y"], b, c: }'),
        (["flow", "a"], '[1, "x\n    y"]'),
        (["flow", "a", 0], "1"),
        (["flow", "a", 1], '"x\n    y"'),
        (["flow", "b"], ""),
        (["flow", "c"], ""),
        (["nothing"], ""),
        (["empty"], "|"),
        (["block"], "- x\n- k: v\n  l:\n    - deep"),
        (["block", 0], "x"),
        (["block", 1], "k: v\n  l:\n    - deep"),
        (["block", 1, "l"], "- deep"),
        (["tagged"], '!Sub "${A}"'),
        (["tagged block"], "!Sub |\n  one"),
        (["tagged list"], "!If\n  - a\n  - {b: c}"),
        (["tagged nothing"], "!Ref"),
        (["anchored"], "&x y"),
        (["alias"], "&x y"),
        (["ends with an alias"], "- *x"),
        (["last"], "[\n  ]"),
    ],
)
def test_every_node_knows_its_place(path: list[str | int], expected: str) -> None:
    assert written(PLACES, *path) == expected


@pytest.mark.usefixtures("parser")
def test_every_key_knows_its_place() -> None:
    text = "plain: 1\n'single': 2\n\"dou\\tble\": 3\n? long\n: 4\n80: {é: 5}\n"
    root = load_yaml(text, "f")

    assert isinstance(root, Mapping)
    assert {key: sliced(text, span) for key, span in root.keys.items()} == {
        "plain": "plain",
        "single": "'single'",
        "dou\tble": r'"dou\tble"',
        "long": "long",
        "80": "80",
    }
    inner = root.entries["80"]
    assert isinstance(inner, Mapping)
    assert inner.keys["é"] == (6, 6, 6, 7)


@pytest.mark.usefixtures("parser")
def test_an_empty_value_stands_after_its_colon_or_dash() -> None:
    assert child(load_yaml("a:\n\n\nb: 1", "f"), "a").span == (1, 3, 1, 3)
    assert child(load_yaml("-\n\n-\n", "f"), 0).span == (1, 2, 1, 2)
    assert child(load_yaml("{a:  , b:   }", "f"), "a").span == (1, 4, 1, 4)
    assert child(load_yaml("{a:  , b:   }", "f"), "b").span == (1, 10, 1, 10)
    assert child(load_yaml("{a: 1, b:\n\n  }", "f"), "b").span == (1, 10, 1, 10)


@pytest.mark.usefixtures("parser")
def test_the_whole_document_ends_with_its_last_word() -> None:
    assert load_yaml("\n\na:\n  b: |\n    c\n\n\n# comment\n", "f").span == (3, 1, 5, 6)
    assert load_yaml("---\na:\n- b\n...\n", "f").span == (2, 1, 3, 4)
    assert load_yaml("a:\n  b:\n", "f").span == (1, 1, 2, 5)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_count(end: str) -> None:
    text = PLACES.replace("\n", end)

    assert outline(load_yaml(text, "f")) == outline(load_yaml(PLACES, "f"))


@pytest.mark.usefixtures("parser")
def test_characters_that_only_some_call_line_ends_are_text() -> None:
    text = 'a: x\u2028y\u0085z # \u2029 \ue000\nb: ["\u2029", \'\ue001\', "\\L"]\n\u2028: 1\n'
    root = load_yaml(text, "f")

    assert to_plain(root) == {"a": "x\u2028y\u0085z", "b": ["\u2029", "\ue001", "\u2028"], "\u2028": 1}
    assert sliced(text, child(root, "a").span) == "x\u2028y\u0085z"
    assert child(root, "b", 1).span == (2, 10, 2, 13)


@pytest.mark.usefixtures("parser")
def test_a_byte_order_mark_takes_no_column() -> None:
    root = load_yaml("\ufeffa: |\n  x\n", "f")

    assert isinstance(root, Mapping)
    assert root.keys["a"] == (1, 1, 1, 2)
    assert root.entries["a"].span == (1, 4, 2, 4)


@pytest.mark.parametrize("text", [PLACES, "- |2\n   a\n-\n  - b\n", "a: [b,\n  {c: d}\n]\n", "? a\n? b\n: c\n"])
def test_both_parsers_give_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_libyaml = outline(load_yaml(text, "f"))
    monkeypatch.setattr(yaml_loader, "open_parser", python_parser_class())

    assert outline(load_yaml(text, "f")) == by_libyaml


# Values


def test_a_scalar_has_its_text() -> None:
    root = load_yaml("- 1.50\n- '1.50'\n- |\n  1.50\n- !Ref 1.50\n- yes\n", "f")

    seen = [(node.value, node.text, node.plain, node.tag) for node in scalars(root)]
    assert seen == [
        (1.5, "1.50", True, ""),
        ("1.50", "1.50", False, ""),
        ("1.50\n", "1.50\n", False, ""),
        ("1.50", "1.50", True, "!Ref"),
        (True, "yes", True, ""),
    ]


def test_rules_read_scalars_as_yaml_1_2() -> None:
    assert plain("[no, on, 22:22, true, 0o17]") == [False, True, "22:22", True, "0o17"]
    assert plain("[no, on, 22:22, true, 0o17]", rules=True) == ["no", "on", "22:22", True, 15]


def test_short_tags_are_kept() -> None:
    root = load_yaml("a: !GetAtt b.c\nd: !If [e, !Ref f, {g: !Sub h}]\ni: !Transform {Name: j}\n", "f")

    assert child(root, "a").tag == "!GetAtt"
    assert isinstance(child(root, "a"), Scalar)
    assert child(root, "d").tag == "!If"
    assert child(root, "d", 1).tag == "!Ref"
    assert child(root, "d", 2).tag == ""
    assert child(root, "d", 2, "g").tag == "!Sub"
    assert child(root, "i").tag == "!Transform"


@pytest.mark.usefixtures("parser")
def test_core_tags_are_applied() -> None:
    text = "[!!str 08, !!str yes, !!int '5', !!float 2, !!bool 'yes', !!null '', ! 5, !!map {a: 1}, !!seq [1]]"
    root = load_yaml(text, "f")

    assert to_plain(root) == ["08", "yes", 5, 2.0, True, None, "5", {"a": 1}, [1]]
    assert isinstance(root, Sequence)
    assert {item.tag for item in root.items} == {""}
    assert isinstance(to_plain(root)[3], float)


def test_keys_are_text() -> None:
    assert plain("012345678901: a\n80: b\n1.50: c\n'yes': d\nn: e\n22:22: f") == {
        "012345678901": "a",
        "80": "b",
        "1.50": "c",
        "yes": "d",
        "n": "e",
        "22:22": "f",
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# comment\n", "---\n", "---\n---\n", "\ufeff"])
def test_an_empty_document_is_a_null(text: str) -> None:
    root = load_yaml(text, "f")

    assert isinstance(root, Scalar)
    assert root.value is None


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["a: 1\n---\n", "---\na: 1\n---\n# comment\n", "a: 1\n...\n", "a: 1\n---\n---\n...\n"])
def test_nothing_after_a_separator_is_no_document(text: str) -> None:
    assert plain(text) == {"a": 1}


# Aliases and merge keys


def test_an_alias_is_the_node_of_its_anchor() -> None:
    root = load_yaml("a: &x {b: 1}\nc: *x\n", "f")

    assert child(root, "a") is child(root, "c")


def test_an_alias_can_be_a_key() -> None:
    text = "a: &x name\n*x : 1\n"
    root = load_yaml(text, "f")

    assert to_plain(root) == {"a": "name", "name": 1}
    assert isinstance(root, Mapping)
    assert sliced(text, root.keys["name"]) == "*x"


def test_an_anchor_can_be_given_anew() -> None:
    assert plain("[&x 1, *x, &x 2, *x, &x [&x 3, *x], *x]") == [1, 1, 2, 2, [3, 3], 3]


MERGES = """\
base: &base {a: 1, b: 2}
other: &other {b: 3, c: 4}
one: {<<: *base, b: 5}
after: {b: 5, <<: *base}
list: {<<: [*base, *other], d: 6}
twice: &twice {<<: *other, e: 7}
nested: {<<: *twice}
inline: {<<: {f: 8}}
text: {"<<": *base}
"""


def test_merge_keys_mean_what_pyyaml_says() -> None:
    text = MERGES.replace('text: {"<<": *base}\n', "")

    assert plain(text) == yaml.safe_load(text)
    assert child(load_yaml(MERGES, "f"), "one", "b").span == (3, 21, 3, 22)


def test_a_quoted_merge_key_is_text() -> None:
    assert to_plain(child(load_yaml(MERGES, "f"), "text")) == {"<<": {"a": 1, "b": 2}}


def test_a_merged_entry_has_the_place_it_came_from() -> None:
    merged = child(load_yaml(MERGES, "f"), "list")

    assert isinstance(merged, Mapping)
    assert {key: span[0] for key, span in merged.keys.items()} == {"a": 1, "b": 1, "c": 2, "d": 5}
    assert merged.keys.keys() == merged.entries.keys()


def test_what_was_merged_from_stays_as_it_was() -> None:
    root = load_yaml(MERGES, "f")

    assert to_plain(child(root, "base")) == {"a": 1, "b": 2}
    assert to_plain(child(root, "other")) == {"b": 3, "c": 4}


# What is refused


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key a: first on line 1"),
        ("a: {b: 1, 'b': 2}", "f:1:11: duplicate key b: first on line 1"),
        ("80: 1\n'80': 2", "f:2:1: duplicate key 80: first on line 1"),
        ('"\\e[0m": 1\n"\\e[0m": 2', "f:2:1: duplicate key '\\x1b[0m': first on line 1"),
        ("a: {<<: {b: 1}, <<: {c: 1}}", "f:1:17: duplicate key <<: first on line 1"),
        ("a: 1\n---\nb: 2", "f:2:1: a second document starts here: a file holds one"),
        ("---\na: 1\n--- b", "f:3:1: a second document starts here: a file holds one"),
        ("a: 1\n--- ''", "f:2:1: a second document starts here: a file holds one"),
        ("a: 1\n--- [1]", "f:2:1: a second document starts here: a file holds one"),
        ("---\n---\na: 1", "f:2:1: a second document starts here: a file holds one"),
        ("? [a]\n: 1", "f:1:3: a key must be text, not a list or a mapping"),
        ("? {a: 1}\n: 1", "f:1:3: a key must be text, not a list or a mapping"),
        ("a: &x [1]\n*x : 1", "f:2:1: a key must be text, not a list or a mapping"),
        (
            "a: {{ b }}",
            "f:1:5: {{ }} is a placeholder of some template engine: scan the template that it renders",
        ),
        (
            "a:\n  {{- if b}}\n  c: d\n",
            "f:2:4: {{ }} is a placeholder of some template engine: scan the template that it renders",
        ),
        ("true: 1", "f:1:1: the key true is a boolean, not text: quote it"),
        ("a:\n  No: 1", "f:2:3: the key No is a boolean, not text: quote it"),
        ("~: 1", "f:1:1: the key ~ is null, not text: quote it"),
        ("?\n: 1", "f:1:2: a key is missing"),
        ("!Ref a: 1", "f:1:1: a key cannot have a tag (!Ref)"),
        ("a: *x", "f:1:4: the alias *x has no anchor before it"),
        ("a:\n- &x\n  b: {c: *x}", "f:3:10: the alias *x stands inside its own anchor (line 2)"),
        ("&x [*x]", "f:1:5: the alias *x stands inside its own anchor (line 1)"),
        ("&x a: {<<: *x}", "f:1:8: the merge key << takes a mapping or a list of mappings"),
        ("a: {<<: 1}", "f:1:5: the merge key << takes a mapping or a list of mappings"),
        ("a: {<<: [{b: 1}, 2]}", "f:1:5: the merge key << takes a mapping or a list of mappings"),
        ("a: !!binary aGk=", "f:1:4: the tag !!binary is not supported"),
        ("a: !!timestamp 2001-01-01", "f:1:4: the tag !!timestamp is not supported"),
        ("a: !!python/name:os.system x", "f:1:4: the tag !!python/name:os.system is not supported"),
        ("a: !<tag:example.com,2000:x> b", "f:1:4: the tag tag:example.com,2000:x is not supported"),
        ("a: !!set {b}", "f:1:4: the tag !!set is not supported here"),
        ("a: !!map [b]", "f:1:4: the tag !!map is not supported here"),
        ("a: !!str [b]", "f:1:4: the tag !!str is not supported here"),
        ("a: !!int x", "f:1:4: x does not fit its tag !!int"),
        ("a: !!int 1.5", "f:1:4: 1.5 does not fit its tag !!int"),
        ("a: !!bool 1", "f:1:4: 1 does not fit its tag !!bool"),
        ("a:\n\tb: 1", "f:2:1: a tab cannot indent YAML: use spaces"),
        ("a:\n  b: 1\n\tc: 2", "f:3:1: a tab cannot indent YAML: use spaces"),
        ("a: @b", "f:1:4: the character @ cannot start a value: quote the text"),
        ("a: b\n  \x07c", "f:2:3: a control character (U+0007) cannot stand in YAML"),
        ("a: \x00", "f:1:4: a control character (U+0000) cannot stand in YAML"),
        ("a: 'é' \x7f", "f:1:8: a control character (U+007F) cannot stand in YAML"),
        ("a: \ud800", "f:1:4: half of a surrogate pair"),
        ("a: b: c", "f:1:5: a colon does not belong here (quote the text, or check the indentation)"),
    ],
)
def test_each_fault_has_one_message_with_its_place(text: str, message: str, parser: str) -> None:
    if parser == "python" and "surrogate" in message:
        message = "f:1:4: a control character (U+D800) cannot stand in YAML"
    assert problem_of(text) == message


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1,\n 2", "f:2:3: "),
        ("a: 'x\n\n", "f:1:6: "),
        ("a: {b: 1\nc: 2}\n}", "f:2:2: "),
        ("a: b\n c: d", "f:2:3: "),
        ("- a\nb: 1", "f:2:1: "),
        ("a: 1\n b: 2", "f:2:3: "),
        (" a: 1\nb: 2", "f:2:1: "),
        ("%YAML 3.0\n---\na", "f:1:1: "),
        ('a: "\\q"', "f:1:5: "),
        ('a: "\\ud800"', "f:1:7: "),
    ],
)
def test_other_faults_are_placed_within_the_text(text: str, place: str, parser: str) -> None:
    message = problem_of(text)

    _, line, column, words = message.split(":", 3)
    assert words.strip()
    lines = text.split("\n")
    assert int(line) <= len(lines)
    assert int(column) <= len(lines[int(line) - 1]) + 1
    if parser == "libyaml":
        assert message.startswith(place)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1", "f:1:4: the anchor &x is not allowed in a rule file"),
        ("&x a: 1", "f:1:1: the anchor &x is not allowed in a rule file"),
        ("a: &x [1]", "f:1:4: the anchor &x is not allowed in a rule file"),
        ("a: *x", "f:1:4: the alias *x is not allowed in a rule file"),
        ("a: !Ref b", "f:1:4: the tag !Ref is not allowed in a rule file"),
        ("a: !!str b", "f:1:4: the tag !!str is not allowed in a rule file"),
        ("a: ! b", "f:1:4: the tag ! is not allowed in a rule file"),
        ("a: !If [b]", "f:1:4: the tag !If is not allowed in a rule file"),
        ("a: !!map {b: 1}", "f:1:4: the tag !!map is not allowed in a rule file"),
        ("a: {<<: {b: 1}}", "f:1:5: merge keys are not allowed in a rule file"),
        ("a: 1\na: 2", "f:2:1: duplicate key a: first on line 1"),
    ],
)
def test_rules_may_not_share_or_tag(text: str, message: str) -> None:
    assert problem_of(text, rules=True) == message


# Attacks. A crash of libyaml would end the test run, hence processes of their own.


def attacked(program: str) -> str:
    """What a program with the loader at hand prints within two seconds of loading."""
    prelude = (
        "import time\n"
        "from scanner.syntax import SyntaxProblem, load_yaml\n"
        "def attack(text):\n"
        "    start = time.process_time()\n"
        "    try:\n"
        "        load_yaml(text, 'f')\n"
        "        print('loaded')\n"
        "    except SyntaxProblem as problem:\n"
        "        print(problem)\n"
        "    assert time.process_time() - start < 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prelude + program],
        capture_output=True,
        text=True,
        timeout=20,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_billion_laughs_are_refused() -> None:
    program = """
lines = ["a0: &a0 lol"]
for level in range(1, 30):
    lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 10) + "]")
attack("\\n".join(lines))
"""
    assert attacked(program) == "f:7:10: aliases expand to more than 200,000 nodes"


def test_billion_laughs_by_merging_are_refused() -> None:
    program = """
lines = ["a0: &a0 {k: lol}"]
for level in range(1, 30):
    lines.append(f"a{level}: &a{level} {{" + ", ".join(f"k{n}: {{<<: *a{level - 1}}}" for n in range(10)) + "}")
attack("\\n".join(lines))
"""
    assert attacked(program).endswith(": aliases expand to more than 200,000 nodes")


def test_many_aliases_of_a_small_anchor_are_no_attack() -> None:
    text = "a: &a {b: c}\nd:\n" + "- *a\n" * 50_000

    assert isinstance(to_plain(load_yaml(text, "f")), dict)


@pytest.mark.parametrize(
    "text",
    [
        "'[' * 1_000_000",
        "'{a: ' * 500_000",
        "'- ' * 100_000",
        "'[{a: ' * 500_000",
        "'? ' * 100_000",
        "'!a [' * 100_000",
        "''.join(' ' * n + 'a:\\n' for n in range(2_000))",
        "'\\n'.join(' ' * n + '-' for n in range(2_000))",
    ],
)
def test_a_nesting_bomb_is_refused(text: str) -> None:
    message = attacked(f"attack({text})")

    assert message.endswith(": nested deeper than 200 levels") or "a key must be text" in message


def test_aliases_cannot_nest_deeper_than_brackets() -> None:
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300))]

    assert problem_of("\n".join(lines)) == "f:200:14: nested deeper than 200 levels"
    load_yaml("\n".join(lines[:199]), "f")


def test_200_levels_are_read() -> None:
    load_yaml("[" * 200 + "]" * 200, "f")
    load_yaml("".join(" " * n + "a:\n" for n in range(200)), "f")
    assert problem_of("[" * 201 + "]" * 201) == "f:1:201: nested deeper than 200 levels"


@pytest.mark.parametrize(
    "text",
    [
        "'a' * 1_000_000",
        "'a: ' + ' ' * 4_000_000",
        "'\\n' * 4_000_000",
        "'# ' * 2_000_000",
        "'a: \\'' + 'b' * 4_000_000",
        "'a: |\\n' + '\\n' * 1_000_000",
        "'*' * 1_000_000",
        "'&' + 'a' * 1_000_000",
        "'!' * 1_000_000",
        "'%' * 1_000_000",
        "'a: ' * 300_000",
        "'--- ' * 300_000",
        "'\\t' * 1_000_000",
        "'\\x00' * 1_000_000",
        "'\\ud800' * 1_000_000",
        "'\\u2028' * 1_000_000",
        "'9' * 1_000_000",
        "'{a: ' + 'a: , ' * 100_000",
        "'{a: ' + ' ' * 2_000_000 + '}'",
        "'{a:' + '\\n' * 2_000_000 + '}'",
    ],
)
def test_odd_texts_take_no_time(text: str) -> None:
    assert attacked(f"attack({text})")


def test_a_template_is_read_fast_enough() -> None:
    resource = (
        "  Group%d:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      VpcId: !Ref Vpc\n"
        "      SecurityGroupIngress:\n        - {IpProtocol: tcp, FromPort: 32768, ToPort: 65535}\n"
    )
    text = "Resources:\n" + "".join(resource % number for number in range(75))
    assert 12_500 < len(text) < 13_500

    def seconds() -> float:
        start = time.process_time()
        load_yaml(text, "f")
        return time.process_time() - start

    assert min(seconds() for _ in range(20)) < 0.02  # 3 ms on a laptop; here the machine may be slow and busy


# Properties

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "yes",
        "1",
        "08",
        "22:22",
        "2001-01-01",
        "~",
        "<<",
        "=",
        "1e3",
        "0x1F",
        "a: b",
        "- a",
        "#",
        "a #b",
        " a",
        "a\n\nb ",
    ]
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(TREES, st.sampled_from([None, False, True]), st.booleans(), st.sampled_from([None, "|", ">", "'", '"']))
@settings(max_examples=300)
def test_what_was_dumped_is_loaded(tree: object, flow: bool | None, unicode: bool, style: str | None) -> None:
    # Unescaped, PyYAML writes these as the line breaks that they are in YAML 1.1 alone.
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=unicode)
    assume(not any(odd in text for odd in "\x85\u2028\u2029"))
    assert plain(text) == tree

    if style is not None and isinstance(tree, str):
        assert plain(yaml.safe_dump(tree, default_style=style)) == tree


@given(TREES, st.booleans())
@settings(max_examples=300)
def test_every_span_is_the_yaml_of_its_node(tree: object, flow: bool) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, width=10_000)

    for node in scalars(load_yaml(text, "f")):
        part = sliced(text, node.span)
        assert part.strip() == part
        assert yaml.safe_load(part) == node.value
        if node.plain:
            assert part == node.text


@given(st.text(st.sampled_from("ab:-?[]{},&*!|>'\"%@#~<0 \n\t\r\ufeff\u2028é"), max_size=20))
@settings(max_examples=1000)
@example("\ufeff\ufeff0")
@example("\u2028")
@example("!")
def test_no_text_does_anything_but_load_or_have_a_problem(text: str) -> None:
    problem = root = None
    try:
        root = load_yaml(text, "f")
    except SyntaxProblem as caught:
        problem = caught
    if problem is not None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    else:
        assert root is not None
        for node in scalars(root):
            if node.plain and node.text:
                assert sliced(text.lstrip("\ufeff"), node.span).endswith(re.split("[ \n]", node.text)[-1])
