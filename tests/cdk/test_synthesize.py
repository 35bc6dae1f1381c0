"""The fixtures are what the script makes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.mark.node
@pytest.mark.slow
def test_the_fixtures_are_what_the_app_gives(root: Path, tmp_path: Path) -> None:
    script = root / "tests" / "cdk" / "synthesize.js"
    made = subprocess.run(
        ["node", str(script), str(tmp_path / "out")], capture_output=True, text=True, check=False, timeout=600
    )
    if made.returncode == 3:
        pytest.skip(f"npm cannot install aws-cdk-lib: {made.stderr.strip()[-200:]}")
    assert made.returncode == 0, made.stderr
    kept = root / "tests" / "fixtures" / "cdk" / "cdk.out"
    assert contents(tmp_path / "out") == contents(kept)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}
