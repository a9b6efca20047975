"""What Python files import, read from their text."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def parsed(file: Path) -> ast.Module:
    """Return the tree of a Python file."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file: Path) -> set[str]:
    """Return all names that a Python file imports, wherever in it."""
    found = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def imported(file: Path) -> Iterator[Path]:
    """Yield the modules of the repository that a Python file imports."""
    for name in sorted(imports(file)):
        path = ROOT / name.replace(".", "/")
        yield from (f for f in (path.with_suffix(".py"), path / "__init__.py") if f.exists())


def with_imported(files: Iterable[Path]) -> set[Path]:
    """Return files with all that they import, and what that imports in turn."""
    seen: set[Path] = set()
    waiting = list(files)
    while waiting:
        if (file := waiting.pop()) not in seen:
            seen.add(file)
            waiting += imported(file)
    return seen
