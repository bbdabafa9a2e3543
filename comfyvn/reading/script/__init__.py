"""A scene's script in Ren'Py's language (docs/script.md): read, written, and given ids in place."""
