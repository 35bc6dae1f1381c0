"""Running the examples of rules: each case is a scan of one small template with one rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from scanner.policy.changes import ChangeError, changed, ids_of, is_snapshot
from scanner.policy.examples import Case, Examples, read_examples
from scanner.policy.load import MAX_BYTES, shown_path
from scanner.policy.rule import Rule
from scanner.policy.select import SelectionError, with_parameters
from scanner.syntax import Mapping as MappingNode
from scanner.syntax import Node, SyntaxProblem, load, read_text
from scanner.syntax import Sequence as SequenceNode

_WORST = ("fail", "undecided", "pass")

Document = Mapping[str, Any]


class Judge(Protocol):
    """What judges a template with rules and gives a result document that lists every verdict.

    ``parameters`` are the values of the template's parameters; ``context`` holds the texts of further templates by
    their names.
    """

    def __call__(
        self,
        text: str,
        file: str,
        rules: Sequence[Rule],
        *,
        parameters: Mapping[str, Any],
        closed: bool,
        context: Mapping[str, str] = ...,
    ) -> Document: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one example went. ``faults`` says what was expected and what came; none if it went well."""

    rule: str
    case: str
    file: str
    line: int
    faults: tuple[str, ...] = ()


def run_examples(rules: Sequence[Rule], folders: Mapping[str, Path], judge: Judge) -> Iterator[Outcome | SyntaxProblem]:
    """The outcome of every example of some rules, or the problems that keep a rule's from being run.

    ``folders`` holds the rules folder of each rule by its id, as ``scanner.policy.load.RuleSet`` does.
    """
    for rule in rules:
        examples, problems = read_examples(rule, folders[rule.id])
        yield from problems
        if examples is None:
            continue
        for case in examples.cases:
            yield Outcome(rule.id, case.name, examples.file, case.line, tuple(run_case(rule, examples, case, judge)))


def run_case(rule: Rule, examples: Examples, case: Case, judge: Judge) -> Iterator[str]:
    """What an example gives that is not what it expects."""
    more: dict[str, Any] = {}
    try:
        text = template_text(examples, case)
        rules = [with_parameters(rule, case.parameters)]
        if case.context:
            files = (examples.folder / name for name in case.context)
            more["context"] = {shown_path(file): read_text(file, max_bytes=MAX_BYTES) for file in files}
    except (ChangeError, SelectionError, SyntaxProblem) as error:
        yield str(error)
        return
    file = examples.bases[case.base].name
    document = judge(text, file, rules, parameters=case.values, closed=case.closed, **more)
    yield from _compare_document(document, rule.id, case, text, file)


def _compare_document(document: Document, rule: str, case: Case, text: str, file: str) -> Iterator[str]:
    for error in document["errors"]:
        if "api" not in error:  # a call that failed in the account of an example
            yield f"the template cannot be judged: {error['message']}"
    results = [result for result in document["results"] if result["rule"] == rule]
    found = {result["verdict"] for result in results}
    got = next((verdict for verdict in _WORST if verdict in found), "not_applicable")
    if got != case.expect:
        why = next((result["message"] for result in results if result["verdict"] == got), "")
        yield f"expected {case.expect}, got {got}" + (f": {why}" if why and got != "pass" else "")
    elif case.finding and results:
        alike = [result for result in results if result["verdict"] == case.expect]
        yield from min((list(_compare(case.finding, result, document, text, file)) for result in alike), key=len)
    elif case.finding:
        yield "expected a finding, got none"


def template_text(examples: Examples, case: Case) -> str:
    """The template of a case: the base as it is, or changed and written anew: as YAML, or as JSON if a snapshot."""
    base = examples.bases[case.base]
    if base.text and not case.change:
        return base.text
    template = changed(base.template, case.change)
    if is_snapshot(template):
        return json.dumps(template, indent=2, ensure_ascii=False)
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(template, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text


def _compare(finding: Mapping[str, Any], result: Document, document: Document, text: str, file: str) -> Iterator[str]:
    """What a result says that is not what the example's finding expects."""
    subject = result["subject"]
    for key, found in (
        ("assert", [result["assertion"]]),
        ("severity", [result["severity"]]),
        ("subject", [subject["id"], subject["label"]]),
    ):
        if key in finding and finding[key] not in found:
            yield f'expected {key} "{finding[key]}", got "{found[0]}"'
    if "message" in finding and finding["message"] not in result["message"]:
        yield f'expected a message with "{finding["message"]}", got "{result["message"]}"'
    if "missing" in finding:
        yield from _compare_missing(finding["missing"], result["missing"])
    if "at" in finding:
        yield from _compare_at(finding["at"], result["location"], document, text, file)


def _compare_missing(wanted: Any, found: Sequence[str]) -> Iterator[str]:
    """One text that is among the missing, or a list of all of them; a protocol before ports may be left out."""

    def fits(want: Any) -> bool:
        return any(one == str(want) or one.endswith(f" {want}") for one in found)

    wants = wanted if isinstance(wanted, list) else [wanted]
    if not all(map(fits, wants)) or (isinstance(wanted, list) and len(wants) != len(found)):
        yield f"expected missing {', '.join(map(str, wants))}; got {', '.join(found) or 'nothing'}"


def _compare_at(path: str, location: Document, document: Document, text: str, file: str) -> Iterator[str]:
    """In a snapshot, the first part of the path is the resource in whose text the place must stand."""
    resources = {one["file"]: str(one["text"]) for one in document.get("configurations", ())}
    if not resources:
        yield from _compare_place(path, location, text, file)
        return
    own = resources[location["file"]]
    root = json.loads(own)
    for name in ids_of(root) if isinstance(root, dict) else ():
        if path == name or path.startswith(f"{name}."):
            yield from _compare_place(path[len(name) + 1 :] or "id", location, own, location["file"])
            return
    yield f'expected a place at "{path}", got one in {location["file"]}'


def _compare_place(path: str, location: Document, text: str, file: str) -> Iterator[str]:
    """A place lies at a path if it begins between the path's key and the end of its value."""
    span = span_at(load(text, file), path)
    if span is None:
        yield f'expected a place at "{path}", which is not in the template'
        return
    line, column = location["line"], location["column"]
    if not span[:2] <= (line, column) <= span[2:]:
        found = next((one["text"].strip() for one in location.get("excerpt", ()) if one["line"] == line), "")
        yield f'expected the place "{path}" (line {span[0]}), got line {line}' + (f": {found}" if found else "")


def span_at(root: Node, path: str) -> tuple[int, int, int, int] | None:
    """From the key of ``Resource.Property.Path`` to the end of its value, or None if it is not in the template."""
    resources = root.entries.get("Resources") if isinstance(root, MappingNode) else None
    steps = path.split(".")
    for start, names in ((resources, steps), (resources, [*steps[:1], "Properties", *steps[1:]]), (root, steps)):
        here, begin = start, None
        for name in names:
            if isinstance(here, MappingNode) and name in here.entries:
                begin, here = here.keys[name], here.entries[name]
            elif isinstance(here, SequenceNode) and name.isdigit() and int(name) < len(here.items):
                here = here.items[int(name)]
                begin = here.span
            else:
                here = None
                break
        if here is not None and begin is not None:
            return (*begin[:2], *here.span[2:])
    return None
