"""``clearway scan``: judges templates."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.commands.output import Output, output, write_all
from scanner.commands.remember import Memory, add_history, remembering

if TYPE_CHECKING:
    from scanner.policy.rule import Rule
    from scanner.scan import Input
    from scanner.sources.cloudformation import Parameters
    from scanner.syntax import SyntaxProblem

CLEAN, FOUND, WRONG = 0, 1, 2
SEVERITIES = ("high", "medium", "low")

EXAMPLES = """\
examples:
  clearway scan templates/
  clearway scan service.yaml --parameters prod.json --region eu-central-1
  clearway scan . -o text -o html=report.html -o sarif=results.sarif
  clearway scan . --select NET --ignore NET004 --fail-on medium
  clearway scan account.json
  clearway scan templates/ --history nights.db -o html=report.html

A format without a file goes to standard output. Files that are no templates are skipped with a note.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``scan``."""
    parser = subparsers.add_parser(
        "scan",
        help="judge templates and snapshots of accounts",
        description="Judges CloudFormation templates (YAML and JSON) and snapshots of accounts by the rules.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a template, a snapshot, or a folder with templates")
    add_reports(parser)
    add_rules(parser)
    add_values(parser)
    _add_files(parser)
    add_history(parser)
    parser.set_defaults(run=run)


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Adds the options of reports, for all commands that judge."""
    group = parser.add_argument_group("reports")
    group.add_argument(
        "-o",
        "--output",
        action="append",
        type=output,
        default=[],
        metavar="FORMAT[=FILE]",
        help="text (the default), json, sarif, sarif-full or html; repeatable",
    )
    group.add_argument("--all-verdicts", action="store_true", help="report what passes, too")
    group.add_argument(
        "--fail-on", choices=SEVERITIES, default="low", help="least severity of a finding that makes the exit status 1"
    )
    group.add_argument("--fail-on-undecided", action="store_true", help="exit with 1 also for what is undecided")
    group.add_argument("--exit-zero", action="store_true", help="exit with 0 in spite of findings")
    group.add_argument("--colour", "--color", choices=("auto", "always", "never"), default="auto")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes about skipped files")


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Adds the options that choose rules, for all commands that judge."""
    group = parser.add_argument_group("rules")
    group.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="RULE,...",
        help="only these: ids, names, tags, or letters of ids",
    )
    group.add_argument("--ignore", action="append", default=[], metavar="RULE,...", help="all but these")
    group.add_argument("--rules", action="append", type=Path, default=[], metavar="DIR", help="a further rules folder")
    group.add_argument(
        "--rule-parameter",
        action="append",
        default=[],
        metavar="RULE.NAME=VALUE",
        help="a rule's parameter: HC006.minimum_seconds=30",
    )


def add_values(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say what templates do not: parameters, account and region."""
    group = parser.add_argument_group("values of the templates")
    group.add_argument(
        "--parameters", action="append", type=Path, default=[], metavar="FILE", help="a CloudFormation parameter file"
    )
    group.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter's value")
    group.add_argument("--account", default="", metavar="ID", help="the account it is deployed to (AWS::AccountId)")
    group.add_argument("--region", default="", metavar="NAME", help="the region it is deployed to (AWS::Region)")
    group.add_argument(
        "--closed", action="store_true", help="the scan is everything there is: what it does not hold does not exist"
    )


def _add_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="PATH",
        help="what the templates refer to, without reporting on it: a snapshot of an account, templates, or a folder",
    )
    group.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="files and folders to pass over")
    group.add_argument(
        "--siblings",
        action="store_true",
        help="take the other templates of the git repository as context, without reporting on them",
    )
    group.add_argument(
        "--link",
        action="append",
        default=[],
        metavar="STACK=FILE",
        help="the name of the stack that a template is deployed as: settles which exports belong to it",
    )
    group.add_argument("--max-file-size", type=int, metavar="BYTES", help="the greatest template to read")
    group.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (default: one for each processor)")


def run(arguments: argparse.Namespace) -> int:
    """Scans and reports: 0 if there are no findings, 1 if there are, 2 if something could not be read."""
    return remembering(arguments, _run)


def _run(arguments: argparse.Namespace, memory: Memory) -> int:
    from scanner.commands.progress import Progress
    from scanner.scan import Input, Options, collect_seldom, scan
    from scanner.sources.discover import SNAPSHOT, discover
    from scanner.syntax import SyntaxProblem
    from scanner.syntax.read import MAX_BYTES

    try:
        rules, rule_problems = rules_of(arguments)
        parameters = parameters_of(arguments)
        links = {file: name for name, file in assigned("--link", arguments.link).items()}
    except (UsageError, SyntaxProblem) as error:
        print(f"clearway: {error}", file=sys.stderr)
        return WRONG
    most = arguments.max_file_size or MAX_BYTES
    named = not arguments.siblings  # a commit names whatever it changes
    found = discover(arguments.paths, exclude=arguments.exclude, max_bytes=most, named_snapshots=named)
    inputs = [Input(file.display, file.text, file.kind) for file in found.files]
    deployed = dict(found.deployed)
    if arguments.siblings:
        from scanner.sources.siblings import siblings

        known = {file.display for file in found.files}
        context = discover(siblings(arguments.paths), exclude=arguments.exclude, max_bytes=most)
        deployed = {**context.deployed, **deployed}
        inputs += [
            Input(file.display, file.text, file.kind, is_context=True)
            for file in context.files
            if file.display not in known
        ]
    beside, problems = context_of(arguments, most, {one.name for one in inputs})
    inputs += beside
    options = Options(rules, parameters, arguments.closed, arguments.all_verdicts, links, deployed, arguments.jobs)
    collect_seldom()
    progress = Progress(quiet=arguments.quiet)
    document = scan(
        inputs,
        options,
        problems=(*rule_problems, *found.problems, *problems),
        notes=found.notes,
        progress=progress.show,
        memory=memory.judged,
    )
    progress.end()
    if document.get("accounts"):
        from scanner.mapped import show_in_templates

        stacks = {**{file: one.stack for file, one in deployed.items()}, **links}
        texts = {one.name: one.text for one in inputs if one.kind != SNAPSHOT}
        show_in_templates(document, texts, parameters, stacks)  # what cannot be read is an error of the scan already
    document = memory.keep(document, arguments.paths, _apart(arguments))
    if not write_all(arguments.output or [Output("text")], document, arguments.colour, quiet=arguments.quiet):
        return WRONG
    return status_of(document, arguments)


def _apart(arguments: argparse.Namespace) -> list[str]:
    """What tells scans of the same paths from each other: for whom the templates are judged."""
    files = [f"with {path}" for path in sorted(map(str, arguments.parameters))]
    places = [word for word in (arguments.account, arguments.region) if word]
    return [*files, *(["in", *places] if places else [])]


def context_of(arguments: argparse.Namespace, most: int, known: set[str]) -> tuple[list[Input], list[SyntaxProblem]]:
    """What --context names: snapshots, templates, or folders with them. A file that is neither is a problem."""
    from scanner.scan import Input
    from scanner.sources.discover import discover
    from scanner.syntax import SyntaxProblem

    inputs: dict[str, Input] = {}
    problems: list[SyntaxProblem] = []
    for path in arguments.context:
        found = discover([path], exclude=arguments.exclude, max_bytes=most, snapshots=True)
        problems += found.problems
        if not found.files and not found.problems and not Path(path).is_dir():
            problems.append(SyntaxProblem(path, 1, 1, "neither a snapshot nor a template"))
        for file in found.files:
            if file.display not in known:
                inputs.setdefault(file.display, Input(file.display, file.text, file.kind, is_context=True))
    return list(inputs.values()), problems


class UsageError(Exception):
    """An option that makes no sense, with what is wrong about it."""


def rules_of(arguments: argparse.Namespace) -> tuple[tuple[Rule, ...], tuple[SyntaxProblem, ...]]:
    """The rules that are chosen, and what is wrong with rule files. Raises UsageError."""
    from scanner.policy.cache import user_folder
    from scanner.policy.load import load_rules
    from scanner.policy.parameters import from_text
    from scanner.policy.select import SelectionError, find_rule, select_rules, with_parameters

    loaded = load_rules(arguments.rules, cache=user_folder())
    rules = {rule.id: rule for rule in loaded.rules}
    try:
        for assigned in arguments.rule_parameter:
            name, equals, value = assigned.partition("=")
            id, dot, parameter = name.partition(".")
            if not (equals and dot):
                raise UsageError(f"--rule-parameter {assigned}: write RULE.NAME=VALUE")
            rule = find_rule(tuple(rules.values()), id)
            types = {known.name: known.type for known in rule.parameters}
            try:
                rules[rule.id] = with_parameters(rule, {parameter: from_text(types.get(parameter, "text"), value)})
            except ValueError as error:
                raise UsageError(f"--rule-parameter {assigned}: {error}") from None
        selected = select_rules(tuple(rules.values()), _listed(arguments.select), _listed(arguments.ignore))
    except SelectionError as error:
        raise UsageError(str(error)) from None
    return tuple(selected), loaded.problems


def _listed(values: Sequence[str]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def parameters_of(arguments: argparse.Namespace) -> Parameters:
    """What is given for parameters. Raises UsageError, and SyntaxProblem for a parameter file."""
    from scanner.sources.cloudformation import Parameters, read_parameter_file
    from scanner.syntax import read_text

    given = Parameters(account=arguments.account, region=arguments.region)
    for path in arguments.parameters:
        given = given.merged(read_parameter_file(read_text(path), str(path)), f"from {path}")
    return given.merged(assigned("--set", arguments.set), "given with --set")


def assigned(option: str, given: Sequence[str]) -> dict[str, str]:
    """The values of a repeatable NAME=VALUE option."""
    values = {}
    for assigned in given:
        name, equals, value = assigned.partition("=")
        if not equals:
            raise UsageError(f"{option} {assigned}: write NAME=VALUE")
        values[name] = value
    return values


def status_of(document: dict[str, Any], arguments: argparse.Namespace) -> int:
    """The exit status that a result document comes to."""
    if document["errors"]:
        return WRONG
    counted = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    findings = document["summary"]["findings"]
    bad = any(findings[name] for name in counted)
    bad = bad or (arguments.fail_on_undecided and document["summary"]["undecided"] > 0)
    return FOUND if bad and not arguments.exit_zero else CLEAN
