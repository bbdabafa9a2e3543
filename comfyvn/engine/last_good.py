"""Whether an older artifact may stand in for one that could not be made."""

from __future__ import annotations

from comfyvn.engine.judge import RETOUCHABLE, Judge
from comfyvn.errors import InputMissing
from comfyvn.targets.target import Target

ART = RETOUCHABLE  # what is looked at or heard; summaries of it (atlases, manifests, exports) must be of today's plan


def has_last_good(target: Target, judge: Judge) -> bool:
    """Whether there is an artifact with a true record, and all of its files can be read."""
    record = judge.record(target) if target.recipe.kind in ART else None
    if record is None or not record.wanted:  # never made, or its last build was cut off
        return False
    try:
        return judge.files_of(target.name).keys() >= set(target.files)
    except InputMissing:
        return False
