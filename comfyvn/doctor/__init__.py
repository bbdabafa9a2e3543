"""Looks at everything that a build leans on, changes nothing, and says what to do about what is wrong."""
