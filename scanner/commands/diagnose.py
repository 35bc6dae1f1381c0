"""``clearway diagnose``: what a message of ECS means, and what caused it."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.commands.login import add_login, read_live
from scanner.commands.scan import UsageError, add_rules, add_values, context_of, parameters_of, rules_of

if TYPE_CHECKING:
    from scanner.scan import Input

ANSWERED, FOUND, WRONG = 0, 1, 2
LIVE = "the live account"
SHORT = 80
"""Characters of a message that is repeated in commands; a longer one is not."""

ABOUT = """\
Takes what ECS says when something fails, an event of a service or the reason of a stopped task, tells what it means,
runs the rules that can explain it on that service, and answers with the cause, or with what is ruled out and what is
left to look at. Without a message, those are taken that the service has had.
"""
EXAMPLES = """\
examples:
  clearway diagnose "(service web) (port 8080) is unhealthy in (target-group web) due to (reason Request timed out)"
  clearway diagnose "Task failed ELB health checks in (target-group web)" templates/ --service Web
  clearway diagnose --cluster shop --service web --profile audit --regions eu-west-1
  clearway diagnose account.json --service web
  aws ecs describe-services --cluster shop --services web --query 'services[].events[0].message' --output text |
    clearway diagnose - service.yaml

A template or a snapshot is judged where a PATH names it; a live account where a profile, a region, a role or, without
PATH, a service or cluster is named. With neither, only the meaning of the message is told. The message's own service,
target group, port and instance narrow what is judged; --service and --cluster outweigh it.

exit status:
  0  answered, and no cause is proven    1  a cause is found
  2  wrong usage, unreadable input, no such service, or no message that is known
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``diagnose``."""
    parser = subparsers.add_parser(
        "diagnose",
        help="tell what a message of ECS means, and what caused it",
        description=ABOUT,
        epilog=EXAMPLES,
        usage="clearway diagnose [MESSAGE] [PATH ...] [options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="MESSAGE, PATH",
        help="the message (- reads it, or several lines, from standard input), then templates, snapshots or folders",
    )
    parser.add_argument("--service", default="", metavar="NAME", help="the service: its name, logical id or ARN")
    parser.add_argument("--cluster", default="", metavar="NAME", help="the cluster: its name, logical id or ARN")
    parser.add_argument(
        "--hours", type=float, default=24, metavar="N", help="how far back events and stopped tasks count (default: 24)"
    )
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="the form (default: text)")
    parser.add_argument("--colour", "--color", choices=("auto", "always", "never"), default="auto")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    add_login(parser)
    add_rules(parser)
    add_values(parser)
    parser.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="PATH",
        help="what the templates refer to: a snapshot of an account, templates, or a folder",
    )
    parser.set_defaults(run=run)
    _take_words_anywhere(parser)


def _take_words_anywhere(parser: argparse.ArgumentParser) -> None:
    """Lets words stand behind options as well, which argparse takes for too many."""
    parse = parser.parse_known_args

    def parse_all(args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        found, rest = parse(args, namespace)
        found.words += [word for word in rest if not word.startswith("-")]
        return found, [word for word in rest if word.startswith("-")]

    parser.parse_known_args = parse_all  # type: ignore[method-assign]


def run(arguments: argparse.Namespace) -> int:
    """Answers: 1 if a cause is found, 2 if the usage or an input is wrong or the message is not known, else 0."""
    from scanner.syntax import SyntaxProblem

    try:
        document = _answered(arguments)
    except (UsageError, SyntaxProblem) as error:
        print(f"clearway: {error}", file=sys.stderr)
        return WRONG
    _show(document, arguments)
    if document["verdict"] == "unknown" or any("api" not in error for error in document["errors"]):
        return WRONG  # a call that failed makes what hangs on it undecided, which the answer says
    return FOUND if document["verdict"] == "found" else ANSWERED


def _answered(arguments: argparse.Namespace) -> dict[str, Any]:
    from scanner.diagnose import Ask, NoSuchService, Wanted, diagnose, explain
    from scanner.diagnose.heard import given
    from scanner.scan import Input, Options
    from scanner.sources.discover import SNAPSHOT

    said, paths = _split(arguments.words)
    heard = given(sys.stdin.read() if said == "-" else said) if said else ()
    if said and not heard:
        raise UsageError("there is no message to explain: standard input is empty")
    rules, problems = rules_of(arguments)
    wanted = Wanted(arguments.service, arguments.cluster, arguments.hours)
    ask = Ask(heard, rules, wanted, _spoken(said))
    is_live = bool(arguments.profile or arguments.regions or arguments.role_arn)
    is_live = is_live or (not paths and bool(arguments.service or arguments.cluster))
    if not paths and not is_live:
        if not said:
            raise UsageError("say what: a message, or --cluster and --service of a live account, or a snapshot")
        return {**explain(ask), "errors": [_error(problem) for problem in problems]}
    if heard and not ask.is_known:
        return explain(ask)
    inputs, wrong, notes = _inputs(arguments, paths)
    if is_live:
        text, refused = read_live(arguments)
        if refused:
            raise UsageError("; ".join(refused))
        inputs.append(Input(LIVE, text, SNAPSHOT))
    if not inputs and not wrong:
        why = "".join(f"; {name}: {note}" for name, note in notes)
        raise UsageError(f"nothing in {', '.join(paths)} is a template or a snapshot{why}")
    if not heard and not wrong and all(one.kind != SNAPSHOT for one in inputs):
        raise UsageError("a template has no events: say what the message is")
    options = Options(rules, parameters_of(arguments), arguments.closed)
    try:
        return diagnose(ask, inputs, options, problems=(*problems, *wrong))
    except NoSuchService as error:
        _tell(error.errors)
        raise UsageError(str(error)) from None


def _spoken(said: str) -> str:
    """The message as a command has it; a word for a long one."""
    return "" if not said else said if said == "-" else shlex.quote(said) if len(said) <= SHORT else "MESSAGE"


def _split(words: list[str]) -> tuple[str, list[str]]:
    """The message and the paths: the message is the first word that is neither a file nor a folder, if it comes first
    or is several words."""
    for at, word in enumerate(words):
        if (at == 0 or " " in word.strip()) and not _exists(word):
            return word, [*words[:at], *words[at + 1 :]]
    return "", words


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return False


def _inputs(arguments: argparse.Namespace, paths: list[str]) -> tuple[list[Input], list[Any], Any]:
    """What is judged, what of it is wrong, and notes about what is passed over."""
    from scanner.scan import Input
    from scanner.sources.discover import discover
    from scanner.syntax.read import MAX_BYTES

    found = discover(paths, max_bytes=MAX_BYTES, named_snapshots=True)
    inputs = [Input(file.display, file.text, file.kind) for file in found.files]
    arguments.exclude = []
    beside, problems = context_of(arguments, MAX_BYTES, {one.name for one in inputs})
    return [*inputs, *beside], [*found.problems, *problems], found.notes


def _error(problem: Any) -> dict[str, Any]:
    from scanner.results import error_of

    return error_of(problem)


def _show(document: dict[str, Any], arguments: argparse.Namespace) -> None:
    from scanner.commands.output import coloured, width
    from scanner.render.diagnosis import as_json, render

    if arguments.output == "json":
        sys.stdout.write(as_json(document))
        _tell(document["errors"])
        return
    sys.stdout.write(render(document, colour=coloured(arguments.colour), width=width()))


def _tell(errors: Iterable[Mapping[str, Any]]) -> None:
    for error in errors:
        print(f"{error['file']}:{error['line']}:{error['column']}: {error['message']}", file=sys.stderr)
