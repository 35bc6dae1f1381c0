from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.syntax import Mapping, Node, Scalar, Sequence, SyntaxProblem, load_json, load_yaml, to_plain
from tests.syntax.walk import outline, scalars, sliced

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TREES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def problem_of(text: str) -> str:
    with pytest.raises(SyntaxProblem) as caught:
        load_json(text, "f")
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


def test_every_node_knows_its_place() -> None:
    text = '{\n  "a": ["x\\ty", -1.5e3, true],\n  "é": {"😀": null }\n}\n'
    root = load_json(text, "f")

    assert isinstance(root, Mapping)
    assert root.span == (1, 1, 4, 2)
    assert sliced(text, root.keys["a"]) == '"a"'
    assert sliced(text, root.keys["é"]) == '"é"'
    assert sliced(text, child(root, "a").span) == '["x\\ty", -1.5e3, true]'
    assert sliced(text, child(root, "a", 0).span) == '"x\\ty"'
    assert sliced(text, child(root, "a", 1).span) == "-1.5e3"
    assert sliced(text, child(root, "a", 2).span) == "true"
    assert sliced(text, child(root, "é").span) == '{"😀": null }'
    assert sliced(text, child(root, "é", "😀").span) == "null"


def test_collections_may_span_lines() -> None:
    text = '{"a":\n[\n1\n,\n2\n]\n}'

    assert child(load_json(text, "f"), "a").span == (2, 1, 6, 2)


def test_a_scalar_has_its_text() -> None:
    root = load_json('["a\\n\\u00e9", 1.50, null]', "f")

    text, number, null = (child(root, index) for index in range(3))
    assert isinstance(text, Scalar)
    assert isinstance(number, Scalar)
    assert isinstance(null, Scalar)
    assert (text.value, text.text, text.plain) == ("a\né", "a\né", False)
    assert (number.value, number.text, number.plain) == (1.5, "1.50", True)
    assert (null.value, null.text, null.plain) == (None, "null", True)


@pytest.mark.parametrize("text", ["\r\n[1,\r\n 2]", "\r[1,\r 2]", "\n[1,\n 2]"])
def test_all_line_ends_count(text: str) -> None:
    assert child(load_json(text, "f"), 1).span == (3, 2, 3, 3)


def test_characters_that_only_some_call_line_ends_do_not_count() -> None:
    text = '["\u2028\u0085\u2029", 2]'

    assert child(load_json(text, "f"), 1).span == (1, 9, 1, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1:1: not JSON: expecting value"),
        (" \n ", "f:2:2: not JSON: expecting value"),
        ('{"a": 1', "f:1:8: not JSON: expecting ',' delimiter"),
        ('{"a" 1}', "f:1:6: not JSON: expecting ':' delimiter"),
        ("{a: 1}", "f:1:2: not JSON: expecting property name enclosed in double quotes"),
        ("[1 2]", "f:1:4: not JSON: expecting ',' delimiter"),
        ("[1}", "f:1:3: not JSON: expecting ',' delimiter"),
        ("[01]", "f:1:3: not JSON: expecting ',' delimiter"),
        ("[1]\n[2]", "f:2:1: not JSON: extra data"),
        ('"a', "f:1:1: not JSON: unterminated string"),
        ('["a\nb"]', "f:1:4: not JSON: invalid control character"),
        ('["\\x"]', "f:1:3: not JSON: invalid \\escape"),
        ('["\\ud83d"]', "f:1:2: not JSON: half of a surrogate pair"),
        ("[NaN]", "f:1:2: NaN is not JSON"),
        ("[-Infinity]", "f:1:2: -Infinity is not JSON"),
        ("[1e999]", "f:1:2: the number 1e999 is too large"),
        ("[" + "9" * 5000 + "]", "f:1:2: a number of 5000 characters"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', "f:3:2: duplicate key a: first on line 1"),
        ('{"a": 1,\n "\\u0061": 3}', "f:2:2: duplicate key a: first on line 1"),
        ('{"\\u001b[31m": 1,\n "\\u001b[31m": 3}', "f:2:2: duplicate key '\\x1b[31m': first on line 1"),
        ("[\xa01]", "f:1:2: not JSON: expecting value"),
    ],
)
def test_each_fault_has_one_message_with_its_place(text: str, message: str) -> None:
    assert problem_of(text) == message


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_nesting_is_limited(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")
    fits = 200 // levels

    load_json(opening * fits + "1" + closing * fits, "f")
    start = time.process_time()
    assert problem_of(opening * 400_000).endswith(": nested deeper than 200 levels")
    assert problem_of(opening * (fits + 1) + "1" + closing * (fits + 1)).endswith(": nested deeper than 200 levels")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        " " * 4_000_000,
        "[" + " " * 4_000_000 + "]",
        '["' + "\\" * 4_000_000,
        '["' + "a" * 4_000_000,
        "[" + "-" * 4_000_000,
        "[" + "1" * 4_000_000,
        "\n" * 4_000_000,
        "[" + '"' * 2_000_000,
    ],
    ids=range(8),
)
def test_reading_takes_linear_time(text: str) -> None:
    start = time.process_time()
    problem = None
    try:
        load_json(text, "f")
    except SyntaxProblem as caught:
        problem = caught
    assert time.process_time() - start < 2
    assert (problem is None) == (text.endswith(" ]"))


@given(TREES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_what_was_dumped_is_loaded(tree: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)

    assert to_plain(load_json(text, "f")) == tree


@given(TREES, st.sampled_from([None, 0, 2]))
def test_every_span_is_the_json_of_its_node(tree: object, indent: int | None) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=False)

    for node in scalars(load_json(text, "f")):
        assert json.loads(sliced(text, node.span)) == node.value


YAML_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters="\x7f\u2028"), max_size=9
)
YAML_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | YAML_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(YAML_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(YAML_TREES, st.sampled_from([None, 0, 2]))
def test_places_are_those_that_the_yaml_loader_finds(tree: object, indent: int | None) -> None:
    text = "".join(
        c if c.isprintable() or c == "\n" else "?" for c in json.dumps(tree, indent=indent, ensure_ascii=False)
    )

    try:
        expected = load_yaml(text, "f")
    except SyntaxProblem:
        assert "duplicate key" in problem_of(text)
    else:
        assert outline(load_json(text, "f")) == outline(expected)


@given(st.text(st.sampled_from('{}[]:,"\\ \n\r\t01-.eEu/truefalsn\x01\x85é'), max_size=12))
@settings(max_examples=1000)
@example('{"":0,"":1}')
@example('["\\u0000"]')
def test_what_is_json_is_what_the_standard_library_says(text: str) -> None:
    def refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        expected = json.loads(text, object_pairs_hook=refuse_duplicates)
    except ValueError:
        problem_of(text)
    else:
        assert to_plain(load_json(text, "f")) == expected
