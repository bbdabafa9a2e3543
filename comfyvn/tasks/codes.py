"""Exit codes of a run; those of signals are in tasks.stopping. docs/failures.md tells of them."""

WELL, FAILED, WRONG_USE, NOT_BEGUN = 0, 1, 2, 3
