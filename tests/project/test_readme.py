"""What the README shows is what the program prints. CLEARWAY_UPDATE_SNAPSHOTS=1 writes it anew."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from scanner.commands import main

BLOCK = re.compile(r"```console\n\$ \.venv/bin/clearway (?P<arguments>[^\n]+)\n(?P<output>.*?)```\n", re.DOTALL)


def test_shown_output(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")

    def printed(match: re.Match[str]) -> str:
        main(shlex.split(match["arguments"]))
        return f"```console\n$ .venv/bin/clearway {match['arguments']}\n{capsys.readouterr().out}```\n"

    shown = BLOCK.sub(printed, text)
    assert len(BLOCK.findall(text)) >= 2
    if os.environ.get("CLEARWAY_UPDATE_SNAPSHOTS"):
        readme.write_text(shown, encoding="utf-8")
    else:
        assert text == shown, "the README shows something else: run with CLEARWAY_UPDATE_SNAPSHOTS=1"


def test_links_lead_somewhere(root: Path) -> None:
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        *(str(path.relative_to(root)) for path in (root / "docs").rglob("*.md")),
    ):
        page = root / name
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{name} links to {target}"


def test_every_option_that_is_named_exists(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["scan"], ["account", "scan"]):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = set(re.findall(r"`(--[a-z-]+)", (root / "README.md").read_text(encoding="utf-8")))
    assert named
    assert named <= known
