"""One run of a whole process: its wall time, its processor time and its memory, with those of its children."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took. Times in seconds; memory in bytes."""

    wall: float
    cpu: float
    """User and system time of the process and of the children it waited for."""
    peak: int
    """The larger of the peak of its largest process and, on Linux, the peak of their sum (proportional set size)."""
    status: int


def measure(command: Sequence[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> Run:
    """Run a command to its end, its output thrown away. Raises FileNotFoundError if there is no such program."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    sampler = _Sampler(process.pid)
    sampler.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)  # the process is gone: keep Popen from waiting for it
    sampler.stop()
    # Linux counts ru_maxrss in KiB. A child starts with the peak of this (small) process as its floor.
    return Run(wall, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss * 1024, sampler.peak), process.returncode)


class _Sampler(threading.Thread):
    """Samples the memory of a process and its descendants, where there is a /proc to read."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, _memory(self.pid))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _memory(pid: int) -> int:
    """The proportional set sizes of a process and its descendants, in bytes; what is gone or unreadable counts 0."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total = int(line.split()[1]) * 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(_memory(int(child)) for child in (task / "children").read_text().split())
    except OSError:
        pass
    return total
