"""What docs/diagnose.md shows is what the program prints. CLEARWAY_UPDATE_SNAPSHOTS=1 writes it anew."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from scanner.commands import main

BLOCK = re.compile(r"```console\n\$ clearway (?P<arguments>[^\n]+)\n(?P<output>.*?)```\n", re.DOTALL)


def test_shown_output(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    guide = root / "docs" / "diagnose.md"
    text = guide.read_text(encoding="utf-8")

    def printed(match: re.Match[str]) -> str:
        main(shlex.split(match["arguments"]))
        return f"```console\n$ clearway {match['arguments']}\n{capsys.readouterr().out}```\n"

    assert len(BLOCK.findall(text)) == 2
    shown = BLOCK.sub(printed, text)
    if os.environ.get("CLEARWAY_UPDATE_SNAPSHOTS"):
        guide.write_text(shown, encoding="utf-8")
    else:
        assert text == shown, "the guide shows something else: run with CLEARWAY_UPDATE_SNAPSHOTS=1"


def test_every_option_that_is_named_exists(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known: set[str] = set()
    for command in (["diagnose"], ["probe", "http"], ["probe", "interface"], ["scan"]):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        known |= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    text = (root / "docs" / "diagnose.md").read_text(encoding="utf-8")
    named = {
        option
        for line in re.findall(r"clearway (?:diagnose|probe)[^\n`]*", text)
        for option in re.findall(r"\s(--[a-z-]+)", line)
    }
    assert named
    assert named <= known
