from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import syntax
from scanner.model import Location
from scanner.sources.snapshot.sheet import Sheet, sheet_of
from scanner.syntax import Span

DOCUMENT = {
    "type": "AWS::ECS::TaskDefinition",
    "id": "web",
    "properties": {
        "ContainerDefinitions": [
            {"Name": "web", "Environment": [{"Name": "PASSWORD", "Value": "hunter2"}], "PortMappings": []},
        ],
        "Text": 'a "quoted" \\ text \u00e9 \U0001f600',
        "Number": 1.50,
    },
}
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def made(document: Any, **layout: Any) -> tuple[Sheet, syntax.Node]:
    text = json.dumps(document, **layout)
    node = syntax.load_json(text, "s.json")
    sheet = sheet_of("aws/1/r/x.json", node, text.split("\n"), account="1", region="r")
    return sheet, node


def at(text: str, place: Location) -> str:
    lines = text.split("\n")[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


def nodes(node: syntax.Node) -> list[syntax.Node]:
    if isinstance(node, syntax.Mapping):
        return [node, *(inner for value in node.entries.values() for inner in nodes(value))]
    if isinstance(node, syntax.Sequence):
        return [node, *(inner for value in node.items for inner in nodes(value))]
    return [node]


def place(span: Span) -> Location:
    return Location("s.json", *span)


@given(st.dictionaries(st.text(max_size=3), TREES, max_size=3), st.sampled_from([None, 0, 1, 4]), st.booleans())
def test_every_value_is_where_its_place_says(document: Any, indent: int | None, ascii_only: bool) -> None:
    sheet, root = made(document, indent=indent, ensure_ascii=ascii_only)
    assert sheet.text.endswith("\n")
    for node in nodes(root):
        if isinstance(node, syntax.Scalar) or indent != 0:
            found = json.loads(at(sheet.text, sheet.place(place(node.span))))
            assert found == syntax.to_plain(node) or found in (syntax.to_plain(root),)


@pytest.mark.parametrize("indent", [None, 1, 2])
def test_a_key_is_shown_with_its_value_if_that_is_on_one_line(indent: int | None) -> None:
    sheet, root = made(DOCUMENT, indent=indent)
    assert isinstance(root, syntax.Mapping)
    line, column = root.keys["id"][:2]
    assert at(sheet.text, sheet.place(place((line, column, *root.entries["id"].span[2:])))) == '"id": "web"'
    assert at(sheet.text, sheet.place(place(root.keys["properties"]))) == '"properties"'


def test_the_text_is_the_same_however_the_snapshot_is_laid_out() -> None:
    assert made(DOCUMENT)[0].text == made(DOCUMENT, indent=3)[0].text


def test_a_place_within_a_text_stays_as_far_in_it() -> None:
    definition = json.dumps({"States": {"Run": {"Type": "Task"}}})
    sheet, root = made({"properties": {"DefinitionString": definition}})
    assert isinstance(root, syntax.Mapping)
    properties = root.entries["properties"]
    assert isinstance(properties, syntax.Mapping)
    line, column, _, end = properties.entries["DefinitionString"].span
    source = json.dumps({"properties": {"DefinitionString": definition}})
    start = source.index("Run") + 1
    assert column < start < end
    assert at(sheet.text, sheet.place(place((line, start, line, start + 3)))) == "Run"


def test_a_place_of_nothing_in_it_is_that_of_what_is_around() -> None:
    sheet, _ = made({"a": {"b": [1, 2]}})
    assert sheet.place(place((1, 999, 1, 1000))) == Location("aws/1/r/x.json", 1, 1, 1, 2)
    assert at(sheet.text, sheet.place(place((1, 3, 1, 4)))) == at(sheet.text, place((1, 1, 8, 2)))


def test_secrets_are_not_in_it() -> None:
    sheet, root = made(DOCUMENT, indent=1)
    assert "hunter2" not in sheet.text
    assert json.loads(sheet.text)["properties"]["ContainerDefinitions"][0]["Environment"][0]["Value"] == "***"
    secret = next(node for node in nodes(root) if isinstance(node, syntax.Scalar) and node.text == "hunter2")
    assert at(sheet.text, sheet.place(place(secret.span))) == '"***"'


def test_secrets_within_a_text_are_blanked_there() -> None:
    document = {"properties": {"DefinitionString": json.dumps({"Name": "PASSWORD", "Value": "hunter2", "Then": 1})}}
    sheet, _ = made(document)
    assert "hunter2" not in sheet.text
    assert "Then" in sheet.text
