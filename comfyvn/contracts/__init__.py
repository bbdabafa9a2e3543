"""What authors write: frozen values parsed from the novel's JSON and YAML, with the rules that need no other file."""
