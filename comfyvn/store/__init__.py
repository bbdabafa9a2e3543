"""Artifacts on disk: content digests, atomic publishing, records, and the content-addressed cache."""
