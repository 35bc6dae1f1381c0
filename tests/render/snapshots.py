"""Whole outputs, compared with files: CLEARWAY_UPDATE_SNAPSHOTS=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).with_name("snapshots")


def check(name: str, text: str, folder: Path = FOLDER) -> None:
    """Fails if the text is not what the file of that name in the folder holds, to the byte."""
    file = folder / name
    if os.environ.get("CLEARWAY_UPDATE_SNAPSHOTS"):
        folder.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    assert file.exists(), f"{file} is missing: run with CLEARWAY_UPDATE_SNAPSHOTS=1 and look at it"
    assert text == file.read_bytes().decode(), (
        f"not as in {file}: if that is right, run with CLEARWAY_UPDATE_SNAPSHOTS=1"
    )
