"""Everything that a ComfyUI on this machine has, as one value: packs at their commits, models by their hashes."""

from __future__ import annotations

from pathlib import Path

from comfyvn.nodeset.checkouts import comfyui_root, scan_packs
from comfyvn.nodeset.matching import match_packs
from comfyvn.nodeset.model_folders import model_folders
from comfyvn.nodeset.reality import Reality
from comfyvn.nodeset.weights import HashTable, Progress, Weights, find_weights
from comfyvn.providers import Registry


def read_local(
    path: Path, registry: Registry, table: HashTable | None, progress: Progress, extra: tuple[Path, ...] = ()
) -> Reality:
    """The ComfyUI in `path`; without a `table` no model is looked at. `extra`: more extra_model_paths.yaml files.

    Raises UsageError when it is none, StoreError when Git is not installed, ContractError for a file of `extra`.
    """
    root = comfyui_root(path)
    folders = model_folders(root, extra)
    matched = match_packs(registry, scan_packs(root, folders.packs))
    weights = find_weights(registry, folders, table, progress) if table else Weights({}, ())
    strangers = f"not in the registry, and not locked: {', '.join(matched.strangers)}" if matched.strangers else ""
    return Reality(
        source=str(path),
        packs=matched.packs,
        models=weights.models,
        lists_packs=True,
        lists_models=table is not None,
        sees_changes=True,
        notes=(*matched.notes, *weights.notes, *([strangers] if strangers else [])),
    )
