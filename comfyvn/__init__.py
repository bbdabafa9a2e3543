"""ComfyVN: a declarative build system for visual novels, on doit."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # as typing's: importing that would take longer than all that a build with nothing to do does
if TYPE_CHECKING:
    from comfyvn.tasks.novel import Novel


def load(root: str = ".") -> Novel:
    """Open the novel in folder `root` for a `dodo.py`: its typed targets and the doit tasks that make them.

    Raises a `comfyvn.errors.ComfyVNError` when the contracts cannot be read.
    """
    from comfyvn.tasks.novel import open_novel  # doit and pydantic are imported only where tasks are asked for

    return open_novel(root)
