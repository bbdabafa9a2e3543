"""What talks to programs outside: ComfyUI servers, speech engines, SSH; foreign exceptions stop here."""
