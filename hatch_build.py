"""Puts the data of the program into the wheel: the rules as written and compiled, and the reports."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = "rules.compiled.json"


class DataHook(BuildHookInterface[Any]):
    """Runs when a wheel is built. An editable install reads rules/ and reports/ where they are, so it needs nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the data to ``build_data``; ``version`` is hatchling's name of the kind of wheel, standard or editable.

        Raises whatever the rule compiler raises: a wheel with a rule that is wrong is not built.
        """
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        included = build_data["force_include"]
        included[str(root / "rules")] = "scanner/_data/rules"
        included[str(root / "reports")] = "scanner/_data/reports"
        included[str(self._compiled(root))] = f"scanner/_data/{COMPILED}"

    def _compiled(self, root: Path) -> Path:
        """The compiled form of the built-in rules, in a file of the build folder."""
        sys.path.insert(0, str(root))  # the program is not installed where it is built
        try:
            from scanner.policy.load import compile_folder
        finally:
            sys.path.remove(str(root))
        folder = root / "build"
        folder.mkdir(exist_ok=True)
        out = folder / COMPILED
        compile_folder(root / "rules", out)
        return out
