"""Words with a meaning of their own in contracts; a module that loads nothing."""

BASE = "base"  # the picture that expressions and variants are derived from; no author may call a cell so
NOVEL_FILE = "comfyvn.yaml"
