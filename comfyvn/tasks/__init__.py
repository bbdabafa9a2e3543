"""A novel as doit tasks; the only package that knows doit."""

from __future__ import annotations

from comfyvn.tasks.novel import Novel, open_novel

__all__ = ["Novel", "open_novel"]
