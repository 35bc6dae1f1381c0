"""``clearway history``: what earlier scans found, and what changed."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from scanner.history.changes import Scan

CLEAN, FOUND, WRONG = 0, 1, 2
LAST = "last"

ABOUT = """\
Shows what scans found that were made with `--history FILE`, and what changed from one to another.

A finding counts as fixed only if a later scan proves it: the same rule judged the same subject, which passes. It is
gone if what it was about does not exist any more. Whatever could not be looked at (a denied call, a file that cannot be
read, a rule that was not run) is not seen, says why, and stays known until a scan can tell.
"""
EXAMPLES = """\
examples:
  clearway scan templates/ --history nights.db      keep the results
  clearway history list nights.db                   the scans
  clearway history show nights.db                   what the last one left open, and since when
  clearway history diff nights.db                   what changed between the last two of one scope
  clearway history diff nights.db 3 7 -o json       between any two
  clearway history diff nights.db --fail-on-new     exit with 1 if something fails that did not before
  clearway history prune nights.db --keep 90

exit status:
  0  well    1  something new fails (with --fail-on-new)    2  the usage or the history is wrong
"""


class UsageError(Exception):
    """What was asked for is not there, or makes no sense."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``history`` with its own commands."""
    parser = subparsers.add_parser(
        "history",
        help="show what changed from scan to scan",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="history_command", required=True, metavar="COMMAND")

    listing = _command(commands, "list", "list the scans, the oldest first", [])
    listing.add_argument("-n", "--last", type=_positive, default=-1, metavar="N", help="only the last N")
    show = _command(commands, "show", "show the findings that a scan left", ["SCAN"])
    diff = _command(commands, "diff", "show what changed from scan A to scan B", ["A", "B"])
    diff.add_argument("--all", action="store_true", help="list what persists and what is undecided, too")
    diff.add_argument("--fail-on-new", action="store_true", help="exit with 1 if something fails that never did before")
    for command in (listing, show, diff):
        command.add_argument("--scope", default="", metavar="NAME", help="scans of this scope")
        command.add_argument(
            "-o", "--output", choices=("text", "json"), default="text", help="the format (default: text)"
        )
    prune = _command(commands, "prune", "forget old scans; the last of each scope stays", [])
    which = prune.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=_positive, metavar="N", help="keep the last N scans of each scope")
    which.add_argument("--before", type=_date, metavar="DATE", help="forget what is older: 2026-01-31 (UTC)")
    parser.set_defaults(run=run)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, scans: Sequence[str]
) -> argparse.ArgumentParser:
    """A command that takes a history, in front or with ``--history``, and scans of it."""
    usage = "".join(f" [{scan}" for scan in scans) + "]" * len(scans)
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        usage=f"clearway history {name} FILE{usage} [OPTIONS]",
    )
    told = "the history" + (f"; then {' and '.join(scans)}: the numbers of scans, or `last`" if scans else "")
    defaults = {"SCAN": " (default: the last)", "B": " (default: the last two of a scope)"}
    made.add_argument("names", nargs="*", metavar="FILE", help=told + (defaults[scans[-1]] if scans else ""))
    made.add_argument("--history", type=Path, metavar="FILE", help="the history, if it does not stand in front")
    made.set_defaults(most_scans=len(scans))
    return made


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _date(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date as 2026-01-31") from None


def run(arguments: argparse.Namespace) -> int:
    """Runs a ``history`` command: 0; 1 if something new fails and that was asked; 2 if usage or history are wrong."""
    from scanner.history.store import HistoryError, open_to_read, open_to_write, telling

    commands: dict[str, Callable[[sqlite3.Connection, argparse.Namespace, Sequence[str]], int]] = {
        "list": _list,
        "show": _show,
        "diff": _diff,
        "prune": _prune,
    }
    try:
        file, names = _file(arguments)
        writes = arguments.history_command == "prune"
        if writes:
            open_to_read(file).close()  # never makes a history
        with closing(open_to_write(file) if writes else open_to_read(file)) as connection, telling(file):
            return commands[arguments.history_command](connection, arguments, names)
    except (HistoryError, UsageError) as error:
        print(f"clearway history {arguments.history_command}: {error}", file=sys.stderr)
        return WRONG


def _file(arguments: argparse.Namespace) -> tuple[Path, Sequence[str]]:
    """The history, and the scans that are named."""
    names = list(arguments.names)
    if arguments.history is None and not names:
        raise UsageError("name the history: the FILE of `clearway scan --history FILE`")
    file = arguments.history or Path(names.pop(0))
    if len(names) > arguments.most_scans:
        raise UsageError(f"{names[arguments.most_scans]!r} is one argument too many")
    return file, names


# --- the commands


def _list(connection: sqlite3.Connection, arguments: argparse.Namespace, _: Sequence[str]) -> int:
    from scanner.history.changes import scans

    found = scans(connection, arguments.scope, most=arguments.last)
    if arguments.output == "json":
        _print_json([scan.told() for scan in found])
        return CLEAN
    from scanner.commands.history_text import listed

    _print(listed(found))
    return CLEAN


def _show(connection: sqlite3.Connection, arguments: argparse.Namespace, names: Sequence[str]) -> int:
    from scanner.history.changes import failures_of, kept_by

    scan = _scan(connection, names[0] if names else LAST, arguments.scope)
    kept = sorted(kept_by(connection, scan.id).values(), key=lambda one: one.order)
    failures = failures_of(connection, scan.id)
    if arguments.output == "json":
        _print_json({**scan.told(), "findings": [one.told() for one in kept], "errors": failures})
        return CLEAN
    from scanner.commands.history_text import shown

    _print(shown(scan, kept, failures))
    return CLEAN


def _diff(connection: sqlite3.Connection, arguments: argparse.Namespace, names: Sequence[str]) -> int:
    from scanner.history.changes import between, counted

    earlier, later = _pair(connection, names, arguments.scope)
    changes = between(connection, earlier.id, later.id)
    told: dict[str, Any] = {
        "scope": later.scope,
        "previous": {"scan": earlier.id, "time": earlier.time, "version": earlier.version},
        "scan": later.id,
        "time": later.time,
        "version": later.version,
        "counts": counted(changes),
    }
    if arguments.output == "json":
        now = [{**one.told(), "was": one.was or None, "verdict": one.state or None} for one in changes]
        _print_json({**told, "changes": now})
    else:
        from scanner.commands.history_text import compared

        _print(compared(told, changes, all=arguments.all))
    return FOUND if arguments.fail_on_new and any(change.is_new_failure for change in changes) else CLEAN


def _prune(connection: sqlite3.Connection, arguments: argparse.Namespace, _: Sequence[str]) -> int:
    from scanner.history.prune import prune
    from scanner.render.document import plural

    print(f"{plural(prune(connection, keep=arguments.keep or 0, before=arguments.before or ''), 'scan')} forgotten")
    return CLEAN


# --- which scans


def _scan(connection: sqlite3.Connection, name: str, scope: str) -> Scan:
    """The scan of a number, or the last (of a scope, if one is given)."""
    from scanner.history.changes import scans

    if name == LAST:
        found = scans(connection, scope, most=1)
    else:
        if not re.fullmatch("[0-9]{1,18}", name):
            raise UsageError(f"{name!r} is no scan: give its number (`clearway history list` has it) or {LAST!r}")
        found = [scan for scan in scans(connection, scope, most=1, upto=int(name)) if scan.id == int(name)]
    if not found:
        of = f" of {scope}" if scope else ""
        raise UsageError(f"there is no scan{of}" if name == LAST else f"there is no scan {name}{of}")
    return found[0]


def _pair(connection: sqlite3.Connection, names: Sequence[str], scope: str) -> tuple[Scan, Scan]:
    """The scans to compare: B is the last if it is not named, A the one before B of the same scope."""
    from scanner.history.changes import scans

    given = [_scan(connection, name, scope) for name in names]
    later = given[1] if len(given) == 2 else _scan(connection, LAST, given[0].scope if given else scope)
    if given:
        earlier = given[0]
    else:
        both = scans(connection, later.scope, most=2, upto=later.id)
        if len(both) < 2:
            raise UsageError(f"there is only one scan of {later.scope}: nothing to compare it with")
        earlier = both[0]
    if earlier.scope != later.scope:
        raise UsageError(
            f"scan {earlier.id} is of {earlier.scope} and scan {later.id} of {later.scope}: "
            "what one did not look at would count as a change"
        )
    if earlier.id > later.id:
        raise UsageError(f"scan {earlier.id} is later than scan {later.id}: name the earlier one first")
    return earlier, later


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
