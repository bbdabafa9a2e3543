"""`python -m comfyvn.cli`."""

import sys

from comfyvn.cli import main

if __name__ == "__main__":
    sys.exit(main())
