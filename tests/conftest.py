"""What all tests share: programs that may be missing, a settled hypothesis, a cache folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A marker, and the programs of which one must be on the PATH for its tests to run.
PROGRAMS = {
    "node": ("node",),
    "browser": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    "terraform": ("terraform",),
}

settings.register_profile("clearway", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("clearway"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "clearway")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, programs in PROGRAMS.items():
        if item.get_closest_marker(marker) and not any(map(shutil.which, programs)):
            pytest.skip(f"needs {' or '.join(programs)} on the PATH")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled rules go to a folder of the test run, never to the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips the test, visibly, where pip reaches no package index."""
    folder = tmp_path_factory.mktemp("index")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "hatchling"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("pip reaches no package index")


@pytest.fixture(scope="session")
def tree(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree as a commit would hold it: tracked and new files, without what is ignored."""
    copy = tmp_path_factory.mktemp("tree") / "clearway"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git work tree")
    for name in filter(None, listed.stdout.split("\0")):
        if (source := root / name).is_file():  # listed but deleted in the work tree
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy / name)
    return copy
