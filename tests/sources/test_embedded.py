from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Fact, Items, Location, Reference, Unknown, World
from scanner.model import get as below
from scanner.sources.cloudformation import load_template
from scanner.sources.embedded import document

ROLE = Reference("t.yaml#Role", "Arn")


def embedded(lines: str, file: str = "t.yaml") -> Fact[Any]:
    """The document in the property P of a template; ``lines`` hold the property from line 5 on."""
    head = "Parameters: {A: {Type: String}, N: {Type: Number, Default: 80}}\nResources:\n  Role: {Type: R}\n"
    text = head + "  R: {Type: R, Properties: {\n" + lines + "}}\n" if file.endswith("json") else ""
    text = text or head + "  R:\n    Type: R\n    Properties:\n" + lines
    return document(load_template(text, file).resource("R", World()).get("P"))


def plain(fact: Fact[Any]) -> Any:
    if isinstance(fact.value, Items):
        return [plain(item) for item in fact.value.items]
    return {key: plain(item) for key, item in fact.value.items()} if isinstance(fact.value, dict) else fact.value


def place(fact: Fact[Any], path: str) -> tuple[int, int, int, int]:
    found = below(fact, path).location
    assert found is not None
    return found[1:]


LITERAL = """\
      P: |
        {
          "Version": "2012-10-17",
          "Statement": [{"Effect": "Allow"}]
        }
"""


def test_a_literal_block_has_the_places_of_its_lines() -> None:
    found = embedded(LITERAL)

    assert plain(found) == {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}
    assert found.location == Location("t.yaml", 7, 7, 7, 8)
    assert place(found, "Version") == (9, 11, 9, 34)
    assert place(found, "Statement.0") == (10, 25, 10, 44)
    assert place(found, "Statement.0.Effect") == (10, 26, 10, 43)


@pytest.mark.parametrize("header", ["|-", "|+", "|2", "!Sub |"])
def test_every_kind_of_literal_block(header: str) -> None:
    found = embedded(
        LITERAL.replace("|", header).replace('"2012', '  "2012') if header == "|2" else LITERAL.replace("|", header)
    )
    assert place(found, "Statement.0.Effect")[0] == 10


QUOTED = {
    "single": ('      P: \'{"a": {"b": 1}}\'\n', (7, 18, 7, 24)),
    "single with a quote": ('      P: \'{"x\'\'": 1, "a": {"b": 1}}\'\n', (7, 28, 7, 34)),
    "double": ('      P: "{\\"a\\": {\\"b\\": 1}}"\n', (7, 20, 7, 28)),
    "sub": ('      P: !Sub \'{"a": {"b": 1}}\'\n', (7, 23, 7, 29)),
    "long sub": ("      P: {'Fn::Sub': '{\"a\": {\"b\": 1}}'}\n", (7, 30, 7, 36)),
}


@pytest.mark.parametrize("name", QUOTED)
def test_quoted_texts_have_places(name: str) -> None:
    lines, expected = QUOTED[name]
    found = embedded(lines)

    assert plain(below(found, "a")) == {"b": 1}
    assert place(found, "a.b") == expected


FOLDED = [
    """      P: >\n        {"a":\n        1}\n""",
    """      P: '{"a":\n\n        1}'\n""",
    """      P: '{"a":\n        1}'\n""",
    """      P: |-\n        {"a": 1}\n""",
]


@pytest.mark.parametrize("lines", FOLDED)
def test_texts_that_may_be_folded_have_the_place_of_the_property(lines: str) -> None:
    found = embedded(lines)

    assert plain(found) == {"a": 1}
    assert place(found, "a") == (7, 7, 7, 8)


def test_variables_of_a_sub_are_values_in_the_document() -> None:
    found = embedded(
        '      P: !Sub |\n        {"Role": "${Role.Arn}", "Port": ${N}, "Name": "a-${A}", "Open": ${A},\n'
        '         "Both": "${Role}${A}", "Kept": "${!x}", "Last": 1}\n'
    )
    values = plain(found)

    assert values["Role"] == ROLE
    assert values["Port"] == 80
    assert values["Name"].key == ("text", ("a-", ("value", ("parameter", "t.yaml", "A"))))
    assert values["Name"].reason == "parameter A has no value and no default"
    assert values["Open"].key == ("parameter", "t.yaml", "A")
    assert isinstance(values["Both"], Unknown)
    assert values["Kept"] == "${x}"
    assert place(found, "Role") == (8, 10, 8, 31)
    assert place(found, "Port") == (8, 33, 8, 45)
    assert place(found, "Open") == (8, 65, 8, 77)
    assert place(found, "Last") == (9, 50, 9, 59)


def test_a_sub_with_known_variables_is_read_too() -> None:
    assert plain(embedded('      P: !Sub \'{"a": ${N}, "b": "${N}"}\'\n')) == {"a": 80, "b": "80"}


def test_a_join_as_the_cdk_writes_it() -> None:
    found = embedded("      P: !Join ['', ['{\"Role\":\"', !GetAtt Role.Arn, '\",\"A\":\"x', !Ref A, '\"}']]\n")

    assert plain(found)["Role"] == ROLE
    assert plain(found)["A"].key == ("text", ("x", ("value", ("parameter", "t.yaml", "A"))))
    assert place(found, "Role") == (7, 24, 7, 55)


def test_a_text_in_a_json_template() -> None:
    line = '  "P": "{\\"a\\": [1, {\\"b\\": 2}]}"'
    text = '{"Resources": {"R": {"Type": "R", "Properties": {\n' + line + "\n}}}}"
    found = document(load_template(text, "t.json").resource("R", World()).get("P"))

    assert plain(found) == {"a": [1, {"b": 2}]}
    start, end = place(found, "a.1.b")[1], place(found, "a.1.b")[3]
    assert line[start - 1 : end - 1] == '\\"b\\": 2'


def test_a_document_that_is_a_mapping_is_given_back() -> None:
    found = embedded("      P: {a: 1}\n")
    assert plain(below(found, "a")) == 1


@pytest.mark.parametrize("lines", ["      P: !Ref A\n", "      P: 1\n", "      Q: 1\n"])
def test_what_is_no_text_is_given_back(lines: str) -> None:
    found = embedded(lines)
    assert found.value == 1 or not isinstance(found.value, (str, dict))


def test_a_text_that_is_no_document_says_why() -> None:
    found = embedded('      P: |\n        {\n          "a": 1,\n        }\n')

    assert isinstance(found.value, Unknown)
    assert found.value.reason.startswith("the text is not JSON: ")
    assert found.value.location is not None
    assert found.value.location.line in (9, 10)


def test_a_text_without_a_file_has_no_places() -> None:
    assert plain(document(Fact('{"a": [true]}'))) == {"a": [True]}
    assert below(document(Fact('{"a": 1}')), "a").at == ()


# YAML has neither control characters nor U+FFFE and U+FFFF; ``$`` begins a substitution.
keys = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Co"), exclude_characters="$\ufffe\uffff"),
    max_size=4,
)
documents = st.dictionaries(
    keys,
    st.recursive(
        st.one_of(st.integers(-9, 9), st.booleans(), st.none(), keys), lambda inner: st.lists(inner, max_size=3)
    ),
    min_size=1,
    max_size=4,
)


@given(documents, st.sampled_from(["single", "double", "block"]))
def test_the_place_of_every_entry_holds_its_key_and_value(content: dict[str, Any], style: str) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2 if style == "block" else None)
    written = {
        "single": "'" + text.replace("'", "''") + "'",
        "double": json.dumps(text, ensure_ascii=False),
        "block": "|\n" + "\n".join("        " + line for line in text.split("\n")),
    }[style]
    template = f"Resources:\n  R:\n    Type: R\n    Properties:\n      P: {written}\n"
    found = document(load_template(template, "t.yaml").resource("R", World()).get("P"))
    lines = template.split("\n")

    assert plain(found) == content
    for key in content:
        at = found.value[key].location
        row = lines[at.line - 1][at.column - 1 :]
        shown = json.dumps(key, ensure_ascii=False)
        shown = {"single": shown.replace("'", "''"), "double": json.dumps(shown, ensure_ascii=False)[1:-1]}.get(
            style, shown
        )
        assert row.startswith(shown)
