"""The direction of imports: every room of scanner/ stands on a floor and sees only what lies below it.

``python -m tests.project.imports`` prints the violations and fails if there are any.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The rooms from the lowest to the highest floor; rooms that share a floor do not see each other.
FLOORS = (
    ("", "version", "data", "line_hash", "model"),
    ("syntax",),
    ("analysis", "sources"),
    ("topology",),
    ("policy",),
    ("excerpts",),
    ("results",),
    ("live", "mapped", "origins"),
    ("scan",),
    ("render", "history", "fleet", "diagnose", "probe"),
    ("commands",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# These import nothing of ours, so that everything may import them.
LEAVES = {"", "version", "data", "line_hash"}
MAX_LINES = 400
TABLE = "# table"


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a module of ours: the target's dotted name, the line, and when it happens."""

    target: str
    line: int
    typing_only: bool
    deferred: bool


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong, where, and what to do about it."""

    file: Path
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}\n  {self.remedy}"


def check(package: Path) -> list[Violation]:
    """All violations in a package folder, in order of file and line."""
    files = {_dotted(path, package): path for path in sorted(package.rglob("*.py"))}
    imports = {name: list(_imports(path, name, files, package.name)) for name, path in files.items()}
    found = [v for name, path in files.items() for v in _direction(name, path, imports[name], package.name)]
    found += _cycles(files, imports)
    found += [v for path in files.values() if (v := _length(path))]
    return sorted(found, key=lambda v: (str(v.file), v.line, v.message))


def _dotted(path: Path, package: Path) -> str:
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    """The room of a module: the second part of its dotted name, "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def _imports(path: Path, name: str, files: dict[str, Path], package: str) -> Iterator[Import]:
    base = name if path.name == "__init__.py" else name.rpartition(".")[0]

    def visit(node: ast.AST, typing_only: bool, deferred: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                for target in targets(child):
                    yield Import(target, child.lineno, typing_only, deferred)
            elif isinstance(child, ast.If) and ast.unparse(child.test).rpartition(".")[2] == "TYPE_CHECKING":
                for statement in child.body:
                    yield from visit(ast.Module([statement], []), True, deferred)
                for statement in child.orelse:
                    yield from visit(ast.Module([statement], []), typing_only, deferred)
            else:
                function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from visit(child, typing_only, deferred or function)

    def targets(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        else:
            origin = statement.module or ""
            if statement.level:
                anchor = base.split(".")[: len(base.split(".")) - statement.level + 1]
                origin = ".".join([*anchor, *filter(None, [origin])])
            # `from a.b import c` needs a.b.c where that is a module, else a.b
            names = [full if (full := f"{origin}.{alias.name}") in files else origin for alias in statement.names]
        yield from (n for n in dict.fromkeys(names) if n == package or n.startswith(f"{package}."))

    yield from visit(ast.parse(path.read_text(encoding="utf-8"), str(path)), False, False)


def _direction(name: str, path: Path, imports: list[Import], package: str) -> Iterator[Violation]:
    room = _room(name)
    if room not in FLOOR:
        yield Violation(path, 1, f"{room} stands on no floor", f"Add {room} to FLOORS of tests/project/imports.py.")
        return
    for found in imports:
        target = _room(found.target)
        if target not in FLOOR:
            continue  # a room without a floor is reported at its own files, a name without a file by mypy
        if room in LEAVES:
            remedy = (
                f"{name} is for all to import and imports nothing of ours: move what needs {found.target} elsewhere."
            )
            yield Violation(path, found.line, f"{name} imports {found.target}", remedy)
        elif target not in LEAVES and target != room and FLOOR[target] >= FLOOR[room]:
            where = "beside" if FLOOR[target] == FLOOR[room] else "above"
            remedy = (
                f"{package}/{target} stands {where} {package}/{room} (floors {FLOOR[target]} and {FLOOR[room]}): "
                f"pass it in as an argument, or move the shared part to a floor below both."
            )
            yield Violation(path, found.line, f"{name} imports {found.target}", remedy)


def _cycles(files: dict[str, Path], imports: dict[str, list[Import]]) -> Iterator[Violation]:
    """One violation for each group of modules that need each other while they are imported."""
    graph: dict[str, dict[str, int]] = {}
    for name in files:
        edges = graph[name] = {}
        for found in imports[name]:
            if found.typing_only or found.deferred:
                continue
            # To import a.b.c runs a and a.b first, except where the importer lies within them.
            parts = found.target.split(".")
            for end in range(1, len(parts) + 1):
                ancestor = ".".join(parts[:end])
                inside = name == ancestor or name.startswith(f"{ancestor}.")
                if ancestor in files and (end == len(parts) or not inside) and ancestor != name:
                    edges.setdefault(ancestor, found.line)
    for cycle in _components(graph):
        first = min(cycle)
        way = _way(graph, first, cycle)
        line = graph[first][way[1]]
        yield Violation(
            files[first],
            line,
            f"circle of imports: {' -> '.join(way)}",
            "Move what both need into a module below them, or import it inside the function that needs it.",
        )


def _components(graph: dict[str, dict[str, int]]) -> Iterator[set[str]]:
    """The sets of two and more nodes that reach each other."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            if (node := todo.pop()) not in seen:
                seen.add(node)
                todo += graph[node]
        reach[start] = seen
    done: set[str] = set()
    for start in sorted(graph):
        if start in reach[start] and start not in done:
            group = {node for node in reach[start] if start in reach[node]}
            done |= group
            yield group


def _way(graph: dict[str, dict[str, int]], start: str, within: set[str]) -> list[str]:
    """The shortest way from a node back to itself within a set."""
    ways = [[start]]
    while True:
        longer = [[*way, node] for way in ways for node in graph[way[-1]] if node in within]
        for way in longer:
            if way[-1] == start:
                return way
        ways = [way for way in longer if way[-1] not in way[:-1]]


def _length(path: Path) -> Violation | None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) <= MAX_LINES or any(line.strip() == TABLE for line in lines[:5]):
        return None
    message = f"{len(lines)} lines, more than {MAX_LINES}"
    remedy = f"Split the module by subject; if it is one table, say so with a line `{TABLE}` at its top."
    return Violation(path, MAX_LINES + 1, message, remedy)


def main() -> int:
    """Print the violations of scanner/ to standard error; 1 if there are any."""
    found = check(Path("scanner"))
    for violation in found:
        print(violation, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
