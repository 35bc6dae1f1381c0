"""The command line: ``clearway COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from scanner.version import __version__

COMMANDS = {
    "scan": "judge templates",
    "account": "judge live accounts, and write snapshots of them",
    "diagnose": "tell what a message of ECS means, and what caused it",
    "history": "show what changed from scan to scan",
    "probe": "ask targets for their health check, and try a network interface",
    "iam": "print the least policies that suffice",
    "rules": "list, show, test and check rules",
    "completion": "print a completion script for a shell",
}
"""Each command with what it does; its module is imported when it is asked for."""

ABOUT = """\
Proves from a template, before it is deployed, that ECS tasks can pass the health check of their load balancer.
A verdict is pass, fail (proven) or undecided (a value is not known; the report says which and how to supply it).
"""
EXAMPLES = """\
examples:
  clearway scan templates/                          findings on the terminal
  clearway scan service.yaml --set Stage=prod       with a value for a parameter
  clearway scan . -o sarif=results.sarif -o text    a file for code scanning, and text
  clearway rules show NET002                        what a rule checks, and why

exit status:
  0  no findings    1  findings    2  the scan is wrong or incomplete (usage, unreadable input, bad rule)
"""


def parser(only: str = "") -> argparse.ArgumentParser:
    """The parser of the command line; with ``only``, the options of that command alone are there."""
    made = argparse.ArgumentParser(
        prog="clearway", description=ABOUT, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--version", action="version", version=f"clearway {__version__}")
    commands = made.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, about in COMMANDS.items():
        if only in ("", name):
            import_module(f"scanner.commands.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=about)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; gives the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--version"]:
        print(f"clearway {__version__}")
        return 0
    command = given[0] if given and given[0] in COMMANDS else ""
    parsed = parser(command).parse_args(given)
    try:
        status: int = parsed.run(parsed)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader has gone (``| head``): what it wanted it has; nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("clearway: interrupted", file=sys.stderr)
        return 2
