"""Is a dodo.py as `comfyvn init` writes it? Then a build that has nothing to do need not run it."""

from __future__ import annotations

import ast
from pathlib import Path

BUILD_FILES = ("dodo.py", "doit.cfg", "pyproject.toml")  # what says which tasks there are, beside the contracts
PLAIN = """
import comfyvn

novel = comfyvn.load()
DOIT_CONFIG = novel.doit_config()


def task_novel():
    yield from novel.tasks()
"""


def is_plain(root: Path) -> bool:
    """Whether the novel's dodo.py has no task, setting or import of the author's own; words and comments may differ."""
    try:
        return _bare(root.joinpath("dodo.py").read_text("utf-8")) == _bare(PLAIN)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return False


def _bare(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef):
            node.body = [item for item in node.body if not _is_docstring(item)]
    return ast.dump(tree)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
