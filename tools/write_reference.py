"""Writes schemas/ and docs/contracts.md anew from the contract models; run it after changing one."""

from __future__ import annotations

from pathlib import Path

from comfyvn.reading import write_reference, write_schemas

ROOT = Path(__file__).parents[1]


def main() -> None:
    for name in write_schemas(ROOT / "schemas"):
        print(f"schemas/{name}")
    if write_reference(ROOT / "docs" / "contracts.md"):
        print("docs/contracts.md")


if __name__ == "__main__":
    main()
