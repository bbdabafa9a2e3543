"""Plays a Ren'Py game in the real engine, every branch of it, and reports what a player would stumble over."""
