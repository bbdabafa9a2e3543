"""What to do about a node pack or a model that a server lacks: from where, which one, into which folder."""

from __future__ import annotations

from comfyvn.graph.definitions import CORE_PACK
from comfyvn.nodeset.repository import url_of
from comfyvn.providers import Lock, PackPin, Registry


def install_pack(name: str, is_there: bool, registry: Registry, lock: Lock) -> str:
    """`name` is "" for a class that no known pack has; `is_there`: other classes of the pack are on the server."""
    pin = lock.packs.get(name, PackPin())
    if not name:
        return 'in ComfyUI, let ComfyUI-Manager "Install Missing Custom Nodes"; or take another workflow'
    if name == CORE_PACK:
        return f"update ComfyUI{_at(pin)}: this version does not have them"
    if is_there:
        return f"the pack is there without them: update it{_at(pin)}, or see in ComfyUI's log why they did not load"
    if pin.cnr and not pin.commit:
        version = f", version {pin.version}" if pin.version else ""
        return f'with ComfyUI-Manager install "{pin.cnr}"{version}, then restart ComfyUI'
    if name not in registry.packs:
        return f'with ComfyUI-Manager install "{name}", then restart ComfyUI'
    return f'{_cloned(name, pin, registry)}; or with ComfyUI-Manager install "{name}"; then restart ComfyUI'


def _cloned(name: str, pin: PackPin, registry: Registry) -> str:
    source = pin.source or registry.packs[name].repo
    url = source if "://" in source else url_of(source)
    checkout = f" && git -C {name} checkout {pin.commit}" if pin.commit else ""
    return f"in ComfyUI/custom_nodes: git clone {url} {name}{checkout}, and install its requirements.txt"


def _at(pin: PackPin) -> str:
    found = pin.commit[:12] or pin.version
    return f" (the lock says {found})" if found else ""


def install_model(name: str, file: str, registry: Registry, lock: Lock) -> str:
    """Where a model comes from and where it goes; `name` is "" for a file that the registry does not know."""
    if name not in registry.models:
        return f"put {file} into the folder of ComfyUI/models that this node lists"
    model = registry.models[name]
    origin = f"get it from {model.source} and " if model.source else ""
    sha256 = (lock.model_pin(name) if lock.models.get(name) else None) or model.sha256
    proof = f" (SHA-256 {sha256})" if sha256 else ""
    return f"{origin}save it as ComfyUI/models/{model.folder}/{model.file}{proof}"
