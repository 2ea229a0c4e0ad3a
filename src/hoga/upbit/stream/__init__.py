"""The streams' dialect: what we ask for, and one frame in, an event out. Pure."""
