"""``clearway account``: judges live accounts, writes snapshots of them, and prints the policy to read them with."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.commands.output import Output, write_all
from scanner.commands.remember import Memory, add_history, remembering
from scanner.commands.scan import UsageError, add_reports, add_rules, assigned, rules_of, status_of

if TYPE_CHECKING:
    from scanner.fleet.engine import Chosen
    from scanner.fleet.outcome import Outcome
    from scanner.sources.account.accounts import Told
    from scanner.sources.account.login import Refused

WELL, WRONG = 0, 2
ALL = "all"
MOST_WORKERS = 10_000
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)*-\d+")
_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/.+")

EXAMPLES = """\
examples:
  clearway account scan --profile audit --regions eu-west-1,eu-central-1
  clearway account scan --organization --role-name ClearwayScan -o html=report.html
  clearway account scan --organization --role-name ClearwayScan --engine dask://scheduler:8786 --history nights.db
  clearway account snapshot account.json && clearway scan template.yaml --context account.json
  clearway account policy -o cloudformation --trust 111122223333 --external-id nightly > role.json

Nothing is changed in an account, and no secret is kept: environment values and user data are dropped as they are read.
What could not be read is listed, whatever hangs on it is undecided, and the exit status is 2.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``account`` with its own commands."""
    parser = subparsers.add_parser(
        "account",
        help="judge live accounts, and write snapshots of them",
        description="Reads live AWS accounts.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="account_command", required=True, metavar="COMMAND")
    scan = commands.add_parser("scan", help="judge what exists in accounts")
    _add_whose(scan)
    _add_engine(scan)
    _add_templates(scan)
    add_reports(scan)
    add_rules(scan)
    add_history(scan)
    scan.set_defaults(run=_scan)
    snapshot = commands.add_parser("snapshot", help="write what exists in accounts to a file, as context of scans")
    snapshot.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    snapshot.add_argument("--force", action="store_true", help="write it although it is there already")
    snapshot.add_argument("-q", "--quiet", action="store_true", help="no progress")
    _add_whose(snapshot)
    snapshot.set_defaults(run=_snapshot)
    policy = commands.add_parser("policy", help="print the least policy that an account can be read with")
    policy.add_argument(
        "-o",
        "--output",
        choices=("json", "cloudformation"),
        default="json",
        help="the policy alone (json, the default), or a template of a role that has it",
    )
    policy.add_argument("--trust", default="", metavar="ACCOUNT", help="the account that may assume the role")
    policy.add_argument("--external-id", default="", metavar="ID", help="what it must say to assume it")
    policy.set_defaults(run=_policy)


def _add_whose(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("accounts")
    group.add_argument(
        "--profile", default="", metavar="NAME", help="the profile to read with, or to assume roles with"
    )
    group.add_argument(
        "--regions",
        default=ALL,
        metavar="NAME,...",
        help="the regions, or all (the default): those that are enabled and hold a load balancer, a cluster or a state "
        "machine",
    )
    who = group.add_mutually_exclusive_group()
    who.add_argument(
        "--role-arn",
        action="append",
        default=[],
        metavar="ARN",
        help="a role to assume, in the account to read; repeatable (default: the account of the credentials)",
    )
    who.add_argument("--organization", action="store_true", help="all active accounts of the organization")
    group.add_argument("--role-name", default="", metavar="NAME", help="the role in each account of the organization")
    group.add_argument("--accounts", default="", metavar="ID,...", help="of the organization, only these")
    group.add_argument("--external-id", default="", metavar="ID", help="what to say when a role is assumed")


def _add_templates(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where findings are shown")
    group.add_argument(
        "--templates",
        action="append",
        default=[],
        metavar="PATH",
        help="templates, or folders of them: findings on what they made are shown in their lines; repeatable",
    )
    group.add_argument(
        "--link",
        action="append",
        default=[],
        metavar="STACK=FILE",
        help="the name of the stack that a template is deployed as, where several have the same logical ids",
    )


def _add_engine(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("many accounts")
    group.add_argument(
        "--engine",
        type=_engine,
        default="threads",
        metavar="ENGINE",
        help="who reads: threads of this machine (the default), or the workers of a Dask scheduler: dask://HOST:PORT",
    )
    group.add_argument(
        "--workers",
        type=_workers,
        default=0,
        metavar="N",
        help="accounts to read at a time (default: 4); of Dask, the workers to wait for (default: 1)",
    )


def _engine(text: str) -> Chosen:
    from scanner.fleet.engine import chosen

    try:
        return chosen(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _workers(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text}: write a number from 1 to {MOST_WORKERS:,}")
    return int(text)


def _policy(arguments: argparse.Namespace) -> int:
    from scanner.sources.account import policy

    if arguments.trust and not (arguments.trust.isdigit() and len(arguments.trust) == 12):
        return _complain(f"--trust {arguments.trust}: write the twelve digits of an account")
    if arguments.output == "json" and (arguments.trust or arguments.external_id):
        return _complain("--trust and --external-id are for a role: add -o cloudformation")
    template = arguments.output == "cloudformation"
    text = policy.as_template(arguments.trust, arguments.external_id) if template else policy.as_json()
    print(text, end="")
    return WELL


def _snapshot(arguments: argparse.Namespace) -> int:
    from scanner.sources.account.login import LoginError
    from scanner.sources.account.write import InvalidEntry, write_snapshot

    if arguments.file.exists() and not arguments.force:
        return _complain(f"{arguments.file} is there already; --force writes it anew")
    try:
        read = _Read(arguments, _now())
        held = write_snapshot(arguments.file, read.entries(), read.taken_at)
    except (UsageError, LoginError, InvalidEntry) as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"{arguments.file}: {error.strerror or error}")
    for line in read.unread:
        print(line, file=sys.stderr)
    if not held:
        why = "nothing could be read" if read.unread else "no region holds anything to write"
        return _complain(f"{why}; {arguments.file} is not written")
    return WRONG if read.unread else WELL


def _scan(arguments: argparse.Namespace) -> int:
    return remembering(arguments, _judge)


def _judge(arguments: argparse.Namespace, memory: Memory) -> int:
    from uuid import uuid4

    from scanner.fleet.engine import EngineError
    from scanner.fleet.gather import Gathered
    from scanner.fleet.job import Job, packed_rules
    from scanner.fleet.scan import scan_fleet
    from scanner.results import error_of
    from scanner.sources.account.login import LoginError, made_clients, targets
    from scanner.syntax import SyntaxProblem

    try:
        rules, problems = rules_of(arguments)
        read = _Read(arguments, _now())
        engine = arguments.engine.made(arguments.workers)
        templates = _Templates(arguments)
        wanted = targets(made_clients(arguments.profile), read.whose)
    except (UsageError, LoginError, SyntaxProblem, EngineError) as error:
        return _complain(str(error))
    job = Job(
        scan=uuid4().hex,
        rules=packed_rules(rules),
        taken_at=read.taken_at,
        profile=arguments.profile,
        regions=read.regions,
        all_verdicts=arguments.all_verdicts,
        with_history=memory.judged is not None,
    )
    gathered = Gathered()
    errors = [error_of(problem) for problem in problems]

    def tell(outcome: Outcome) -> None:
        for line in outcome.lines:
            read.say(line)

    try:
        scan_fleet(wanted, engine, job, gathered, keep=memory.take, tell=tell)
    except EngineError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        if memory.judged is not None:
            said = f"the scan was interrupted: {len(gathered.accounts)} of {len(wanted)} accounts were read"
            errors.append({"file": "aws", "line": None, "column": None, "message": said})
            memory.keep(gathered.document(rules, errors), scope=_scope(arguments))
            print(f"clearway: {said}, which {arguments.history} has as an incomplete scan", file=sys.stderr)
        raise
    document = templates.shown(gathered.document(rules, [*errors, *templates.errors]))
    document = memory.keep(document, scope=_scope(arguments))
    if not write_all(arguments.output or [Output("text")], document, arguments.colour, quiet=arguments.quiet):
        return WRONG
    return status_of(document, arguments)


def _scope(arguments: argparse.Namespace) -> str:
    """What this scan is compared with in the history: earlier ones of the same accounts and regions."""
    from scanner.history.scanned import shortened

    whose = "the organization" if arguments.organization else ", ".join(sorted(arguments.role_arn))
    words = [whose or "the account of the credentials"]
    words += [f"accounts {arguments.accounts}"] if arguments.accounts else []
    words += [f"profile {arguments.profile}"] if arguments.profile else []
    words += ["all regions" if arguments.regions == ALL else f"regions {arguments.regions}"]
    return shortened(", ".join(words))


class _Templates:
    """The templates that findings are shown in."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Raises UsageError."""
        self.errors: list[dict[str, Any]] = []
        self._texts: dict[str, str] = {}
        self._stacks: dict[str, str] = {}
        if not arguments.templates:
            if arguments.link:
                raise UsageError("--link is for --templates: it names the stack that one of them is deployed as")
            return
        from scanner.results import error_of
        from scanner.sources.discover import SNAPSHOT, discover

        found = discover(arguments.templates)
        self.errors += [error_of(problem) for problem in found.problems]
        self._texts = {file.display: file.text for file in found.files if file.kind != SNAPSHOT}
        self._stacks = {file: one.stack for file, one in found.deployed.items()}
        self._stacks |= {file: name for name, file in assigned("--link", arguments.link).items()}
        unknown = next((file for file in self._stacks if file not in self._texts and file not in found.deployed), None)
        if unknown is not None:
            raise UsageError(f"--link: {unknown} is none of the templates that --templates names")

    def shown(self, document: dict[str, Any]) -> dict[str, Any]:
        """A result document with its findings in the templates, where it is plain in which."""
        from scanner.mapped import show_in_templates
        from scanner.results import error_of
        from scanner.sources.cloudformation import Parameters

        problems = show_in_templates(document, self._texts, Parameters(), self._stacks)
        document["errors"] += [error_of(problem) for problem in problems]
        document["inputs"] += [{"path": file, "kind": "cloudformation", "role": "context"} for file in self._texts]
        return document


class _Read:
    """Accounts that are being read, with what is told on the way."""

    def __init__(self, arguments: argparse.Namespace, now: str) -> None:
        from scanner.sources.account.login import Whose

        if arguments.organization and not arguments.role_name:
            raise UsageError("--organization needs --role-name: the role to assume in each account")
        if not arguments.organization and (arguments.role_name or arguments.accounts):
            raise UsageError("--role-name and --accounts are for --organization")
        for arn in arguments.role_arn:
            if not _ROLE.fullmatch(arn):
                raise UsageError(f"--role-arn {arn}: write arn:aws:iam::111122223333:role/NAME")
        self.taken_at = now
        self.whose = Whose(
            roles=tuple(arguments.role_arn),
            organization=arguments.organization,
            role_name=arguments.role_name,
            external_id=arguments.external_id,
            only=_listed(arguments.accounts),
        )
        self.regions = _regions(arguments.regions)
        self.unread: list[str] = []
        """What could not be read, a line each."""
        self._arguments = arguments

    def entries(self) -> Iterator[dict[str, Any]]:
        """The accounts and regions, as a snapshot has them. Raises LoginError."""
        from scanner.sources.account.accounts import read_accounts
        from scanner.sources.account.login import made_clients

        return read_accounts(made_clients(self._arguments.profile), self.whose, self.regions, self._told())

    def _told(self) -> Told:
        from scanner.sources.account.accounts import Told, failed_calls

        def refused(one: Refused) -> None:
            self.unread.append(str(one))

        def collected(entry: dict[str, Any]) -> None:
            where = f"account {entry['account']}, region {entry['region']}"
            failed = failed_calls(entry)
            self.unread.extend(failed)
            calls = f", {len(failed)} {'call' if len(failed) == 1 else 'calls'} failed" if failed else ""
            self.say(f"{where}: {len(entry['resources']):,} resources{calls}")

        def skipped(account: str, regions: Sequence[str]) -> None:
            self.say(f"account {account}: no load balancer, cluster or state machine in {', '.join(regions)}")

        return Told(refused, skipped, collected)

    def say(self, line: str) -> None:
        """Tells what goes on, unless that is not wanted."""
        if not self._arguments.quiet:
            print(line, file=sys.stderr, flush=True)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _regions(text: str) -> tuple[str, ...]:
    """The regions that are named; none for all of them. Raises UsageError."""
    names = _listed(text)
    if names == (ALL,):
        return ()
    wrong = next((name for name in names if not _REGION.fullmatch(name)), None if names else "nothing")
    if wrong is not None:
        raise UsageError(f"--regions: {wrong} is no name of a region: write eu-west-1,us-east-1, or {ALL}")
    return tuple(dict.fromkeys(names))


def _now() -> str:
    import datetime

    from scanner.sources.account.found import time_text

    return time_text(datetime.datetime.now(datetime.timezone.utc))


def _complain(message: str) -> int:
    print(f"clearway: {message}", file=sys.stderr)
    return WRONG
