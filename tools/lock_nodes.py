"""Pins node packs and models of a novel: `comfyvn lock` for those who look for it here; the options are the same.

python tools/lock_nodes.py --comfyui ~/ComfyUI [--check]
"""

from __future__ import annotations

import sys

from comfyvn.cli import main

if __name__ == "__main__":
    sys.exit(main(["lock", *sys.argv[1:]]))
