"""``--history FILE``: keeps the results of a scan, for all commands that scan."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanner.history import HistoryError, Recorder
    from scanner.results import Judged, Part

WRONG = 2


def add_history(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a history."""
    group = parser.add_argument_group("history")
    group.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="keep the results in this file (SQLite), and report what changed since the last scan of the same scope",
    )
    group.add_argument(
        "--history-scope",
        default="",
        metavar="NAME",
        help="what scans are compared with each other (default: those of the same paths, accounts and parameter files)",
    )


class Memory:
    """The history of a scan under way; without a file it does nothing."""

    def __init__(self, recorder: Recorder | None, scope: str, judged: Judged | None) -> None:
        self._recorder = recorder
        self._scope = scope
        self.judged = judged
        """What the scan is to fill; None if no history is kept."""
        self.is_well = True
        """False once it could not be written."""

    def take(self, part: Part) -> None:
        """Takes a part of a scan as it comes; it becomes part of the history with ``keep``."""
        if self._recorder is None or not self.is_well:
            return
        from scanner.history import HistoryError

        try:
            self._recorder.add(part.results, part.judged)
        except HistoryError as error:
            self._tell(error)

    def keep(
        self, document: dict[str, Any], paths: Sequence[str] = (), given: Sequence[str] = (), scope: str = ""
    ) -> dict[str, Any]:
        """Writes a result document; gives it with what changed. A history that cannot be written is told, and left.

        ``paths`` are the files and folders that were asked for, ``given`` what else tells this scan from others of
        them; ``scope`` names what was scanned where there are no paths.
        """
        if self._recorder is None or self.judged is None or not self.is_well:
            return document
        from scanner.history import HistoryError, remember, scanned, scope_of

        name = self._scope or scope or scope_of(paths, document, given)
        try:
            return remember(self._recorder, document, self.judged, scanned(document, name, paths))
        except HistoryError as error:
            self._tell(error)
            return document

    def _tell(self, error: HistoryError) -> None:
        print(f"clearway: {error}; nothing of this scan is kept", file=sys.stderr)
        self.is_well = False


def remembering(arguments: argparse.Namespace, run: Callable[[argparse.Namespace, Memory], int]) -> int:
    """Runs a command with the history that its options name, opened before anything is scanned; gives its status.

    The status is 2 if the history cannot be used.
    """
    if arguments.history is None:
        return run(arguments, Memory(None, "", None))
    from scanner.history import HistoryError, Recorder
    from scanner.results import Judged

    with ExitStack() as stack:
        try:
            recorder = stack.enter_context(Recorder(arguments.history))
        except HistoryError as error:
            print(f"clearway: {error}", file=sys.stderr)
            return WRONG
        memory = Memory(recorder, arguments.history_scope, Judged())
        status = run(arguments, memory)
        return status if memory.is_well else WRONG
