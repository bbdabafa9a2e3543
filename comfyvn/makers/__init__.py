"""Carrying out recipes: one module for each recipe type, and the workshop that holds servers and engines."""
