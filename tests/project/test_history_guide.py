"""What docs/history.md shows is what the program prints. CLEARWAY_UPDATE_SNAPSHOTS=1 writes it anew."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from scanner.commands import main

BLOCK = re.compile(r"```console\n\$ clearway (?P<arguments>[^\n]+)\n(?P<output>.*?)```\n", re.DOTALL)
FIRST = datetime(2026, 1, 28, 3, tzinfo=timezone.utc)


def test_shown_output(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = root / "docs" / "history.md"
    text = guide.read_text(encoding="utf-8")
    begin = text.index("## An example")
    end = text.index("\n## ", begin + 1)
    shutil.copytree(root / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    broken = tmp_path / "examples" / "broken.yaml"
    whole = broken.read_text()
    better = whole.replace("HealthCheckTimeoutSeconds: 1\n", "HealthCheckTimeoutSeconds: 5\n")
    assert better != whole
    nights = [better, whole[: len(whole) // 2] + "\n  Torn: [", None]
    day = 0

    def scan() -> None:
        nonlocal day
        time = FIRST + timedelta(days=day)
        day += 1
        monkeypatch.setattr("scanner.history.record.now", lambda: time)
        main(["scan", "examples", "--history", "nights.db", "--select", "HC", "-q"])

    def printed(match: re.Match[str]) -> str:
        if match["arguments"].startswith("scan"):
            scan()
            shown = "...\n" + "".join(capsys.readouterr().out.splitlines(keepends=True)[-2:])
        else:
            changed = nights.pop(0)
            if changed is not None:
                broken.write_text(changed)
                scan()
            capsys.readouterr()
            main(shlex.split(match["arguments"]))
            shown = capsys.readouterr().out
        return f"```console\n$ clearway {match['arguments']}\n{shown}```\n"

    shown = text[:begin] + BLOCK.sub(printed, text[begin:end]) + text[end:]
    assert not nights
    if os.environ.get("CLEARWAY_UPDATE_SNAPSHOTS"):
        guide.write_text(shown, encoding="utf-8")
    else:
        assert text == shown, "docs/history.md shows something else: run with CLEARWAY_UPDATE_SNAPSHOTS=1"
