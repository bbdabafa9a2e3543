"""The draft endpoint: ComfyUI's protocol, answered with deterministic placeholder art instead of a model."""

VERSION = 3  # raised when the same graph draws other pixels, so that drafts of the old kind are drawn anew
