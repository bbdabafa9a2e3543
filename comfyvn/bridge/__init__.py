"""What talks to programs outside: ComfyUI servers, speech engines, machines over SSH; every foreign exception stops here."""
