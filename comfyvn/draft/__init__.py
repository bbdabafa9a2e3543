"""The draft endpoint: ComfyUI's protocol, answered with deterministic placeholder art instead of a model."""
