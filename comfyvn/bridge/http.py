"""httpx, without the command line that it brings: that loads rich, click and pygments, and would hold up the first
render of every build by as much as all the rest of httpx does.
"""

from __future__ import annotations

import sys

COMMAND_LINE = "httpx._main"  # httpx does without it where one of those is not installed

if COMMAND_LINE in sys.modules:
    import httpx as httpx
else:
    sys.modules[COMMAND_LINE] = None  # type: ignore[assignment] # Python's own way to say: as if it were not there
    try:
        import httpx as httpx
    finally:
        del sys.modules[COMMAND_LINE]
