"""Deciding what is stale and making it: state, digests, the lock, and running one target."""
