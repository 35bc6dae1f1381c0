"""Progress of long scans, on standard error."""

from __future__ import annotations

import sys
import time

AFTER = 1.0
"""Seconds before anything is shown."""
EVERY = 0.1


class Progress:
    """A line that counts templates, shown on a terminal once a scan takes longer than a second."""

    def __init__(self, *, quiet: bool) -> None:
        self._shows = not quiet and sys.stderr.isatty()
        self._started = time.monotonic()
        self._last = 0.0
        self._width = 0

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shows or now - self._started < AFTER or now - self._last < EVERY:
            return
        self._last = now
        text = f"{done:,} of {total:,} templates"
        self._width = max(self._width, len(text))
        print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Takes the line away."""
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=sys.stderr, flush=True)
