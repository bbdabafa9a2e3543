"""Which packs and weights a ComfyUI really has: scans, snapshots and live servers, and the lock file that pins them."""
