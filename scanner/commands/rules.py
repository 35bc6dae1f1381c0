"""``clearway rules``: listing, showing, testing and checking rules."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanner.policy.load import RuleSet
    from scanner.policy.rule import Rule
    from scanner.policy.trial import Judge
    from scanner.syntax import SyntaxProblem

WELL, FOUND, WRONG = 0, 1, 2
"""Exit statuses: all is well; an example did not go as expected; the usage or a rule file is wrong."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``rules`` with its own commands."""
    parser = subparsers.add_parser("rules", help="list, show, test and check rules")
    commands = parser.add_subparsers(dest="rules_command", required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="list the rules")
    listing.add_argument("-o", "--output", choices=("text", "json"), default="text", help="the format (default: text)")
    show = commands.add_parser("show", help="show what a rule checks, why, and how to mend it")
    show.add_argument("id", metavar="ID", help="the id or the name of a rule")
    test = commands.add_parser("test", help="run the examples of rules")
    test.add_argument("ids", nargs="*", metavar="ID", help="ids, names, tags or the letters of ids (default: all)")
    check = commands.add_parser("check", help="check rule files")
    check.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="rule files or folders (default: all rules)")
    for command in (listing, show, test, check):
        command.add_argument(
            "--rules", action="append", type=Path, default=[], metavar="DIR", help="a further rules folder (repeatable)"
        )
    commands.add_parser("schema", help="print the JSON Schema of rule files, for editors")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs a ``rules`` command: 0 if all is well, 1 if an example went wrong, 2 if usage or a rule is wrong."""
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "show": _show,
        "test": _test,
        "check": _check,
        "schema": _schema,
    }
    return commands[arguments.rules_command](arguments)


def _list(arguments: argparse.Namespace) -> int:
    loaded = _load(arguments.rules)
    if arguments.output == "json":
        keys = ("id", "name", "severity", "title", "applies")
        print(
            json.dumps(
                [{key: getattr(rule, key) for key in keys} for rule in loaded.rules], indent=2, ensure_ascii=False
            )
        )
    else:
        widths = [
            max((len(getattr(rule, key)) for rule in loaded.rules), default=0) for key in ("id", "severity", "name")
        ]
        for rule in loaded.rules:
            print(f"{rule.id:<{widths[0]}}  {rule.severity:<{widths[1]}}  {rule.name:<{widths[2]}}  {rule.title}")
    return _complain(loaded.problems)


def _show(arguments: argparse.Namespace) -> int:
    from scanner.policy.pages import example_names, plain
    from scanner.policy.select import SelectionError, find_rule

    loaded = _load(arguments.rules)
    status = _complain(loaded.problems)
    try:
        rule = find_rule(loaded.rules, arguments.id)
    except SelectionError as error:
        print(f"clearway rules show: {error}", file=sys.stderr)
        return WRONG
    print(plain(rule, example_names(rule, loaded.folders[rule.id])), end="")
    return status


def _test(arguments: argparse.Namespace, judge: Judge | None = None) -> int:
    from scanner.policy.select import SelectionError, select_rules
    from scanner.policy.trial import Outcome, run_examples

    if judge is None:
        from scanner.scan import judge_text

        judge = judge_text
    loaded = _load(arguments.rules)
    status = _complain(loaded.problems)
    try:
        rules = select_rules(loaded.rules, arguments.ids)
    except SelectionError as error:
        print(f"clearway rules test: {error}", file=sys.stderr)
        return WRONG
    run_count = failed = 0
    for outcome in run_examples(rules, loaded.folders, judge):
        if not isinstance(outcome, Outcome):
            print(outcome, file=sys.stderr)
            status = WRONG
            continue
        run_count += 1
        failed += bool(outcome.faults)
        if outcome.faults:
            print(f'{outcome.file}:{outcome.line}: {outcome.rule} "{outcome.case}": {"; ".join(outcome.faults)}')
    ran = f"{_count(run_count, 'example')} of {_count(len(rules), 'rule')}"
    print(f"{ran}: {run_count - failed} as expected, {failed} not")
    return status or (FOUND if failed else WELL)


def _check(arguments: argparse.Namespace) -> int:
    from scanner.policy.examples import check_examples

    loaded = _load_paths(arguments.paths, arguments.rules) if arguments.paths else _load(arguments.rules)
    problems, warnings = list(loaded.problems), []
    for rule in loaded.rules:
        faults, lacks = check_examples(rule, loaded.folders[rule.id])
        problems += faults
        warnings += lacks
    if not arguments.paths:
        problems += _needs()
    for problem in sorted(problems, key=_position):
        print(problem)
    for warning in sorted(warnings, key=_position):
        print(f"{warning.file}:{warning.line}:{warning.column}: warning: {warning.message}")
    rules, faults_found = _count(len(loaded.rules), "rule"), _count(len(problems), "problem")
    print(f"{rules} checked: {faults_found}, {_count(len(warnings), 'warning')}")
    return WRONG if problems else WELL


def _needs() -> list[SyntaxProblem]:
    """What is wrong with the program's own needs files."""
    from scanner.policy.needs import check_needs
    from scanner.topology.iam.needs_data import folder

    return check_needs(folder())


def _schema(_: argparse.Namespace) -> int:
    from scanner.policy.load import SCHEMA_FILE

    print(SCHEMA_FILE.read_text(encoding="utf-8"), end="")
    return WELL


def _load(folders: Sequence[Path]) -> RuleSet:
    from scanner.policy.cache import user_folder
    from scanner.policy.load import load_rules

    return load_rules(folders, cache=user_folder())


def _load_paths(paths: Iterable[Path], folders: Sequence[Path]) -> RuleSet:
    """The rules of some files or folders alone, each below the rules folder that it belongs to."""
    from scanner.data import data_folder
    from scanner.policy.load import RuleSet, compile_files, load_rules, rule_files

    roots = [folder.resolve() for folder in (*folders, data_folder("rules"))]
    rules: list[Rule] = []
    problems: list[SyntaxProblem] = []
    owners: dict[str, Path] = {}
    for path in paths:
        root = next((root for root in roots if root in path.resolve().parents), None)
        if root is None or not path.exists():
            loaded = load_rules([path], builtin=False)
        else:
            found, faults = compile_files(root, rule_files(path.resolve()))
            loaded = RuleSet(found, tuple(faults), {rule.id: root for rule in found})
        problems += loaded.problems
        rules += (rule for rule in loaded.rules if rule.id not in owners)
        owners = {**loaded.folders, **owners}
    return RuleSet(tuple(rules), tuple(problems), owners)


def _complain(problems: Iterable[SyntaxProblem]) -> int:
    status = WELL
    for problem in problems:
        print(problem, file=sys.stderr)
        status = WRONG
    return status


def _position(problem: Any) -> tuple[str, int, int]:
    return problem.file, problem.line, problem.column


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
