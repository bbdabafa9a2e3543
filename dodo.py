"""Builds this novel with doit. Add tasks of your own below: `novel.targets` knows every artifact by name."""

import comfyvn

novel = comfyvn.load()
DOIT_CONFIG = novel.doit_config()


def task_novel():
    """Everything that the contracts under data/ describe."""
    yield from novel.tasks()
