"""Broken and hostile input for everything that reads: only the documented errors may come, and no wrong money."""
