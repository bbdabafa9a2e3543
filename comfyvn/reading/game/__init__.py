"""An existing Ren'Py game as contracts: its script read by the engine or by us, its people, places and sounds named."""
