from __future__ import annotations

import pytest

from scanner.syntax import Mapping, SyntaxProblem, load, to_plain


@pytest.mark.parametrize("text", ['{"a": 1}', '\ufeff{"a": 1}', '\n\n\t {"a": 1}\n', "a: 1", "{a: 1}", '{"a": 1,}'])
def test_json_and_yaml_are_told_apart_by_their_text(text: str) -> None:
    assert to_plain(load(text, "template")) == {"a": 1}


def test_what_is_json_is_read_as_json() -> None:
    text = '{"a": "' + "x" * 2000 + '", "\\ud83d\\ude00": 1e3}'

    assert to_plain(load(text, "template.yaml")) == {"a": "x" * 2000, "😀": 1000.0}


def test_flow_style_with_tags_is_yaml() -> None:
    node = load("{Vpc: !Ref Vpc}", "template.yaml")

    assert isinstance(node, Mapping)
    assert node.entries["Vpc"].tag == "!Ref"


def test_a_json_file_must_be_json() -> None:
    with pytest.raises(SyntaxProblem, match="NaN is not JSON"):
        load('{"a": NaN}', "template.json")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("a.json", r"^a\.json:1:7: not JSON: expecting value$"),
        ("a.template", r"^a\.template:1:7: not JSON: expecting value$"),
        ("a.YAML", r"^a\.YAML:1:9: did not find expected ',' or '}'"),
    ],
)
def test_what_is_neither_gets_the_complaint_of_its_ending(file: str, message: str) -> None:
    with pytest.raises(SyntaxProblem, match=message):
        load('{"a": x ]}', file)


def test_the_ending_does_not_make_yaml_json() -> None:
    assert to_plain(load("a: 1", "template.json")) == {"a": 1}
