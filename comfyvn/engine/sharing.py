"""The cache that a novel builds with: this user's own, over the one that its team shares; and what may go there."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from comfyvn import reading
from comfyvn.contracts.cache import CacheSettings, overlaid
from comfyvn.contracts.own_cache import parse_own_cache
from comfyvn.contracts.secret import Secret
from comfyvn.engine.entries import CACHED_KINDS
from comfyvn.engine.judge import Judge
from comfyvn.engine.tracked import tracked
from comfyvn.errors import RemoteError, UsageError
from comfyvn.recipe import targets_of
from comfyvn.store.cache import Cache
from comfyvn.store.places import open_remote
from comfyvn.store.remote import Remote
from comfyvn.store.shared import SharedCache, Sharing
from comfyvn.store.signing import Trust, read_keys
from comfyvn.targets.target import Target

OWN_FILE = "cache.yaml"  # in the user's configuration folder


def cache_of(folder: Path, root: Path, novel: CacheSettings, environ: Mapping[str, str] = os.environ) -> Cache:
    """The cache in `folder` for the novel in `root`, over the shared one that the novel or the user names.

    Nothing is connected, and nothing that connecting needs is imported. A key that is too short, or an option whose
    variable is not set, is no failure of the novel: the shared cache says so when it is asked for the first time.
    Raises ContractError for a cache.yaml that is wrong.
    """
    settings = overlaid(novel, own_settings())
    if settings.remote is None:
        return Cache(folder)
    area = hashlib.sha256(f"{root.resolve()}\n{settings.remote}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    vouching = functools.cache(functools.partial(tracked, root))
    try:
        options, hidden = _options(settings, environ)
        trust = Trust(read_keys(environ), settings.trusted, vouching)
        remote = open_remote(settings.remote, options, hidden)
    except UsageError as error:
        trust, remote = Trust(tracked=vouching), _closed(settings.remote, error)
    return SharedCache(folder, remote, Sharing(settings.push, trust, area))


def _closed(address: str, error: UsageError) -> Remote:
    """A shared cache that cannot be asked, and says why."""

    def refuse() -> None:
        raise RemoteError(error.what, error.where, error.todo)

    return Remote(refuse, "", address)


def own_settings() -> CacheSettings:
    """What the user's own cache.yaml says, outside Git; nothing where there is none. Raises ContractError."""
    file = reading.config_folder() / OWN_FILE
    source = reading.load_own(file)
    if source is None:
        return CacheSettings()
    with reading.located(source):
        return parse_own_cache(source.value, source.file)


def _options(settings: CacheSettings, environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The options with their secrets put in, and those secrets."""
    found: dict[str, str] = {}
    hidden: list[str] = []
    for name, value in settings.options.items():
        if isinstance(value, Secret):
            given = environ.get(value.env, "").strip()
            if not given:
                what = f"the shared cache's option {name} needs the environment variable {value.env}, which is not set"
                raise UsageError(what, "comfyvn.yaml", f"set {value.env}, or take the option out")
            found[name] = value.prefix + given
            hidden.append(given)
        else:
            found[name] = value
    return found, tuple(hidden)


def is_shared(target: Target, quality: str, engine: str, judge: Judge, targets: Mapping[str, Target]) -> bool:
    """Whether what `engine` made of a target may go to others: no draft does, nor anything that a draft went into."""
    if target.recipe.kind not in CACHED_KINDS or quality == "draft" or engine.startswith("draft"):
        return False
    waiting, seen = list(targets_of(target.recipe)), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        record = judge.record(targets[name])
        if record is None or record.quality == "draft" or record.engine.startswith("draft"):
            return False
        waiting.extend(targets_of(targets[name].recipe))
    return True
