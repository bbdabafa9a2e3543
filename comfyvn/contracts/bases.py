"""Families of models: what a registry entry's `base` means, and which models can work together.

A base is a family (`sdxl`, `sd15`, `flux`), or a kind of one behind an underscore: `flux_schnell` goes with every model
of `flux` and only wants other settings. A model that states no base goes with everything.
"""

from __future__ import annotations

PATTERN = r"^([a-z0-9]+(_[a-z0-9]+)*)?$"
UNKNOWN = "sdxl"  # what a checkpoint that states no base is taken for: the workflows' own defaults are for SDXL


def family(base: str) -> str:
    """`flux_schnell` → `flux`."""
    return base.partition("_")[0]


def goes_with(one: str, other: str) -> bool:
    """Whether models of these bases can work together; an unknown base ("") is taken as fitting."""
    return not one or not other or family(one) == family(other)
