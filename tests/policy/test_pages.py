from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.policy import pages
from scanner.policy.compile import compile_rule
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from tests.policy.kinds import KINDS, RULE

CASES = [("three shelves", "pass"), ("a | pipe", "not_applicable")]

MARKDOWN = """\
# SHOP001 shops-are-tidy

Severity medium. Judges templates and live accounts.

## What it checks

Shops are tidy.

- shelves: fails with “\\<shop\\> has \\<found\\> shelves, not \\<least\\>”.
- doors (severity low): fails with “\\<shop\\> lacks \\<missing\\>”. Judged where shelves holds.

## Why

Customers stay away from untidy shops.

## How to mend it

Tidy \\<shop\\>.

## Parameters

| Name | Type | Default | Meaning |
| --- | --- | --- | --- |
| least | number | 3 | How many shelves there must be. |

## Examples

| Verdict | Template |
| --- | --- |
| pass | three shelves |
| not applicable | a \\| pipe |
"""


@pytest.fixture
def rule() -> Rule:
    found, _ = compile_rule(RULE, "r.yaml", KINDS)
    assert found is not None
    return found


def test_a_page_in_markdown(rule: Rule) -> None:
    assert pages.markdown(rule, CASES) == MARKDOWN


def test_a_page_as_text_says_the_same_within_its_width(rule: Rule) -> None:
    more = replace(rule, explains=("Target.Timeout",), source=({"document": "Book", "section": "One"},), tags=("x",))
    text = pages.plain(more, CASES, width=50)
    assert max(map(len, text.splitlines())) <= 50
    for said in (
        "SHOP001",
        "Severity medium",
        "Tags: x.",
        "not <least>",
        "least  number",
        "Target.Timeout",
        "- Book, One",
    ):
        assert said in text
    assert "{" not in text


def test_arguments_of_facts_are_no_words_of_a_message(rule: Rule) -> None:
    only = replace(rule.assertions[0], message="{shop.latest_failure(hours=$hours, faults=$faults)} is bad")
    text = pages.markdown(replace(rule, assertions=(only,)))
    assert "fails with “\\<shop.latest failure\\> is bad”" in text


def test_a_long_cell_wraps_within_its_column(rule: Rule) -> None:
    parameter = replace(rule.parameters[0], default=tuple(f"Fault.Number{n}" for n in range(12)))
    text = pages.plain(replace(rule, parameters=(parameter,)), width=88)
    assert max(map(len, text.splitlines())) <= 88
    assert "Fault.Number11" in text


def test_the_index_names_every_rule(rule: Rule) -> None:
    text = pages.index([rule, replace(rule, id="SHOP002")])
    assert "| [SHOP001](SHOP001.md) shops-are-tidy | medium | templates, live accounts | Shops are tidy. |" in text
    assert "[SHOP002](SHOP002.md)" in text


def test_the_entities_are_listed_with_their_facts() -> None:
    text = pages.entities(KINDS, ["test.shop"])
    assert "## test.shop\n\nA shop.\n" in text
    assert "A shelf. It is reached by a path from another entity." in text
    assert "| shelves | [test.shelf](#testshelf), many | Its shelves. |" in text
    assert "| doors(range) | ports | The doors of a range. |" in text


def test_pages_are_written_and_those_of_gone_rules_removed(tmp_path: Path) -> None:
    (tmp_path / "GONE001.md").write_text("old")
    (tmp_path / "notes.md").write_text("mine")
    assert pages.main([str(tmp_path)]) == 0
    rules = load_rules().rules
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"index.md", "entities.md", "notes.md", *(f"{rule.id}.md" for rule in rules)}
    assert "## Examples" in (tmp_path / f"{rules[0].id}.md").read_text(encoding="utf-8")


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert pages.main([]) == 2
    assert "usage" in capsys.readouterr().err
