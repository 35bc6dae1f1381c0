"""The other files of a git repository: the context of a file that is judged alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


def siblings(paths: Iterable[str]) -> list[str]:
    """All files that git tracks, or does not ignore, in the repositories of some paths.

    Empty outside of a repository and where git is not installed: there is then no context.
    """
    found: dict[str, None] = {}
    for folder in dict.fromkeys(Path(path).resolve().parent for path in paths):
        root = _git(folder, "rev-parse", "--show-toplevel").strip()
        if root:
            listed = _git(Path(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
            found.update((str(Path(root, name)), None) for name in listed.split("\0") if _may_be_template(name))
    return [path for path in found if Path(path).is_file()]


def _may_be_template(name: str) -> bool:
    return name.endswith((".yaml", ".yml", ".json", ".template", ".tmpl", ".cfn"))


def _git(folder: Path, *arguments: str) -> str:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
