"""``clearway probe``: the two steps that only trying tells: asking a target, and creating a network interface."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scanner.commands.login import FORMAT, add_login, now_text, regions_of, whose_of
from scanner.commands.output import Output, write_all
from scanner.commands.scan import UsageError, add_reports, status_of

if TYPE_CHECKING:
    from scanner.probe.targets import Check

WRONG = 2
NOBODY = ("000000000000", "none")
"""The account and region of what is asked without an account."""
HTTP_RULE, INTERFACE_RULE = "APP007", "RUN014"

ABOUT = """\
Tries what no configuration tells. A scan never does: nothing is asked and nothing is created but by this command.
"""
HTTP = """\
Asks targets for their health-check path, as their load balancer does: GET over HTTP/1.1, no redirect followed, no
certificate verified, an answer within the timeout; judged by rule APP007. Run it where the targets let you in, such as
on a machine with the security group of the load balancer: a target that cannot be connected to is undecided.
"""
INTERFACE = """\
Asks EC2 whether a network interface can be created in a subnet; judged by rule RUN014. By default nothing is created: a
dry run proves that it may be asked for, not that an address is free. With --create one is created, and deleted again,
also if the command is interrupted.
"""
EXAMPLES = """\
examples:
  clearway probe http --target-group web --profile audit --regions eu-west-1
  clearway probe http http://10.0.0.17:8080/health --matcher 200-299 --timeout 5
  clearway probe interface --subnet subnet-0a1b2c3d --security-group sg-0a1b2c3d
  clearway probe interface --subnet subnet-0a1b2c3d --create

exit status:
  0  it passes, or is undecided    1  it fails    2  wrong usage, or it could not be tried
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``probe`` with its own commands."""
    raw = argparse.RawDescriptionHelpFormatter
    about = "ask targets for their health check, and try a network interface"
    parser = subparsers.add_parser("probe", help=about, description=ABOUT, epilog=EXAMPLES, formatter_class=raw)
    commands = parser.add_subparsers(dest="probe_command", required=True, metavar="COMMAND")
    http = commands.add_parser(
        "http", help="ask targets for their health check", description=HTTP, epilog=EXAMPLES, formatter_class=raw
    )
    http.add_argument("urls", nargs="*", metavar="URL", help="what to ask: http://ADDRESS:PORT/PATH")
    http.add_argument("--target-group", default="", metavar="NAME", help="all targets of this group: its name or ARN")
    http.add_argument(
        "--matcher", default="", metavar="CODES", help="the codes that pass (default: the group's, or 200)"
    )
    http.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="in how long the answer must begin (default: the group's, or 5)",
    )
    http.add_argument("--public", action="store_true", help="ask instances at their public addresses")
    add_login(http)
    add_reports(http)
    http.set_defaults(run=_http)
    interface = commands.add_parser(
        "interface", help="try a network interface", description=INTERFACE, epilog=EXAMPLES, formatter_class=raw
    )
    interface.add_argument("--subnet", required=True, metavar="ID", help="the subnet, such as that of a task")
    interface.add_argument(
        "--security-group", action="append", default=[], metavar="ID", help="a security group that it has; repeatable"
    )
    interface.add_argument("--create", action="store_true", help="create one, and delete it again")
    add_login(interface)
    add_reports(interface)
    interface.set_defaults(run=_interface)


def _http(arguments: argparse.Namespace) -> int:
    """Asks and reports: 0 if nothing fails, 1 if something does, 2 if nothing could be asked."""

    def probes() -> tuple[tuple[str, str], list[dict[str, Any]]]:
        from scanner.probe.http import ask

        whose, checks = _checks(arguments)
        found = []
        for check in checks:
            exchange = ask(check.url, check.timeout)
            said = exchange.said or f"{exchange.code} in {exchange.seconds:.2f} s"
            state = f" (Elastic Load Balancing calls it {check.state})" if check.state else ""
            _tell(arguments, f"{check.url}: {said}{state}")
            answer = {"Fault": exchange.fault, "Said": exchange.said, "Target": check.target}
            entry = {
                "Url": check.url,
                "At": now_text(),
                "Matcher": check.matcher,
                "TimeoutSeconds": check.timeout,
                "TargetGroupArn": check.group,
                "Seconds": round(exchange.seconds, 3),
                **answer,
                **({"Code": exchange.code} if exchange.code is not None else {}),
            }
            found.append({name: value for name, value in entry.items() if value != ""})
        return whose, found

    return _judged(arguments, HTTP_RULE, "http_probes", probes)


def _checks(arguments: argparse.Namespace) -> tuple[tuple[str, str], list[Check]]:
    """Whose targets are asked, and for what. Raises UsageError, NoTargets."""
    from scanner.analysis.matcher import parse_matcher
    from scanner.probe.http import address_of
    from scanner.probe.targets import Check, checks_of

    if bool(arguments.urls) == bool(arguments.target_group):
        raise UsageError("say what to ask: either URLs or --target-group")
    if arguments.timeout is not None and not 0 < arguments.timeout <= 120:
        raise UsageError(f"--timeout {arguments.timeout:g}: write seconds, 120 at most")
    try:
        if arguments.matcher:
            parse_matcher(arguments.matcher)
        for url in arguments.urls:
            address_of(url)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if arguments.urls:
        matcher, timeout = arguments.matcher or "200", arguments.timeout or 5.0
        return NOBODY, [Check(url, "", "", matcher, timeout, "") for url in dict.fromkeys(arguments.urls)]
    with _logged_in(arguments) as (account, region, clients):
        found = checks_of(clients, region, arguments.target_group, public=arguments.public)
    return (account, region), [
        Check(
            one.url,
            one.target,
            one.group,
            arguments.matcher or one.matcher,
            arguments.timeout or one.timeout,
            one.state,
        )
        for one in found
    ]


def _interface(arguments: argparse.Namespace) -> int:
    """Tries and reports: 0 if it passes, 1 if it fails, 2 if it could not be tried or something is left behind."""

    def probes() -> tuple[tuple[str, str], list[dict[str, Any]]]:
        from scanner.probe.interface import Interfaces

        with _logged_in(arguments) as (account, region, clients):
            tried = Interfaces(clients.client("ec2", region), region, lambda line: _tell(arguments, line))
            attempt = tried.create_and_delete if arguments.create else tried.would_create
            came = attempt(arguments.subnet, arguments.security_group)
        entry = {
            "SubnetId": arguments.subnet,
            "At": now_text(),
            "GroupIds": arguments.security_group,
            "DryRun": not arguments.create,
            "Outcome": came.outcome,
            "Error": came.error,
            "Said": came.said,
        }
        _tell(arguments, f"{arguments.subnet}: {came.error or _well(arguments)}")
        return (account, region), [{name: value for name, value in entry.items() if value != ""}]

    return _judged(arguments, INTERFACE_RULE, "interface_probes", probes)


def _well(arguments: argparse.Namespace) -> str:
    if arguments.create:
        return "a network interface was created and deleted"
    return "a network interface may be created (a dry run: whether an address is free is proven by --create alone)"


def _tell(arguments: argparse.Namespace, line: str) -> None:
    if not arguments.quiet:
        print(line, file=sys.stderr, flush=True)


@contextmanager
def _logged_in(arguments: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """The account, the region and the clients, signing as whom it is asked. Raises UsageError, also for errors of AWS
    that the block raises."""
    from botocore.exceptions import BotoCoreError, ClientError

    from scanner.sources.account.clients import using
    from scanner.sources.account.login import LoginError, Refused, logins, made_clients

    whose = whose_of(arguments)
    try:
        clients = made_clients(arguments.profile)
        regions = regions_of(arguments, clients)
        if len(regions) != 1:
            raise UsageError(f"--regions {arguments.regions}: name one region")
        login = next(iter(logins(clients, whose)))
        if isinstance(login, Refused):
            raise UsageError(str(login))
        with using(login.credentials):
            yield login.account, regions[0], clients
    except (LoginError, BotoCoreError, ClientError) as error:
        raise UsageError(str(error)) from None


Probes = Callable[[], tuple[tuple[str, str], list[dict[str, Any]]]]


def _judged(arguments: argparse.Namespace, rule: str, listed: str, probes: Probes) -> int:
    """Makes probes, judges them by a rule as observations of a snapshot, and reports."""
    from scanner.policy.cache import user_folder
    from scanner.policy.load import load_rules
    from scanner.policy.select import find_rule
    from scanner.probe.interface import Interrupted, LeftBehind, ProbeError
    from scanner.probe.targets import NoTargets
    from scanner.scan import Input, Options, scan
    from scanner.sources.discover import SNAPSHOT

    try:
        (account, region), made = probes()
    except (UsageError, NoTargets, LeftBehind, ProbeError, OSError) as error:
        print(f"clearway: {' '.join(str(error).split())}", file=sys.stderr)
        return WRONG
    except Interrupted as stopped:
        print("clearway: interrupted", file=sys.stderr)
        return 128 + stopped.number
    entry = {"account": account, "region": region, "resources": [], "observed": {listed: made}, "unreadable": []}
    snapshot = {"format": FORMAT, "taken_at": now_text(), "accounts": [entry]}
    loaded = find_rule(load_rules(cache=user_folder()).rules, rule)
    inputs = [Input("probe.json", json.dumps(snapshot, indent=1), SNAPSHOT)]
    document = scan(inputs, Options((loaded,), all_verdicts=arguments.all_verdicts, jobs=1))
    if not write_all(arguments.output or [Output("text")], document, arguments.colour, quiet=arguments.quiet):
        return WRONG
    return status_of(document, arguments)
