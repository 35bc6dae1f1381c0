"""The programs that are measured, each peer in an environment of its own below .benchmarks/."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ENVIRONMENTS = Path(".benchmarks")


@dataclass(frozen=True, slots=True)
class Program:
    """A scanner: where its command is, how it says its version, how it scans the templates of a folder."""

    name: str
    command: Path
    arguments: Callable[[Path, Sequence[Path]], list[str]]
    """From the folder and its templates to the arguments of a scan."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def scan(self, folder: Path, templates: Sequence[Path]) -> list[str]:
        return [str(self.command), *self.arguments(folder, templates)]

    def version(self) -> list[str]:
        return [str(self.command), "--version"]


def clearway() -> Program:
    """The program of this source tree, installed beside the Python that runs the harness."""
    return Program("clearway", Path(sys.executable).with_name("clearway"), lambda folder, _: ["scan", str(folder)])


def peers() -> list[Program]:
    """cfn-lint and checkov. The first call installs them; raises CalledProcessError if that fails."""
    return [
        Program("cfn-lint", _installed("cfn-lint"), lambda _, templates: ["--", *map(str, templates)]),
        Program(
            "checkov",
            _installed("checkov"),
            # Offline, and nothing but CloudFormation: its fastest way.
            lambda folder, _: ["--framework", "cloudformation", "--skip-download", "--quiet", "-d", str(folder)],
            {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "True"},
        ),
    ]


def _installed(package: str) -> Path:
    environment = (ENVIRONMENTS / package).absolute()
    command = environment / "bin" / package
    if not command.exists():
        print(f"Installing {package} into {environment}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, package], check=True)
    return command


def version(program: Program) -> str:
    """What the program says its version is."""
    done = subprocess.run(program.version(), capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().split()[-1]
