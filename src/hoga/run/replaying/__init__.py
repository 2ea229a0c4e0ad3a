"""A run once more, from its journal and its tape."""
