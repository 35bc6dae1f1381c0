"""``clearway iam``: the least policies that suffice."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.commands.scan import UsageError, add_values, context_of, parameters_of

if TYPE_CHECKING:
    from scanner.analysis.iam.results import Need
    from scanner.model import ResourceGraph
    from scanner.scan import Input
    from scanner.sources.assembly import Deployed
    from scanner.sources.cloudformation import Parameters
    from scanner.syntax import SyntaxProblem
    from scanner.topology.iam.policy import LeastPolicy

WELL, WRONG = 0, 2
FORMATS = ("json", "cloudformation", "terraform")
ABOUT = """\
Prints the least policy that suffices for each role of a template: that of a state machine, that by which a rule or
schedule starts something, and the execution role of a task definition. By default it is what AWS documents for each
integration; --tightest leaves out whatever works without.
"""
EXAMPLES = """\
examples:
  clearway iam policy workflow.yaml
  clearway iam policy workflow.yaml --machine Nightly -o cloudformation
  clearway iam policy workflow.yaml --tightest --region eu-central-1 --account 111122223333

What a policy names and the template does not tell stands as <NAME>; standard error says what it stands for. The form
for CloudFormation has references in its place, and is pasted below Resources of that template, where it takes the
place of the Policies of the role.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``iam`` with its own commands."""
    parser = subparsers.add_parser("iam", help="print the least policies that suffice")
    commands = parser.add_subparsers(dest="iam_command", required=True, metavar="COMMAND")
    policy = commands.add_parser(
        "policy",
        help="print the least policy of each role",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    policy.add_argument("template", metavar="TEMPLATE", help="a template, or a folder with templates")
    policy.add_argument(
        "--machine", default="", metavar="ID", help="only for this state machine: its logical id or name"
    )
    policy.add_argument("--tightest", action="store_true", help="leave out whatever works without")
    policy.add_argument("-o", "--output", choices=FORMATS, default="json", help="the form (default: json)")
    add_values(policy)
    policy.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="PATH",
        help="what the template refers to: a snapshot of an account, templates, or a folder",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the policies: 0 if they could be made, 2 if the usage or a template is wrong."""
    from scanner.scan import Input
    from scanner.sources.discover import discover
    from scanner.syntax import SyntaxProblem
    from scanner.syntax.read import MAX_BYTES

    try:
        parameters = parameters_of(arguments)
    except (UsageError, SyntaxProblem) as error:
        print(f"clearway: {error}", file=sys.stderr)
        return WRONG
    arguments.exclude = []
    found = discover([arguments.template], max_bytes=MAX_BYTES)
    inputs = [Input(file.display, file.text, file.kind) for file in found.files]
    beside, problems = context_of(arguments, MAX_BYTES, {one.name for one in inputs})
    problems = [*found.problems, *problems]
    for name, why in found.notes if not inputs else ():
        print(f"{name}: {why}", file=sys.stderr)
    made = list(_graphs([*inputs, *beside], parameters, found.deployed, problems, closed=arguments.closed))
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems and not made:
        return WRONG
    return max(_print(arguments, made), WRONG if problems else WELL)


def _graphs(
    inputs: Sequence[Input],
    given: Parameters,
    deployed: Mapping[str, Deployed],
    problems: list[SyntaxProblem],
    *,
    closed: bool,
) -> Iterator[ResourceGraph]:
    """A graph for each stack of the templates, with what they refer to; problems of files are added to a list."""
    from scanner.model import Module, ResourceGraph
    from scanner.sources.cloudformation import Library, read_root
    from scanner.sources.discover import SNAPSHOT
    from scanner.syntax import SyntaxProblem

    accounts = None
    snapshots = {one.name: one.text for one in inputs if one.kind == SNAPSHOT}
    if snapshots:
        from scanner.sources.snapshot import Context, read_all

        read, faults = read_all(snapshots)
        problems += faults
        accounts = read.at(given.account, given.region)
        given = replace(given, context=accounts)
    roots = {}
    for one in inputs:
        if one.kind != SNAPSHOT:
            try:
                roots[one.name] = read_root(one.text, one.name, problems)
            except SyntaxProblem as problem:
                problems.append(problem)
    judged = {one.name for one in inputs if not one.is_context}
    stacks = {file: one.stack for file, one in deployed.items() if one.stack}
    places = {file: (one.account, one.region) for file, one in deployed.items()}
    for stack in Library(roots, given, stacks, places).stacks():
        names = frozenset(template.name for template in stack.templates if template.file in judged)
        if not names:
            continue
        templates = (*stack.templates, *stack.context)
        modules: list[Module] = [*templates, *(accounts.modules if accounts is not None else ())]
        context = Context(accounts, templates) if accounts is not None else None
        yield ResourceGraph(modules, stack.world, closed=closed, judged=names, context=context)


def _print(arguments: argparse.Namespace, graphs: Sequence[ResourceGraph]) -> int:
    from scanner.render.policies import shown
    from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST
    from scanner.topology.iam.policy import every_case, every_machine

    known = sorted({names for graph in graphs for names in every_machine(graph)})
    wanted = [names for names in known if arguments.machine in names]
    if arguments.machine and not wanted:
        there = ", ".join(names[0] for names in known)
        said = f"the state machines are {there}" if there else "there is none"
        print(f"clearway iam policy: there is no state machine {arguments.machine}: {said}", file=sys.stderr)
        return WRONG
    baseline = TIGHTEST if arguments.tightest else DOCUMENTED
    policies = [policy for graph in graphs for policy in every_case(graph, baseline, arguments.machine)]
    found = shown(policies, arguments.output)
    if policies or arguments.output == "json":
        print(found.text, end="")
    if not policies:
        said = "no state machine, and nothing else that takes a role whose needs are known"
        print(f"clearway iam policy: {arguments.template} has {said}", file=sys.stderr)
    _explain(policies, found.placeholders)
    return WELL


def _explain(policies: Sequence[LeastPolicy], placeholders: Mapping[str, str]) -> None:
    """Says on standard error what the policies leave open."""
    from scanner.model import Unknown
    from scanner.render.policies import INLINE, MANAGED, size

    for mark, about in placeholders.items():
        print(f"{mark}: {about}", file=sys.stderr)
    for policy in policies:
        sure = {need.action for need in policy.needs}
        grouped: dict[tuple[object, ...], list[Need]] = {}
        for need in policy.perhaps:
            # That an action is needed on what is not known is said by its placeholder already.
            if need.action not in sure or all(fact.value != "*" for fact in need.resources):
                keys = [fact.value.key for fact in need.resources if isinstance(fact.value, Unknown)]
                kind = keys[0][::2] if keys and isinstance(keys[0], tuple) else ()
                grouped.setdefault((need.action, *kind), []).append(need)
        for (action, *_), (first, *others) in grouped.items():
            reasons = [fact.value.reason for fact in first.resources if isinstance(fact.value, Unknown)]
            why = f": {reasons[0]}" if reasons else ""
            more = f", and {len(others)} more" if others else ""
            print(f"{policy.name} may need {action} as well ({first.why}{more}){why}", file=sys.stderr)
        for unknown in policy.unknown:
            print(f"{policy.name} may need more: {unknown.reason}", file=sys.stderr)
        length, most = size(policy), INLINE if policy.role is not None else MANAGED
        if length > most:
            said = f"it has {length:,} characters, and AWS takes {most:,}"
            print(f"the policy of {policy.name} is too large: {said}", file=sys.stderr)
