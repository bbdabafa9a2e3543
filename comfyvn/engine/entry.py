"""What the journal says of a target that was just made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from comfyvn.engine.used import rendering
from comfyvn.makers.made import Made, Run
from comfyvn.store.journal import Entry, How
from comfyvn.targets.target import Target


def entry_of(
    target: Target, document: Mapping[str, object], made: Made, how: How, fingerprint: str, seconds: float
) -> Entry:
    """`document`: the recipe's; `fingerprint`: of what really happened; `seconds` of wall for all of it."""
    render = rendering(document)
    models = render.get("models")
    run = made.run or Run("", "")
    return Entry(
        target=target.name,
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        how=how,
        kind=target.recipe.kind,
        engine=made.engine,
        fingerprint=fingerprint,
        seconds=round(seconds, 3),
        workflow=str(render.get("workflow", "")),
        models=tuple(models) if isinstance(models, list) else (),
        server=run.server,
        prompt_id=run.prompt_id,
        attempt=run.attempt,
        cached_by_server=run.cached,
        queued_s=round(run.queued_s, 3),
        running_s=round(run.running_s, 3),
        download_s=round(run.download_s, 3),
    )
