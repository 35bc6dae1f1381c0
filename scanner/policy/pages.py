"""The page of a rule: for people, in Markdown (the documentation) and as plain text (``clearway rules show``).

``python -m scanner.policy.pages DIR`` writes the pages of the built-in rules; the same rules give the same bytes.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.policy.rule import Rule

if TYPE_CHECKING:
    from scanner.topology.entity import Entity

_SUBJECTS = {"template": "templates", "live": "live accounts"}
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_ARGUMENTS = re.compile(r"\([^()]*\)")
MAX_COLUMN = 40
"""The most characters of a column of a table in plain text, but for the last."""
_PAGE_NAME = re.compile(r"[A-Z]{2,8}[0-9]{3,4}\.md")

Block = tuple[str, Any]
"""One piece of a page: its form (``heading``, ``text``, ``list``, ``table``) and what it holds."""


def blocks(rule: Rule, cases: Sequence[tuple[str, str]] = ()) -> Iterator[Block]:
    """The page of a rule. ``cases`` are the names and expected verdicts of its examples."""
    judged = " and ".join(_SUBJECTS[word] for word in rule.applies)
    yield "heading", f"{rule.id} {rule.name}"
    yield (
        "text",
        f"Severity {rule.severity}. Judges {judged}." + (f" Tags: {', '.join(rule.tags)}." if rule.tags else ""),
    )
    yield "section", "What it checks"
    yield "text", _sentence(rule.title)
    yield "list", [_assertion(rule, index) for index in range(len(rule.assertions))]
    yield "section", "Why"
    yield "text", rule.rationale.strip()
    yield "section", "How to mend it"
    yield "text", _spoken(rule.remediation)
    if rule.parameters:
        yield "section", "Parameters"
        rows = [(one.name, one.type, _value(one.default), one.about.strip()) for one in rule.parameters]
        yield "table", [("Name", "Type", "Default", "Meaning"), *rows]
    if rule.explains:
        yield "section", "Explains"
        yield "text", f"A failure explains what is observed as {', '.join(rule.explains)}."
    if cases:
        yield "section", "Examples"
        yield "table", [("Verdict", "Template"), *((verdict.replace("_", " "), name) for name, verdict in cases)]
    if rule.source:
        yield "section", "Source"
        yield "list", [_source(source) for source in rule.source]


def markdown(rule: Rule, cases: Sequence[tuple[str, str]] = ()) -> str:
    """The page of a rule in Markdown."""
    lines: list[str] = []
    for form, held in blocks(rule, cases):
        if form in ("heading", "section"):
            lines += [f"{'#' if form == 'heading' else '##'} {held}", ""]
        elif form == "text":
            lines += [_escape(held), ""]
        elif form == "list":
            lines += [*(f"- {_escape(item)}" for item in held), ""]
        else:
            lines += [*_markdown_table(held), ""]
    return "\n".join(lines).rstrip() + "\n"


def plain(rule: Rule, cases: Sequence[tuple[str, str]] = (), width: int = 88) -> str:
    """The page of a rule as text of at most ``width`` columns."""
    lines: list[str] = []
    for form, held in blocks(rule, cases):
        if form == "heading":
            lines += [held, "=" * len(held), ""]
        elif form == "section":
            lines += [held, "-" * len(held)]
        elif form == "text":
            lines += [*_wrapped(held, width), ""]
        elif form == "list":
            for item in held:
                lines += _wrapped(item, width, "- ", "  ")
            lines.append("")
        else:
            lines += [*_plain_table(held, width), ""]
    return "\n".join(lines).rstrip() + "\n"


def index(rules: Sequence[Rule]) -> str:
    """The list of all rules in Markdown."""
    rows = [("Rule", "Severity", "Judges", "What it checks")]
    for rule in rules:
        judged = ", ".join(_SUBJECTS[word] for word in rule.applies)
        rows.append((f"[{rule.id}]({rule.id}.md) {rule.name}", rule.severity, judged, _sentence(rule.title)))
    return "\n".join(["# Rules", "", *_markdown_table(rows, escape=False)]) + "\n"


def entities(kinds: Mapping[str, type[Entity]], roots: Collection[str]) -> str:
    """The kinds of entities with their facts and relations, in Markdown.

    ``roots`` are the kinds that a join begins with.
    """
    lines = ["# Entities", "", "What rules can match and join, beside CloudFormation types by their names.", ""]
    for name in sorted(kinds):
        begins = "" if name in roots else " It is reached by a path from another entity."
        about = " ".join((kinds[name].__doc__ or "").split())
        lines += [f"## {name}", "", f"{_code(about)}{begins}", ""]
        rows = [("Name", "Holds", "Meaning")]
        for member in kinds[name].members.values():
            arguments = ", ".join(argument for argument, _ in member.parameters)
            held = f"[{member.type}](#{member.type.replace('.', '')})" if member.type in kinds else member.type
            called = f"{member.name}({arguments})" if arguments else member.name
            meaning = " ".join(member.doc.split("\n\n")[0].split())
            rows.append((_escape(called), f"{held}, many" if member.many else held, _code(meaning)))
        lines += [*_markdown_table(rows, escape=False), ""]
    return "\n".join(lines).rstrip() + "\n"


def pages(rules: Sequence[Rule], folders: Mapping[str, Path]) -> dict[str, str]:
    """Every page by its file name, with the index and the entities. ``folders`` holds the rules folder of each rule."""
    found = {f"{rule.id}.md": markdown(rule, example_names(rule, folders[rule.id])) for rule in rules}
    from scanner.topology import schema

    roots = {*schema.ROOTS, *schema.PARTS}
    return {**found, "index.md": index(rules), "entities.md": entities(schema.KINDS, roots)}


def example_names(rule: Rule, folder: Path) -> list[tuple[str, str]]:
    """The names and expected verdicts of a rule's examples."""
    from scanner.policy.examples import read_examples

    examples, _ = read_examples(rule, folder)
    return [(case.name, case.expect) for case in examples.cases] if examples else []


def _assertion(rule: Rule, position: int) -> str:
    assertion = rule.assertions[position]
    severity = f" (severity {assertion.severity})" if assertion.severity != rule.severity else ""
    after = f" Judged where {assertion.after} holds." if assertion.after else ""
    sources = f" Only for {', '.join(assertion.sources)}." if assertion.sources else ""
    return f"{assertion.name}{severity}: fails with “{_spoken(assertion.message)}”.{after}{sources}"


def _source(source: Mapping[str, str]) -> str:
    return ", ".join(filter(None, (source.get("document"), source.get("section"), source.get("url"))))


def _spoken(text: str) -> str:
    """A message with its placeholders in angle brackets, as terms that a finding replaces."""

    def term(found: re.Match[str]) -> str:
        named: str = _ARGUMENTS.sub("", found.group(1)).lstrip("$").replace("_", " ")
        return f"<{named}>"

    return _PLACEHOLDER.sub(term, " ".join(text.split()))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _escape(text: str) -> str:
    return re.sub(r"([<>*_|`\[\]])", r"\\\1", text)


def _code(text: str) -> str:
    """A docstring in Markdown: code between double backticks stays code."""
    parts = text.split("``")
    return "".join(f"`{part}`" if index % 2 else _escape(part) for index, part in enumerate(parts))


def _markdown_table(rows: Sequence[Sequence[str]], escape: bool = True) -> Iterator[str]:
    head, *body = rows
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in body:
        yield f"| {' | '.join(_escape(cell) if escape else cell for cell in row)} |"


def _plain_table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Columns side by side; cells that are longer than their column wrap, above all those of the last."""
    widths = [min(max(len(row[column]) for row in rows), MAX_COLUMN) for column in range(len(rows[0]) - 1)]
    widths.append(max(width - sum(widths) - 2 * len(widths), 24))
    for row in rows:
        cells = [textwrap.wrap(cell, size, break_on_hyphens=False) for cell, size in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            yield "  ".join(f"{part:<{size}}" for part, size in zip(parts, widths, strict=True)).rstrip()


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    joined = " ".join(text.split())
    return textwrap.wrap(
        joined, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]


def main(arguments: Sequence[str]) -> int:
    """Writes the pages of the built-in rules to a folder and removes the pages of rules that are gone."""
    from scanner.policy.load import load_rules

    if len(arguments) != 1:
        print("usage: python -m scanner.policy.pages DIR", file=sys.stderr)
        return 2
    loaded = load_rules()
    for problem in loaded.problems:
        print(problem, file=sys.stderr)
    if loaded.problems:
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    written = pages(loaded.rules, loaded.folders)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for old in folder.glob("*.md"):
        if _PAGE_NAME.fullmatch(old.name) and old.name not in written:
            old.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
