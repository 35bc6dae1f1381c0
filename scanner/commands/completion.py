"""``clearway completion``: a script that completes commands, options and their values."""

from __future__ import annotations

import argparse

EXAMPLES = """\
examples:
  clearway completion bash > ~/.local/share/bash-completion/completions/clearway
  clearway completion zsh > "${fpath[1]}/_clearway"
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``completion``."""
    parser = subparsers.add_parser(
        "completion",
        help="print a completion script for a shell",
        description="Prints a script that completes clearway's commands and options.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=("bash", "zsh"), help="the shell to complete for")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the script."""
    import shtab

    from scanner.commands import parser

    print(shtab.complete(parser(), shell=arguments.shell))
    return 0
