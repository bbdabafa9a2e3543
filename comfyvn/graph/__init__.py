"""ComfyUI graphs as values: node definitions, the static check, workflow files, and binding inputs to them."""
