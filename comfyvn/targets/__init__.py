"""From contracts to targets: what to make, from what, and how. Pure: no file is opened here."""
