"""The project's own files, as the house rules look at them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hoga"

# Where git cannot be asked (an unpacked archive, a bare machine), these folders are known not to be the project's.
FOREIGN = {
    ".git",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "build",
    "dist",
}


def git(*words: str) -> str | None:
    """Ask git about this repository; None where there is no git or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that is in the tree or about to be: tracked, or new and not ignored."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        found = (path for path in ROOT.rglob("*") if not FOREIGN & set(path.relative_to(ROOT).parts))
    else:
        found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def texts(paths: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Yield each file with its text, passing over the few that are not text."""
    for path in paths:
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def modules(source: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Yield each module below a folder with its syntax tree, named relative to that folder."""
    for path in sorted(source.rglob("*.py")):
        yield path.relative_to(source), ast.parse(path.read_text(encoding="utf-8"))
